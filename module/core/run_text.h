/* SPDX-License-Identifier: GPL-2.0 */
/* The section folios as text. */
#ifndef MSC_CORE_RUN_TEXT_H
#define MSC_CORE_RUN_TEXT_H

#include "model.h"
#include "text.h"

/* The line of run @index, from 0. */
void msc_report_run(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index);

#endif
