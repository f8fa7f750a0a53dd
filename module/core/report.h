/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A snapshot as text: one function per part, so that a reader's buffer never holds more than a
 * line.
 */
#ifndef MSC_CORE_REPORT_H
#define MSC_CORE_REPORT_H

#include "model.h"
#include "text.h"

/* The name of @blocker as it stands in "by=" and after "diff.". */
const char *msc_blocker_name(enum msc_blocker blocker);

/* The name of @kind, below MSC_NR_KINDS. */
const char *msc_kind_name(unsigned int kind);

/* The lines before the first section: mergescope, process, lock, rules. */
void msc_report_header(struct msc_sink *sink, const struct msc_snapshot *s);

/* The line of VMA @index, from 0, with the verdict on its next neighbour. */
void msc_report_vma(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index);

void msc_report_end(struct msc_sink *sink, const struct msc_snapshot *s);

/*
 * The report of the sections that @s holds, in parts: the header, then each section's lines, a part
 * a line or (check) a rule, the end last. What a seq_file walks over.
 */
msc_u64 msc_report_parts(const struct msc_snapshot *s);

/* Write part @part, below msc_report_parts(). */
void msc_report_part(struct msc_sink *sink, const struct msc_snapshot *s, msc_u64 part);

#endif
