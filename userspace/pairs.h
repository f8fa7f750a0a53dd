/* SPDX-License-Identifier: GPL-2.0 */
/* Neighbours of a snapshot, counted by verdict and blocker; VMAs and pages by what KSM may do. */
#ifndef MSC_PAIRS_H
#define MSC_PAIRS_H

#include "../module/core/ksm.h"
#include "../module/core/model.h"

/* struct msc_pairs - neighbours; MSC_LAST is none */
struct msc_pairs {
	msc_u64 outcomes[MSC_UNKNOWN + 1];	/* by enum msc_outcome */
	msc_u64 by[MSC_B_NR];			/* blocked pairs that this keeps apart */
	msc_u64 alone[MSC_B_NR];		/* and nothing else: without it they merge */
	msc_u64 flags[MSC_NR_VMFLAGS];		/* pairs with the blocker flags that differ in it */
};

void msc_pairs_count(const struct msc_snapshot *s, struct msc_pairs *pairs);

/* The verdict on VMA @index and its next neighbour, as the report has it. */
struct msc_verdict msc_pairs_verdict(const struct msc_snapshot *s, msc_u32 index);

/* The blockers that keep a pair apart, most pairs first, into @order; how many there are. */
unsigned int msc_pairs_order(const struct msc_pairs *pairs, enum msc_blocker order[MSC_B_NR]);

/* struct msc_amount - so many VMAs, with so many pages */
struct msc_amount {
	msc_u64 vmas, pages;
};

/* struct msc_ksm_amounts - what KSM may do */
struct msc_ksm_amounts {
	struct msc_amount states[MSC_KSM_EXCLUDED + 1];	/* by enum msc_ksm_state */
	struct msc_amount by_flag[MSC_NR_VMFLAGS];	/* excluded, by each flag that does */
	struct msc_amount by_dax;
	struct msc_amount late;		/* eligible, and their flag comes after a merge attempt */
};

void msc_ksm_count(const struct msc_snapshot *s, struct msc_ksm_amounts *amounts);

#endif
