/* SPDX-License-Identifier: GPL-2.0 */
/*
 * May KSM have a VMA, and when would VM_MERGEABLE be set on it? Mirrors mm/ksm.c:ksm_compatible()
 * (6.12: vma_ksm_compatible(), 6.1: the tests in ksm_madvise()) and
 * mm/vma.c:can_set_ksm_flags_early().
 */
#ifndef MSC_CORE_KSM_H
#define MSC_CORE_KSM_H

#include "model.h"

enum msc_ksm_state {
	MSC_KSM_MERGEABLE,	/* VM_MERGEABLE is set */
	MSC_KSM_ELIGIBLE,	/* it is not, and nothing forbids it */
	MSC_KSM_EXCLUDED,	/* KSM ignores MADV_MERGEABLE here */
};

/* struct msc_ksm_verdict - on one VMA */
struct msc_ksm_verdict {
	enum msc_ksm_state state;
	msc_u64 excluding_flags;	/* the flags that exclude it, MSC_VM() bits; all of them */
	msc_bool dax;			/* excluded since its file is DAX */
};

enum msc_ksm_when {
	MSC_KSM_ABSENT,	/* no PR_SET_MEMORY_MERGE: only MADV_MERGEABLE sets the flag */
	MSC_KSM_LATE,	/* under it the flag is set after the merge attempt, and spoils it */
	MSC_KSM_EARLY,	/* under it the flag is set before the merge attempt */
};

struct msc_ksm_verdict msc_ksm_judge(const struct msc_snapshot *s, const struct msc_vma *vma);

/* When a new mapping like @vma would get VM_MERGEABLE under PR_SET_MEMORY_MERGE. */
enum msc_ksm_when msc_ksm_when(const struct msc_snapshot *s, const struct msc_vma *vma);

#endif
