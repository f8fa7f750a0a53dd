/* SPDX-License-Identifier: GPL-2.0 */
/* Which VMA of one snapshot is which of another. */
#ifndef MSC_DIFF_ALIGN_H
#define MSC_DIFF_ALIGN_H

#include <stdbool.h>

#include "../module/core/model.h"

/* struct msc_match - a VMA of a and one of b that lie over each other, once a was shifted */
struct msc_match {
	msc_u32 a, b;		/* indices */
};

/* struct msc_align - @a laid over @b */
struct msc_align {
	const struct msc_snapshot *a, *b;
	msc_u64 *shifts;		/* of each VMA of a: add to its addresses; bytes */
	struct msc_match *matches;	/* by address */
	msc_u32 nr_matches;
	msc_u32 *nr_of_a, *nr_of_b;	/* matches of each VMA */
};

/* False if there is no memory; the caller frees @align in any case. */
bool msc_align(struct msc_align *align, const struct msc_snapshot *a, const struct msc_snapshot *b,
	       bool same_addresses);

void msc_align_free(struct msc_align *align);

#endif
