/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a page-table entry holds, for every kernel. Callers hold the page-table lock of the entry.
 */
#ifndef MSC_COMPAT_LEAF_H
#define MSC_COMPAT_LEAF_H

#include "msc_config.h"

#include <linux/ksm.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/swap.h>
#include <linux/userfaultfd_k.h>
#ifdef MSC_HAVE_SOFTLEAF
#include <linux/leafops.h>
#else
#include <linux/swapops.h>
#endif

/* What a non-present entry that is not none stands for. */
enum msc_compat_leaf {
	MSC_COMPAT_LEAF_SWAP,
	MSC_COMPAT_LEAF_MIGRATION,
	MSC_COMPAT_LEAF_HWPOISON,
	MSC_COMPAT_LEAF_MARKER,
	MSC_COMPAT_LEAF_DEVICE,
};

/*
 * 7.x reads such an entry as a softleaf_t; before, it was a swp_entry_t with types beyond the swap
 * areas.
 */
static inline enum msc_compat_leaf msc_compat_leaf_of(pte_t pte)
{
#ifdef MSC_HAVE_SOFTLEAF
	softleaf_t entry = softleaf_from_pte(pte);

	if (softleaf_is_swap(entry))
		return MSC_COMPAT_LEAF_SWAP;
	if (softleaf_is_migration(entry))
		return MSC_COMPAT_LEAF_MIGRATION;
	if (softleaf_is_hwpoison(entry))
		return MSC_COMPAT_LEAF_HWPOISON;
	if (softleaf_is_marker(entry))
		return MSC_COMPAT_LEAF_MARKER;
	return MSC_COMPAT_LEAF_DEVICE;
#else
	swp_entry_t entry = pte_to_swp_entry(pte);

	if (!non_swap_entry(entry))
		return MSC_COMPAT_LEAF_SWAP;
	if (is_migration_entry(entry))
		return MSC_COMPAT_LEAF_MIGRATION;
	if (is_hwpoison_entry(entry))
		return MSC_COMPAT_LEAF_HWPOISON;
	if (is_pte_marker_entry(entry))
		return MSC_COMPAT_LEAF_MARKER;
#ifdef MSC_HAVE_SWAPIN_ERROR
	if (is_swapin_error_entry(entry))
		return MSC_COMPAT_LEAF_MARKER;
#endif
	return MSC_COMPAT_LEAF_DEVICE;
#endif
}

/* The same of a PMD entry: only migration and device entries are huge. */
static inline enum msc_compat_leaf msc_compat_huge_leaf_of(pmd_t pmd)
{
#ifdef MSC_HAVE_SOFTLEAF
	return softleaf_is_migration(softleaf_from_pmd(pmd)) ? MSC_COMPAT_LEAF_MIGRATION :
							       MSC_COMPAT_LEAF_DEVICE;
#else
	return is_pmd_migration_entry(pmd) ? MSC_COMPAT_LEAF_MIGRATION : MSC_COMPAT_LEAF_DEVICE;
#endif
}

/*
 * Is the page behind a migration entry, if it is anonymous, this process's alone? The entry keeps
 * what PageAnonExclusive() said when it took the page's place, or that the page could be written
 * to (mm/rmap.c:try_to_migrate_one()), as those of a shared mapping can, too, whosoever they are.
 * False of every other entry.
 */
static inline bool msc_compat_migrates_exclusive(pte_t pte)
{
#ifdef MSC_HAVE_SOFTLEAF
	softleaf_t entry = softleaf_from_pte(pte);

	return softleaf_is_migration(entry) && !softleaf_is_migration_read(entry);
#else
	swp_entry_t entry = pte_to_swp_entry(pte);

	return is_migration_entry(entry) && !is_readable_migration_entry(entry);
#endif
}

/* The same of a PMD entry. */
static inline bool msc_compat_huge_migrates_exclusive(pmd_t pmd)
{
#ifdef MSC_HAVE_SOFTLEAF
	softleaf_t entry = softleaf_from_pmd(pmd);

	return softleaf_is_migration(entry) && !softleaf_is_migration_read(entry);
#else
	return is_pmd_migration_entry(pmd) && !is_readable_migration_entry(pmd_to_swp_entry(pmd));
#endif
}

/*
 * Is the huge zero folio mapped here? Its frame number is not exported; but unlike every other
 * folio that is mapped huge it belongs to no mapping and its mappings are not counted.
 */
static inline bool msc_compat_is_huge_zero(pmd_t pmd)
{
	struct folio *folio = page_folio(pmd_page(pmd));

	return folio_test_large(folio) && !READ_ONCE(folio->mapping) &&
	       !folio_entire_mapcount(folio) && !pmd_write(pmd);
}

/*
 * Does the entry map page frames that are nobody's to look at: a driver's (6.12 on: pmd_special()),
 * or, to 6.12, a DAX device's? Such a PTE is always special; a PMD is not. 7.x marks the huge zero
 * folio so, too. Before 6.12 only VM_PFNMAP tells of a driver's.
 */
static inline bool msc_compat_pmd_is_special(pmd_t pmd)
{
#ifdef MSC_HAVE_PMD_DEVMAP
	if (pmd_devmap(pmd))
		return true;
#endif
#ifdef MSC_HAVE_PMD_SPECIAL
	return pmd_special(pmd);
#else
	return false;
#endif
}

