// SPDX-License-Identifier: GPL-2.0
#include "each.h"
#include "ksm_reach.h"

struct msc_ksm_range msc_ksm_search_tree(const struct msc_ksm_found *found)
{
	(void)found;
	return (struct msc_ksm_range){ 0, ~0ULL };
}

struct msc_ksm_range msc_ksm_search_index(const struct msc_ksm_found *found)
{
	return (struct msc_ksm_range){ found->index, found->index };
}

msc_ksm_search *msc_ksm_search_of(const struct msc_snapshot *s)
{
	return s->facts.ksm_index ? msc_ksm_search_index : msc_ksm_search_tree;
}

/* The pass in which the reverse map goes by @found: first those of the mm, then other mms'. */
static msc_u32 pass_of(const struct msc_ksm_found *found)
{
	return found->bits & MSC_FOUND_OWN ? 0 : 1;
}

/* Does the search for @found come to the VMA of @page, and look there at its address? */
static msc_bool leads_to(const struct msc_ksm_found *found, const struct msc_ksm_page *page,
			 msc_ksm_search *search)
{
	struct msc_ksm_range range = search(found);

	return (found->bits & MSC_FOUND_ON_CHAIN) && range.first <= page->last &&
	       page->first <= range.last && found->addr == page->addr;
}

const struct msc_ksm_found *msc_ksm_reverse_map(const struct msc_snapshot *s,
						const struct msc_ksm_page *page,
						msc_ksm_search *search)
{
	const struct msc_ksm_found *first = &s->ksm_found[page->found];
	const struct msc_ksm_found *found;
	msc_u32 pass;

	for (pass = 0; pass < 2; pass++) {
		for (found = first; found < first + page->nr_found; found++) {
			if (pass_of(found) == pass && leads_to(found, page, search))
				return found;
		}
	}
	return MSC_NULL;
}

static const struct msc_rmap_item *own_item(const struct msc_snapshot *s,
					    const struct msc_ksm_page *page)
{
	return page->item ? &s->rmap_items[page->item - 1] : MSC_NULL;
}

/*
 * May ksmd give the page an rmap_item when it scans the mm? mm/ksm.c:cmp_and_merge_page(): it goes
 * past a page whose rmap_item names the page's node already, whatever else is wrong with it. Others
 * it does not always mend: a page without a node needs an equal one, and one whose node is on
 * migrate_nodes a place in its NUMA node's tree, which stable_tree_search() does not give it while
 * what has it is locked, or full. Which of these it is does not show from here.
 */
static msc_bool ksmd_may_mend(const struct msc_snapshot *s, const struct msc_ksm_page *page)
{
	const struct msc_rmap_item *own = own_item(s, page);

	if (!s->ksm.runs || !s->target.mergeable || !(page->bits & MSC_KSM_PAGE_MERGEABLE))
		return MSC_FALSE;
	return !own || own->state != MSC_ITEM_STABLE || own->node != page->node;
}

enum msc_ksm_reach msc_ksm_reach(const struct msc_snapshot *s, const struct msc_ksm_page *page)
{
	const struct msc_ksm_found *found;

	if (page->bits & MSC_KSM_PAGE_UNSURE)
		return MSC_REACH_UNKNOWN;
	found = msc_ksm_reverse_map(s, page, msc_ksm_search_of(s));
	if (found)
		return found->bits & MSC_FOUND_OWN ? MSC_REACH_OWN : MSC_REACH_FORK;
	if (page->bits & MSC_KSM_PAGE_MORE)
		return MSC_REACH_UNKNOWN;
	return ksmd_may_mend(s, page) ? MSC_REACH_PENDING : MSC_REACH_MISSED;
}

msc_u64 msc_ksm_stable_items(const struct msc_snapshot *s)
{
	const struct msc_rmap_item *item;
	msc_u64 nr = 0;

	msc_for_each(item, s, rmap_items)
		nr += item->state == MSC_ITEM_STABLE;
	return nr;
}

const char *msc_ksm_item_trouble(const struct msc_snapshot *s, const struct msc_rmap_item *item)
{
	if (!(item->bits & MSC_ITEM_ON_CHAIN))
		return "off-chain";
	if (s->facts.ksm_index && item->index != item->expected)
		return "index";
	return MSC_NULL;
}
