/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A seam: mmap_lock was let go just before what a record shows. These bits are the same in the bits
 * of a VMA and of a page; a record has one of them or none.
 */
#ifndef MSC_CORE_SEAM_H
#define MSC_CORE_SEAM_H

#include "types.h"

#define MSC_SEAM_TORN MSC_BIT(0)	/* a writer came meanwhile */
#define MSC_SEAM_UNPROVED MSC_BIT(1)	/* no sequence tells whether one came */
#define MSC_SEAM (MSC_SEAM_TORN | MSC_SEAM_UNPROVED)

/* The value of "place": torn, unproved, or held. */
static inline const char *msc_seam_name(msc_u64 bits)
{
	if (bits & MSC_SEAM_TORN)
		return "torn";
	return bits & MSC_SEAM_UNPROVED ? "unproved" : "held";
}

#endif
