/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The four kernels whose merge code was read, and what a snapshot of each says of it. Written from
 * the kernel sources, not from module/compat: what the two agree on was read twice.
 */
#ifndef MSC_UNIT_KERNELS_H
#define MSC_UNIT_KERNELS_H

#include "model.h"

enum unit_kernel_id {
	K_6_1,
	K_6_12,
	K_7_2,
	K_7_3,
	NR_KERNELS
};

struct unit_kernel {
	const char *name;
	struct msc_facts facts;
};

extern const struct unit_kernel unit_kernels[NR_KERNELS];

/* The merge rules of kernel @k. */
#define RULES(k) (&unit_kernels[k].facts.merge)

#endif
