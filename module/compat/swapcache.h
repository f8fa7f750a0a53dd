/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The swap cache, in which a swapped page's folio still stands, or stands again. Nothing of it is
 * exported: see swapcache.c.
 */
#ifndef MSC_COMPAT_SWAPCACHE_H
#define MSC_COMPAT_SWAPCACHE_H

#include <linux/mm_types.h>
#include <linux/pgtable.h>

/* What mm/memory.c:do_swap_page() does with a folio that it finds in the swap cache. */
enum msc_compat_swapin {
	MSC_COMPAT_SWAPIN_USE,		/* maps it as it is */
	MSC_COMPAT_SWAPIN_COPY,		/* maps a copy of the page */
	MSC_COMPAT_SWAPIN_UNKNOWN,	/* a fact that decides it is not to be had */
};

/* Find out how this kernel keeps its swap cache. After msc_compat_symbols_init(). */
void msc_compat_swapcache_init(void);

/* Can msc_compat_swapcache_get() find anything? */
bool msc_compat_has_swapcache(void);

/*
 * The folio that the swap cache has for the swap entry @pte, with a reference; it is not locked and
 * may leave the cache meanwhile. NULL if there is none; ERR_PTR(-EAGAIN) if it was on its way out
 * each time. The caller holds @ptl, the lock of the page table that @pte stands in: as long as the
 * entry does, its swap area is not switched off (mm/mincore.c:mincore_swap()).
 */
struct folio *msc_compat_swapcache_get(pte_t pte, spinlock_t *ptl);

/* Is @folio, which is locked, in the swap cache for @pte? mm/swap.h:folio_matches_swap_entry(). */
bool msc_compat_swapcache_holds(struct folio *folio, pte_t pte);

/* The page of @folio that stands for @pte. */
struct page *msc_compat_swapcache_page(struct folio *folio, pte_t pte);

/*
 * What swap-in does with @page of @folio, which is in the swap cache: the predicate of
 * mm/ksm.c:ksm_might_need_to_copy(). @matches: the index of the page, and the root of the folio's
 * anon_vma, are those that the VMA asks for; it counts only if the folio has an anon_vma. Firm if
 * the folio is locked.
 */
enum msc_compat_swapin msc_compat_swapin(struct folio *folio, struct page *page, bool matches);

#endif
