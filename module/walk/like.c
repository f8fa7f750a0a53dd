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

/* Those of an entry that no fact comes from; a shadow stack's is writable for being dirty. */
#define OTHER_ENTRY_FLAGS (_PAGE_ACCESSED | _PAGE_SOFT_DIRTY)

/* The flags that the first page of an anonymous folio has of which @facts are. */
static unsigned long page_flags_of(const struct msc_page *facts)
{
	unsigned long flags = 0;

	if (facts->order)
		flags |= BIT(PG_head);
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
		.folio = facts->state == MSC_PAGE_ANON && !view->deep &&
			 facts->order == (leaf->huge ? HPAGE_PMD_ORDER : 0),
		.elsewhere = facts->bits & MSC_PAGE_ELSEWHERE,
		.pinned = facts->bits & MSC_PAGE_PINNED,
		.entry_flags = (leaf->huge ? pmd_flags(leaf->pmd) : pte_flags(leaf->pte)) &
			       ~OTHER_ENTRY_FLAGS,
		.pfn = leaf->huge ? pmd_pfn(leaf->pmd) : pte_pfn(leaf->pte),
		.page_flags = page_flags_of(facts),
		.mapping = facts->anon_vma | MSC_MAPPING_ANON,
	};
}

/* Is @page a folio's first, and what the folio says of itself the same, at @addr? */
static __always_inline bool folio_is_like(const struct msc_vma_view *view, unsigned long addr,
					  struct page *page)
{
	const struct msc_like *like = &view->like;
	struct folio *folio = (struct folio *)page;

	return msc_compat_page_flags(page, FACT_FLAGS) == like->page_flags && !PageTail(page) &&
	       (unsigned long)READ_ONCE(folio->mapping) == like->mapping &&
	       READ_ONCE(folio->index) ==
		       view->rmap_pgoff + ((addr - view->start) >> PAGE_SHIFT) &&
	       folio_maybe_dma_pinned(folio) == like->pinned;
}

/*
 * The same flags of the entry: present, and no special one. Its page frame has a struct page if one
 * near it has: within a subsection all have, or none (mm/sparse.c).
 */
bool msc_is_like(const struct msc_vma_view *view, unsigned long addr, pte_t pte)
{
	const struct msc_like *like = &view->like;
	unsigned long pfn = pte_pfn(pte);
	struct page *page;

	if (like->none)
		return pte_none(pte);
	if (!like->folio || (pte_flags(pte) & ~OTHER_ENTRY_FLAGS) != like->entry_flags ||
	    (pfn ^ like->pfn) >= PAGES_PER_SUBSECTION)
		return false;
	page = pfn_to_page(pfn);
	return folio_is_like(view, addr, page) &&
	       (atomic_read(&page->_mapcount) > 0) == like->elsewhere;
}

bool msc_is_like_huge(const struct msc_vma_view *view, unsigned long addr, pmd_t pmd)
{
	const struct msc_like *like = &view->like;
	struct page *page;

	if (!like->folio || (pmd_flags(pmd) & ~OTHER_ENTRY_FLAGS) != like->entry_flags ||
	    !pfn_valid(pmd_pfn(pmd)))
		return false;
	page = pmd_page(pmd);
	return folio_is_like(view, addr, page) && compound_order(page) == HPAGE_PMD_ORDER &&
	       msc_compat_huge_is_elsewhere((struct folio *)page) == like->elsewhere;
}
