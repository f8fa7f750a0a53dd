/* SPDX-License-Identifier: GPL-2.0 */
/* All invariants of a snapshot together. */
#ifndef MSC_JUDGE_ALL_H
#define MSC_JUDGE_ALL_H

#include "../module/core/rules.h"

/* How often they were checked, violated, and not known. Nothing without the section check. */
static inline struct msc_judge msc_judge_all(const struct msc_snapshot *s)
{
	struct msc_judge judge = { 0 };
	unsigned int i;

	for (i = 0; (s->sections & MSC_SECTION_CHECK) && i < MSC_NR_RULES; i++)
		msc_rules[i].judge(s, &judge);
	return judge;
}

#endif
