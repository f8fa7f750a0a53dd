/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two snapshots compared by what they say: of one process at two moments, or of two runs, on two
 * kernels. Addresses of the first are moved to where the second has the same mapping, and anon_vmas
 * are matched by the VMAs that have them; so neither address-space randomisation nor an id makes a
 * difference.
 */
#ifndef MSC_DIFF_H
#define MSC_DIFF_H

#include <stdbool.h>

#include "../module/core/model.h"

/* struct msc_change - one difference; the strings are valid during the call */
struct msc_change {
	const char *what;	/* appeared, vanished, split, merged, moved, changed */
	const char *where;	/* a VMA, "process", "anon_vma a1", "rule folio-index" */
	const char *key;	/* of "changed": which of its facts; else NULL */
	const char *from, *to;	/* values, or VMAs; NULL if there is none */
};

/* struct msc_differ - what msc_diff() tells */
struct msc_differ {
	bool same_addresses;	/* do not align: the addresses are the same ones */
	void (*change)(struct msc_differ *differ, const struct msc_change *change);
	msc_u64 changes;	/* how many there were */
};

/* Compare @a and @b, the older and the newer. False if there is no memory. */
bool msc_diff(const struct msc_snapshot *a, const struct msc_snapshot *b,
	      struct msc_differ *differ);

#endif
