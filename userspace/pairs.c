// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "../module/core/index.h"
#include "../module/core/merge.h"
#include "pairs.h"

struct msc_verdict msc_pairs_verdict(const struct msc_snapshot *s, msc_u32 index)
{
	const struct msc_vma *left = &s->vmas[index];
	const struct msc_vma *right = index + 1 < s->nr_vmas ? left + 1 : NULL;
	struct msc_verdict v = msc_merge_verdict(&s->facts.merge, left, right);

	if (v.outcome == MSC_LAST && s->end_bits)
		v.outcome = MSC_UNKNOWN;
	return v;
}

static void count_flags(struct msc_pairs *pairs, msc_u64 flags)
{
	unsigned int i;

	for (i = 0; i < MSC_NR_VMFLAGS; i++)
		pairs->flags[i] += !!(flags & MSC_BIT(i));
}

static void count_blockers(struct msc_pairs *pairs, msc_u32 blockers)
{
	unsigned int i;

	for (i = 0; i < MSC_B_NR; i++) {
		if (!(blockers & MSC_BIT(i)))
			continue;
		pairs->by[i]++;
		pairs->alone[i] += blockers == MSC_BIT(i);
	}
}

void msc_pairs_count(const struct msc_snapshot *s, struct msc_pairs *pairs)
{
	struct msc_verdict v;
	msc_u32 i;

	memset(pairs, 0, sizeof(*pairs));
	for (i = 0; i < s->nr_vmas; i++) {
		v = msc_pairs_verdict(s, i);
		pairs->outcomes[v.outcome]++;
		if (v.outcome != MSC_BLOCKED)
			continue;
		count_blockers(pairs, v.blockers);
		if (v.blockers & MSC_BIT(MSC_B_FLAGS))
			count_flags(pairs, msc_merge_flag_diff(&s->facts.merge, &s->vmas[i],
							       &s->vmas[i + 1]));
	}
}

unsigned int msc_pairs_order(const struct msc_pairs *pairs, enum msc_blocker order[MSC_B_NR])
{
	unsigned int nr = 0, i, at;

	for (i = 0; i < MSC_B_NR; i++) {
		if (!pairs->by[i])
			continue;
		for (at = nr++; at && pairs->by[order[at - 1]] < pairs->by[i]; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
	return nr;
}

static void add(struct msc_amount *amount, const struct msc_vma *vma)
{
	amount->vmas++;
	amount->pages += msc_vma_pages(vma);
}

void msc_ksm_count(const struct msc_snapshot *s, struct msc_ksm_amounts *amounts)
{
	const struct msc_vma *vma;
	struct msc_ksm_verdict v;
	unsigned int i;

	memset(amounts, 0, sizeof(*amounts));
	for (vma = s->vmas; vma < s->vmas + s->nr_vmas; vma++) {
		v = msc_ksm_judge(s, vma);
		add(&amounts->states[v.state], vma);
		if (v.state == MSC_KSM_ELIGIBLE && msc_ksm_when(s, vma) == MSC_KSM_LATE)
			add(&amounts->late, vma);
		if (v.state != MSC_KSM_EXCLUDED)
			continue;
		for (i = 0; i < MSC_NR_VMFLAGS; i++) {
			if (v.excluding_flags & MSC_BIT(i))
				add(&amounts->by_flag[i], vma);
		}
		if (v.dax)
			add(&amounts->by_dax, vma);
	}
}
