// SPDX-License-Identifier: GPL-2.0
/* Most pages are as the one before: what tells that, without another look at all of it. */
#include <linux/bits.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>

#include "../compat/leaf.h"
#include "folio.h"
#include "like.h"

/* Where the facts about a page come from, of its flags: see page_facts(). */
#define ANON_FLAGS \
	(BIT(PG_head) | BIT(PG_mlocked) | BIT(PG_swapcache) | BIT(PG_anon_exclusive))
#define FILE_FLAGS (BIT(PG_head) | BIT(PG_mlocked) | BIT(PG_swapbacked))

/* Those of an entry that no fact comes from; a shadow stack's is writable for being dirty. */
#define OTHER_ENTRY_FLAGS (_PAGE_ACCESSED | _PAGE_SOFT_DIRTY)

/* The flags that the first page of a folio has of which @facts are. */
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
	if (facts->state == MSC_PAGE_SHMEM)
		flags |= BIT(PG_swapbacked);
	return flags;
}

static enum msc_like_kind kind_of(const struct msc_vma_view *view, const struct msc_leaf *leaf,
				  const struct msc_page *facts)
{
	bool piece = facts->order && !leaf->huge;

	switch (facts->state) {
	case MSC_PAGE_NONE:
		return MSC_LIKE_NONE;
	case MSC_PAGE_ZERO:
		return MSC_LIKE_ZERO;
	case MSC_PAGE_FILE:
	case MSC_PAGE_SHMEM:
		if (leaf->huge)
			return MSC_LIKE_OTHER;
		return piece ? MSC_LIKE_PIECE : MSC_LIKE_FILE;
	case MSC_PAGE_ANON:
		if (view->deep || (leaf->huge && facts->order != HPAGE_PMD_ORDER))
			return MSC_LIKE_OTHER;
		return piece ? MSC_LIKE_PIECE : MSC_LIKE_ANON;
	default:
		return MSC_LIKE_OTHER;
	}
}

/* As msc_compat_page_is_elsewhere(). */
static int elsewhere_of(const struct msc_page *facts)
{
	if (facts->bits & MSC_PAGE_ELSEWHERE_UNKNOWN)
		return -1;
	return !!(facts->bits & MSC_PAGE_ELSEWHERE);
}

static unsigned long last_pfn_of(unsigned long pfn)
{
	struct folio *folio = page_folio(pfn_to_page(pfn));

	return folio_pfn(folio) + folio_nr_pages(folio) - 1;
}

/* From the facts, not from the page: that may have changed since. */
void msc_like_set(struct msc_vma_view *view, unsigned long addr, const struct msc_leaf *leaf,
		  const struct msc_page *facts)
{
	unsigned long pfn = leaf->huge ? pmd_pfn(leaf->pmd) : pte_pfn(leaf->pte);
	enum msc_like_kind kind = kind_of(view, leaf, facts);

	lockdep_assert_held(leaf->ptl);
	view->like = (struct msc_like){
		.kind = kind,
		.elsewhere = elsewhere_of(facts),
		.pinned = facts->bits & MSC_PAGE_PINNED,
		.entry_flags = (leaf->huge ? pmd_flags(leaf->pmd) : pte_flags(leaf->pte)) &
			       ~OTHER_ENTRY_FLAGS,
		.addr = addr,
		.pfn = pfn,
		.last_pfn = kind == MSC_LIKE_PIECE ? last_pfn_of(pfn) : 0,
		.page_flags = page_flags_of(facts),
		.mapping = facts->anon_vma ? facts->anon_vma | MSC_MAPPING_ANON : 0,
	};
}

/* Is @page an anonymous folio's first, and what the folio says of itself the same, at @addr? */
static __always_inline bool anon_is_like(const struct msc_vma_view *view, unsigned long addr,
					 struct page *page)
{
	const struct msc_like *like = &view->like;
	struct folio *folio = (struct folio *)page;

	return msc_compat_page_flags(page, ANON_FLAGS) == like->page_flags && !PageTail(page) &&
	       (unsigned long)READ_ONCE(folio->mapping) == like->mapping &&
	       READ_ONCE(folio->index) ==
		       view->rmap_pgoff + ((addr - view->start) >> PAGE_SHIFT) &&
	       folio_maybe_dma_pinned(folio) == like->pinned;
}

/* Is @page a small one that is not anonymous, and the same? */
static __always_inline bool file_is_like(const struct msc_like *like, struct page *page)
{
	struct folio *folio = (struct folio *)page;

	return msc_compat_page_flags(page, FILE_FLAGS) == like->page_flags && !PageTail(page) &&
	       !((unsigned long)READ_ONCE(folio->mapping) & MSC_MAPPING_ANON);
}

/*
 * Is @pfn the page that the same folio has for @addr? The lock of the entry looked at last keeps it
 * in one; what is the folio's is the same then, and of a page is only how often it is mapped and,
 * if it is anonymous, whether that is exclusive.
 */
static __always_inline bool piece_is_like(const struct msc_like *like, unsigned long addr,
					  unsigned long pfn)
{
	unsigned long flags = like->mapping ? BIT(PG_anon_exclusive) : 0;
	struct page *page;

	if (pfn - like->pfn != (addr - like->addr) >> PAGE_SHIFT || pfn > like->last_pfn)
		return false;
	page = pfn_to_page(pfn);
	return msc_compat_page_flags(page, flags) == (like->page_flags & flags) &&
	       msc_compat_page_is_elsewhere(page_folio(page), page) == like->elsewhere;
}

/*
 * The same flags of the entry: present, and no special one. Its page frame has a struct page if one
 * near it has: within a subsection all have, or none (mm/sparse.c).
 */
static __always_inline bool small_is_like(const struct msc_vma_view *view, unsigned long addr,
					  unsigned long pfn)
{
	const struct msc_like *like = &view->like;
	struct page *page;

	if ((pfn ^ like->pfn) >= PAGES_PER_SUBSECTION)
		return false;
	page = pfn_to_page(pfn);
	return (like->kind == MSC_LIKE_ANON ? anon_is_like(view, addr, page) :
					      file_is_like(like, page)) &&
	       (atomic_read(&page->_mapcount) > 0) == like->elsewhere;
}

bool msc_is_like(const struct msc_vma_view *view, unsigned long addr, pte_t pte)
{
	const struct msc_like *like = &view->like;

	lockdep_assert(rcu_read_lock_held());
	if (like->kind == MSC_LIKE_NONE)
		return pte_none(pte);
	if ((pte_flags(pte) & ~OTHER_ENTRY_FLAGS) != like->entry_flags)
		return false;
	switch (like->kind) {
	case MSC_LIKE_ANON:
	case MSC_LIKE_FILE:
		return small_is_like(view, addr, pte_pfn(pte));
	case MSC_LIKE_PIECE:
		return piece_is_like(like, addr, pte_pfn(pte));
	case MSC_LIKE_ZERO:
		return pte_pfn(pte) == like->pfn;
	default:
		return false;
	}
}

bool msc_is_like_huge(const struct msc_vma_view *view, unsigned long addr, pmd_t pmd)
{
	const struct msc_like *like = &view->like;
	struct page *page;

	if (like->kind != MSC_LIKE_ANON ||
	    (pmd_flags(pmd) & ~OTHER_ENTRY_FLAGS) != like->entry_flags ||
	    !pfn_valid(pmd_pfn(pmd)))
		return false;
	page = pmd_page(pmd);
	return anon_is_like(view, addr, page) && compound_order(page) == HPAGE_PMD_ORDER &&
	       msc_compat_huge_is_elsewhere((struct folio *)page) == like->elsewhere;
}
