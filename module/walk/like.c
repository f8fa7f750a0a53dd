// SPDX-License-Identifier: GPL-2.0
/* Most pages are as the one before: what tells that, without another look at all of it. */
#include <linux/bits.h>
#include <linux/mm.h>

#include "../compat/leaf.h"
#include "folio.h"
#include "like.h"

/* Where the facts about an anonymous page come from, of its flags: see page_facts(). */
#define FACT_FLAGS \
	(BIT(PG_head) | BIT(PG_mlocked) | BIT(PG_swapcache) | BIT(PG_anon_exclusive))

/* The flags that a small anonymous page has of which @facts are. */
static unsigned long page_flags_of(const struct msc_page *facts)
{
	unsigned long flags = 0;

	if (facts->bits & MSC_PAGE_MLOCKED)
		flags |= BIT(PG_mlocked);
	if (facts->bits & MSC_PAGE_SWAPCACHE)
		flags |= BIT(PG_swapcache);
	if (facts->bits & MSC_PAGE_EXCLUSIVE)
		flags |= BIT(PG_anon_exclusive);
	return flags;
}

/* From the facts, not from the page: that may have changed since. */
void msc_like_set(struct msc_vma_view *view, const struct msc_leaf *leaf,
		  const struct msc_page *facts)
{
	view->like = (struct msc_like){
		.none = facts->state == MSC_PAGE_NONE,
		.page = facts->state == MSC_PAGE_ANON && !facts->order && !view->deep,
		.elsewhere = facts->bits & MSC_PAGE_ELSEWHERE,
		.pinned = facts->bits & MSC_PAGE_PINNED,
		.pte_flags = pte_flags(leaf->pte),
		.pfn = pte_pfn(leaf->pte),
		.page_flags = page_flags_of(facts),
		.mapping = facts->anon_vma | MSC_MAPPING_ANON,
	};
}

/*
 * The same flags of the entry: present, and no special one. Its page frame has a struct page if one
 * near it has: within a subsection all have, or none (mm/sparse.c).
 */
bool msc_is_like(const struct msc_vma_view *view, unsigned long addr, pte_t pte)
{
	const struct msc_like *like = &view->like;
	unsigned long pfn = pte_pfn(pte);
	struct folio *folio;
	struct page *page;

	if (like->none)
		return pte_none(pte);
	if (!like->page || pte_flags(pte) != like->pte_flags ||
	    (pfn ^ like->pfn) >= PAGES_PER_SUBSECTION)
		return false;
	page = pfn_to_page(pfn);
	folio = (struct folio *)page;
	return msc_compat_page_flags(page, FACT_FLAGS) == like->page_flags && !PageTail(page) &&
	       (unsigned long)READ_ONCE(folio->mapping) == like->mapping &&
	       READ_ONCE(folio->index) ==
		       view->rmap_pgoff + ((addr - view->start) >> PAGE_SHIFT) &&
	       (atomic_read(&page->_mapcount) > 0) == like->elsewhere &&
	       folio_maybe_dma_pinned(folio) == like->pinned;
}
