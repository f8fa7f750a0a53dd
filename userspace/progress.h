/* SPDX-License-Identifier: GPL-2.0 */
/* A bar that grows on a terminal, on one line. */
#ifndef MSC_PROGRESS_H
#define MSC_PROGRESS_H

#include <stdio.h>

/* @done of @all, in place of what stood there, on a terminal of @columns. */
void msc_progress_show(FILE *out, int columns, size_t done, size_t all);

/* As if there had been no bar. */
void msc_progress_hide(FILE *out, int columns);

#endif
