/* SPDX-License-Identifier: GPL-2.0 */
/* The sections anon_vmas and check as text. */
#ifndef MSC_CORE_ANON_TEXT_H
#define MSC_CORE_ANON_TEXT_H

#include "model.h"
#include "text.h"

/* The line of anon_vma @index, from 0. */
void msc_report_anon_vma(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index);

/* The line of AVC @index, from 0. */
void msc_report_avc(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index);

/* The line of rule @index, from 0, and one for each of its first MSC_MAX_VIOLATIONS violations. */
void msc_report_rule(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index);

/* More violations of a rule than this are only counted. */
#define MSC_MAX_VIOLATIONS 100

#endif