/* A present PUD leaf as if it were a PMD's: x86-64 has the same bits in both. */
static inline pmd_t msc_compat_pud_as_pmd(pud_t pud)
{
	return __pmd(pud_val(pud));
}

/* Write-protected by userfaultfd; 7.3 named the bit anew. */
static inline bool msc_compat_pte_uffd_wp(pte_t pte)
{
#ifdef MSC_HAVE_PTE_UFFD
	return pte_uffd(pte);
#else
	return pte_uffd_wp(pte);
#endif
}

static inline bool msc_compat_pmd_uffd_wp(pmd_t pmd)
{
#ifdef MSC_HAVE_PTE_UFFD
	return pmd_uffd(pmd);
#else
	return pmd_uffd_wp(pmd);
#endif
}

/* The same of an entry that is not present: it keeps the bit, or is a marker that stands for it. */
static inline bool msc_compat_pte_swp_uffd_wp(pte_t pte)
{
#ifdef MSC_HAVE_PTE_UFFD
	if (pte_swp_uffd(pte))
		return true;
#else
	if (pte_swp_uffd_wp(pte))
		return true;
#endif
#ifdef MSC_HAVE_SOFTLEAF
	return softleaf_is_uffd_wp_marker(softleaf_from_pte(pte));
#else
	return pte_marker_entry_uffd_wp(pte_to_swp_entry(pte));
#endif
}

static inline bool msc_compat_pmd_swp_uffd_wp(pmd_t pmd)
{
#ifdef MSC_HAVE_PTE_UFFD
	return pmd_swp_uffd(pmd);
#else
	return pmd_swp_uffd_wp(pmd);
#endif
}

/* A zero page that KSM put there is dirty (6.6: is_ksm_zero_pte()); before, none can be told. */
static inline bool msc_compat_is_ksm_zero(pte_t pte)
{
#ifdef MSC_HAVE_KSM_ZERO_PTE
	return is_ksm_zero_pte(pte);
#else
	return false;
#endif
}

/* Those of @page's own flags that have one of the bits in @mask; 6.18 wrapped the word. */
static inline unsigned long msc_compat_page_flags(const struct page *page, unsigned long mask)
{
#ifdef MSC_HAVE_MEMDESC_FLAGS
	return READ_ONCE(page->flags.f) & mask;
#else
	return READ_ONCE(page->flags) & mask;
#endif
}

/*
 * Is @page of @folio, which a PTE maps, mapped by another entry too? 1 or 0, or -1 if it cannot be
 * told: with CONFIG_NO_PAGE_MAPCOUNT (6.15) nobody counts the mappings of a large folio's pages,
 * and only that no other mm has any of it is certain. Else fs/proc/internal.h's
 * folio_precise_page_mapcount(); before 6.10 page_mapcount() did that.
 */
static inline int msc_compat_page_is_elsewhere(struct folio *folio, struct page *page)
{
#if defined(CONFIG_NO_PAGE_MAPCOUNT)
	if (folio_test_large(folio))
		return folio_maybe_mapped_shared(folio) ? -1 : 0;
	return folio_mapcount(folio) > 1;
#elif defined(MSC_HAVE_PAGE_MAPCOUNT)
	return page_mapcount(page) > 1;
#else
	int mapcount = atomic_read(&page->_mapcount) + 1;

	if (page_mapcount_is_type(mapcount))
		mapcount = 0;
	if (folio_test_large(folio))
		mapcount += folio_entire_mapcount(folio);
	return mapcount > 1;
#endif
}

/*
 * Is any page of @folio, which is mapped as a whole, mapped by another entry too? folio_mapcount()
 * is inline since 6.10; before, it is not exported. Before 6.2 all mappings of a folio are of the
 * whole unless its flag says otherwise (mm/huge_memory.c:__split_huge_pmd_locked(),
 * mm/rmap.c:page_add_file_rmap()): that saves looking at every page.
 */
static inline bool msc_compat_huge_is_elsewhere(struct folio *folio)
{
#ifdef MSC_HAVE_PAGE_MAPCOUNT
	unsigned long i;

#ifdef MSC_HAVE_PAGE_DOUBLE_MAP
	if (!PageDoubleMap(folio_page(folio, 0)))
		return folio_entire_mapcount(folio) > 1;
#endif
	for (i = 0; i < folio_nr_pages(folio); i++) {
		if (page_mapcount(folio_page(folio, i)) > 1)
			return true;
	}
	return false;
#else
	return folio_mapcount(folio) > 1;
#endif
}

/*
 * How often @folio is mapped, by one entry each: folio_mapcount(). Before 6.10 it is not exported;
 * page_mapcount() adds the mappings of the whole folio to those of each page.
 */
static inline unsigned int msc_compat_folio_mapcount(struct folio *folio)
{
#ifdef MSC_HAVE_PAGE_MAPCOUNT
	unsigned long nr = folio_nr_pages(folio);
	unsigned int mapcount = 0;
	unsigned long i;

	for (i = 0; i < nr; i++)
		mapcount += page_mapcount(folio_page(folio, i));
	return nr > 1 ? mapcount - (nr - 1) * folio_entire_mapcount(folio) : mapcount;
#else
	return folio_mapcount(folio);
#endif
}

#endif
