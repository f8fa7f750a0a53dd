/* SPDX-License-Identifier: GPL-2.0 */
/* How this kernel decides, where no header shows it: what was read in mm/ of each series. */
#ifndef MSC_COMPAT_KERNEL_H
#define MSC_COMPAT_KERNEL_H

#include <linux/types.h>

/* struct msc_compat_kernel - decisions of mm/vma.c (6.1: mm/mmap.c), mm/ksm.c and mm/swap.h */
struct msc_compat_kernel {
	const char *merge_rules;	/* the first series whose merge code this is */
	bool merge_rules_known;		/* this very series was read and is tested */
	bool close_blocks_target;	/* see core/merge.h, struct msc_merge_rules */
	bool unfaulted_adopts;
	bool ksm_flag_early;		/* 6.17: ksm_vma_flags() before the merge attempt */
	bool swap_spaces;		/* to 6.17: the swap cache is swapper_spaces[] */
	bool swap_index_masked;		/* 6.11: by the offset within a space, not in the area */
	bool swapin_reads_tails;	/* before 6.8: ksm_might_need_to_copy() takes a page */
	const char *ignored_flags;	/* codes of the flags that may differ in a merge */
	const char *ksm_excluded;	/* codes of the flags that keep KSM away */
};

extern const struct msc_compat_kernel msc_compat_kernel;

/* struct msc_compat_vmflag - a bit of vm_flags and the code that smaps has for it */
struct msc_compat_vmflag {
	u64 mask;	/* one bit; 0 if this kernel lacks the flag */
	char code[3];
};

extern const struct msc_compat_vmflag msc_compat_vmflags[];
extern const unsigned int msc_compat_nr_vmflags;

#endif
