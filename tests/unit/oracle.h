/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An independent answer to the question that module/core/merge answers, and only its yes or no:
 * each kernel's own functions, said again over our records, one after the other and without a
 * shared rule table. Nothing here includes merge.c's helpers or index.h.
 */
#ifndef MSC_UNIT_ORACLE_H
#define MSC_UNIT_ORACLE_H

#include <stdbool.h>

#include "kernels.h"

/*
 * Somebody modifies one of two neighbours over its whole length, without changing its flags, and
 * there is no VMA on its other side. Do the two become one?
 */
bool oracle_merges(enum unit_kernel_id kernel, const struct msc_vma *left,
		   const struct msc_vma *right, enum msc_side side);

#endif
