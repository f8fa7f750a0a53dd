/* SPDX-License-Identifier: GPL-2.0 */
/* What-if as text: a function per kind of line. */
#ifndef MSC_CORE_WHATIF_TEXT_H
#define MSC_CORE_WHATIF_TEXT_H

#include "model.h"
#include "text.h"

/* The policies that are reported: all but MSC_WHATIF_NOW. */
#define MSC_NR_POLICY_LINES (MSC_NR_WHATIFS - 1)

/* The line of policy @index, from 0. */
void msc_report_whatif(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index);

/* The line of the @index'th VMA, from 0, that some policy would make of several. */
void msc_report_merged(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index);

/* The line of the @index'th VMA, from 0, whose anonymous memory could be asked to move. */
void msc_report_relocation(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index);

#endif
