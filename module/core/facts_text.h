/* SPDX-License-Identifier: GPL-2.0 */
/* What VMAs refer to, and what the kernel makes of them, as text: rules, policies, files. */
#ifndef MSC_CORE_FACTS_TEXT_H
#define MSC_CORE_FACTS_TEXT_H

#include "model.h"
#include "text.h"

/* The name of the one section @bit (MSC_SECTION_*): that of its file. */
const char *msc_section_name(msc_u32 bit);

/* The sections in @shown, with commas between, as a field. */
void msc_put_sections(struct msc_sink *sink, msc_u32 shown);

/*
 * The line rules: with it a report can be judged where its kernel is not known. The merge rules
 * test an anonymous page offset exactly where there is one.
 */
void msc_report_rules(struct msc_sink *sink, const struct msc_facts *facts);

/* As numa_maps has it, by enum of include/uapi/linux/mempolicy.h; NULL for a newer one. */
const char *msc_policy_mode_name(unsigned int mode);

/* Line @index, from 0, of the policies. */
void msc_report_policy(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index);

/* Line @index, from 0, of the files. */
void msc_report_file(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index);

#endif
