// SPDX-License-Identifier: GPL-2.0
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/version.h>

#include "kernel.h"

#define SERIES(major, minor) \
	(LINUX_VERSION_CODE >= KERNEL_VERSION(major, minor, 0) && \
	 LINUX_VERSION_CODE < KERNEL_VERSION(major, minor + 1, 0))

/*
 * Between the series that were read (merge_rules_known) the code is taken to be that of the nearest
 * one before. What changed when:
 *
 * - 6.19: VMA_IGNORE_MERGE_FLAGS adds VM_MAYBE_GUARD to VM_SOFTDIRTY.
 *
 * - 6.18: the swap cache is a table in each cluster of a swap area, and no longer swapper_spaces.
 *
 * - 6.17: mm/ksm.c:ksm_vma_flags() sets VM_MERGEABLE before the merge attempt where the driver
 *   cannot object.
 *
 * - 6.16: mm/vma.c:is_mergeable_anon_vma() lets an unfaulted target take over the source's
 *   anon_vma.
 *
 * - 6.12: ->close matters only of a VMA that would be removed (can_merge_remove_vma()). 6.1 refuses
 *   any target that has it; in between, may_remove_vma told a next target from a previous one.
 *
 * - 6.11: VM_DROPPABLE, which KSM leaves alone. mm/swap.h:swap_cache_index() masks the offset.
 *
 * - 6.8: mm/ksm.c:ksm_might_need_to_copy() takes a folio, and lets a large one be used as it is.
 */
const struct msc_compat_kernel msc_compat_kernel = {
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
	.merge_rules = "7.3",
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0)
	.merge_rules = "7.2",
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
	.merge_rules = "6.16",
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	.merge_rules = "6.12",
#else
	.merge_rules = "6.1",
#endif
	.merge_rules_known = SERIES(6, 1) || SERIES(6, 12) || SERIES(7, 2) || SERIES(7, 3),
	.close_blocks_target = LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0),
	.unfaulted_adopts = LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0),
	.ksm_flag_early = LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0),
	.swap_spaces = LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0),
	.swap_index_masked = LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0),
	.swapin_reads_tails = LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0),
#ifdef VM_MAYBE_GUARD
	.ignored_flags = "sdgu",
#else
	.ignored_flags = "sd",
#endif
#ifdef VM_DROPPABLE
	.ksm_excluded = "shmspfiodehtmmdp",
#else
	.ksm_excluded = "shmspfiodehtmm",
#endif
};
