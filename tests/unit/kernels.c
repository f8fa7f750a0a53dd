// SPDX-License-Identifier: GPL-2.0
#include "kernels.h"

/* mm/ksm.c: 6.1 ksm_madvise() :2559, 6.12 vma_ksm_compatible() :683, 7.x ksm_compatible(). */
#define NO_KSM_6_1                                                                              \
	(MSC_VM(SH) | MSC_VM(MS) | MSC_VM(PF) | MSC_VM(IO) | MSC_VM(DE) | MSC_VM(HT) | MSC_VM(MM))
#define NO_KSM_6_12 (NO_KSM_6_1 | MSC_VM(DP))

const struct unit_kernel unit_kernels[NR_KERNELS] = {
	[K_6_1] = {
		.name = "6.1",
		.facts = {
			.release = "6.1.0-53-cloud-amd64",
			.merge_rules = "6.1",
			.merge_rules_known = 1,
			.swap_cache = 1,
			.ksm_excluded = NO_KSM_6_1,
			.merge = {
				.ignored_flags = MSC_VM(SD),	/* mm/mmap.c:901 */
				.close_blocks_target = 1,	/* mm/mmap.c:905 */
			},
		},
	},
	[K_6_12] = {
		.name = "6.12",
		.facts = {
			.release = "6.12.57+deb13-cloud-amd64",
			.merge_rules = "6.12",
			.merge_rules_known = 1,
			.swap_cache = 1,
			.lock_seq = 1,
			.merge_any = 1,
			.ksm_excluded = NO_KSM_6_12,
			.merge = {
				.ignored_flags = MSC_VM(SD),	/* mm/vma.c:24 */
			},
		},
	},
	[K_7_2] = {
		.name = "7.2",
		.facts = {
			.release = "7.2.4-cloud-amd64",
			.merge_rules = "7.2",
			.merge_rules_known = 1,
			.swap_cache = 1,
			.lock_seq = 1,
			.merge_any = 1,
			.ksm_flag_early = 1,
			.ksm_excluded = NO_KSM_6_12,
			.merge = {
				.ignored_flags = MSC_VM(SD) | MSC_VM(GU),	/* mm/vma.c:93 */
				.unfaulted_adopts = 1,				/* mm/vma.c:121 */
			},
		},
	},
	[K_7_3] = {
		.name = "7.3",
		.facts = {
			.release = "7.3-rc2-cloud-amd64",
			.merge_rules = "7.3",
			.merge_rules_known = 1,
			.swap_cache = 1,
			.anon_pgoff = 1,
			.lock_seq = 1,
			.merge_any = 1,
			.ksm_flag_early = 1,
			.ksm_excluded = NO_KSM_6_12,
			.merge = {
				.ignored_flags = MSC_VM(SD) | MSC_VM(GU),	/* mm/vma.c:115 */
				.unfaulted_adopts = 1,				/* mm/vma.c:143 */
				.anon_pgoff = 1,				/* mm/vma.c:223 */
			},
		},
	},
};
