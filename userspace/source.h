/* SPDX-License-Identifier: GPL-2.0 */
/* Where a report comes from: a process, by its PID, or a file in which one was saved. */
#ifndef MSC_SOURCE_H
#define MSC_SOURCE_H

#include <stdbool.h>

#include "../module/core/model.h"
#include "module.h"

/* The PID that @arg is, or 0: digits only. A file of such a name is ./NAME. */
int msc_source_pid(const char *arg);

/* The text of the report of @arg, a PID or a file ("-": stdin). False with a line on stderr. */
bool msc_source_text(const char *arg, struct msc_text *text);

/*
 * The records of the report of @arg. The caller frees @s, in any case. False with a line on stderr.
 */
bool msc_source_snapshot(const char *arg, struct msc_snapshot *s);

/* The same of a text at hand; @name is for errors. */
bool msc_source_parse(const char *name, const struct msc_text *text, struct msc_snapshot *s);

#endif
