// SPDX-License-Identifier: GPL-2.0
/*
 * A large folio that is no longer mapped by a PMD may lie in several places: mremap() of a part of
 * it takes entries along, munmap() and copying on write leave gaps. The folio's mapcount counts
 * them all; where they are only the page tables tell.
 */
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/pgtable.h>
#include <linux/rcupdate.h>

#include "../compat/leaf.h"
#include "../compat/swapcache.h"
#include "leaf.h"
#include "pieces.h"

/* Does @pte stand for @page of @folio? */
static bool stands_for(pte_t pte, struct folio *folio, struct page *page)
{
	if (pte_none(pte))
		return false;
	if (pte_present(pte))
		return pte_pfn(pte) == page_to_pfn(page);
	return msc_compat_leaf_of(pte) == MSC_COMPAT_LEAF_SWAP &&
	       msc_compat_swapcache_holds(folio, pte) &&
	       msc_compat_swapcache_page(folio, pte) == page;
}

/* The same of each entry of one page table from @addr to @end, and the pages from @page on. */
static bool table_stands_for(pmd_t *pmdp, unsigned long addr, unsigned long end,
			     struct folio *folio, struct page *page)
{
	pmd_t pmd = READ_ONCE(*pmdp);
	pte_t *ptep;

	if (pmd_none(pmd) || !pmd_present(pmd) || pmd_leaf(pmd) || pmd_bad(pmd))
		return false;
	ptep = pte_offset_kernel(&pmd, addr);
	for (; addr < end; addr += PAGE_SIZE, ptep++, page++) {
		if (!stands_for(READ_ONCE(*ptep), folio, page))
			return false;
	}
	return true;
}

bool msc_pieces_are_whole(struct mm_struct *mm, unsigned long start, struct folio *folio)
{
	unsigned long end = start + folio_size(folio);
	unsigned long addr, next;
	pmd_t *pmdp;

	mmap_assert_locked(mm);
	lockdep_assert(rcu_read_lock_held());
	for (addr = start; addr < end; addr = next) {
		next = pmd_addr_end(addr, end);
		pmdp = msc_leaf_find_pmd(mm, addr);
		if (!pmdp || !table_stands_for(pmdp, addr, next, folio,
					       folio_page(folio, (addr - start) >> PAGE_SHIFT)))
			return false;
	}
	return true;
}
