/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KSM's reverse map, over records: does mm/ksm.c:rmap_walk_ksm() find a page? For each rmap_item on
 * the list of the page's stable node it searches the rmap_item's anon_vma for VMAs that hold the
 * rmap_item's address, first those of the rmap_item's own mm, then those of others, which were
 * forked from it since. Each VMA it comes to is looked at there, at the rmap_item's address.
 */
#ifndef MSC_CORE_KSM_REACH_H
#define MSC_CORE_KSM_REACH_H

#include "model.h"

/* struct msc_ksm_range - the page offsets, the last inclusive, among which a VMA is searched */
struct msc_ksm_range {
	msc_u64 first, last;
};

/* Where a release searches for the VMAs of an rmap_item. */
typedef struct msc_ksm_range msc_ksm_search(const struct msc_ksm_found *found);

/* To 7.2: in the whole tree. */
struct msc_ksm_range msc_ksm_search_tree(const struct msc_ksm_found *found);

/* 7.3: at the page index that the rmap_item remembers. */
struct msc_ksm_range msc_ksm_search_index(const struct msc_ksm_found *found);

/* The search of the kernel that @s was taken on. */
msc_ksm_search *msc_ksm_search_of(const struct msc_snapshot *s);

/* The rmap_item through which that finds @page, or NULL. */
const struct msc_ksm_found *msc_ksm_reverse_map(const struct msc_snapshot *s,
						const struct msc_ksm_page *page,
						msc_ksm_search *search);

enum msc_ksm_reach {
	MSC_REACH_OWN,		/* through the rmap_item of its own mm */
	MSC_REACH_FORK,		/* as a fork, through another mm's */
	MSC_REACH_PENDING,	/* not, but ksmd may make an rmap_item for it when it comes by */
	MSC_REACH_MISSED,	/* not, and ksmd does not mend it */
	MSC_REACH_UNKNOWN,	/* it could not be locked, or its list is too long */
	MSC_NR_REACHES
};

enum msc_ksm_reach msc_ksm_reach(const struct msc_snapshot *s, const struct msc_ksm_page *page);

/* How many of the rmap_items that were seen are stable. */
msc_u64 msc_ksm_stable_items(const struct msc_snapshot *s);

/*
 * In which way a stable rmap_item that maps its page leads elsewhere: off-chain (its anon_vma is
 * not on the chain of the VMA at its address), index (it remembers another page index than the VMA
 * has there). NULL if it does not.
 */
const char *msc_ksm_item_trouble(const struct msc_snapshot *s, const struct msc_rmap_item *item);

#endif
