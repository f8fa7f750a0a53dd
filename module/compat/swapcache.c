// SPDX-License-Identifier: GPL-2.0
/*
 * Up to 6.17 the swap cache is an array of address spaces for each swap area, swapper_spaces, one
 * for each 64 MiB of it. Since 6.18 it is a table in each cluster of an area, whose layout is
 * private, and swap_cache_get_folio() takes an entry alone, and changes no readahead statistics on
 * the way. So the array, where there is one, is searched here, and else the function called.
 */
#include "msc_config.h"

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/static_call.h>
#include <linux/swap.h>
#include <linux/xarray.h>
#ifdef MSC_HAVE_SOFTLEAF
#include <linux/leafops.h>
#endif
#include <linux/swapops.h>

#include "kernel.h"
#include "swapcache.h"
#include "symbols.h"

/* mm/swap.h: SWAP_ADDRESS_SPACE_SHIFT, the same from 6.1 to 6.17. */
#define SPACE_SHIFT 14
#define SPACE_MASK ((1UL << SPACE_SHIFT) - 1)

/* Looks at a folio that is being taken out or put in. */
#define MAX_LOOKS 100

/* mm/ksm.c: KSM_RUN_UNMERGE; the low bits of folio->mapping: see walk/folio.c. */
#define RUN_UNMERGE 2UL
#define MAPPING_ANON 1UL
#define MAPPING_KSM 3UL
#define MAPPING_FLAGS 3UL

/* For its type only. */
struct folio *msc_swap_cache_get_folio(swp_entry_t entry);

DEFINE_STATIC_CALL_NULL(msc_get_folio, msc_swap_cache_get_folio);

static struct address_space **spaces;
static bool has_function;
static const unsigned long *ksm_run;

void msc_compat_swapcache_init(void)
{
	unsigned long function = msc_compat_symbol_address(MSC_SYMBOL_SWAP_CACHE_GET_FOLIO);

	spaces = (void *)msc_compat_symbol_address(MSC_SYMBOL_SWAPPER_SPACES);
	ksm_run = (void *)msc_compat_symbol_address(MSC_SYMBOL_KSM_RUN);
	/* Beside the array the function is another, of three arguments. */
	has_function = function && !spaces && !msc_compat_kernel.swap_spaces;
	if (has_function)
		static_call_update(msc_get_folio, (typeof(&msc_swap_cache_get_folio))function);
}

bool msc_compat_has_swapcache(void)
{
	return spaces || has_function;
}

static swp_entry_t entry_of(pte_t pte)
{
#ifdef MSC_HAVE_SOFTLEAF
	return softleaf_from_pte(pte);
#else
	return pte_to_swp_entry(pte);
#endif
}

/* mm/filemap.c:filemap_get_entry(), which is not exported: pin, and see that it is still there. */
static struct folio *search(struct xarray *pages, unsigned long index)
{
	struct folio *folio;
	unsigned int i;

	for (i = 0; i < MAX_LOOKS; i++) {
		folio = xa_load(pages, index);
		/* A value is what is left of a folio that was reclaimed. */
		if (!folio || xa_is_value(folio))
			return NULL;
		if (!folio_try_get(folio))
			continue;
		if (xa_load(pages, index) == folio)
			return folio;
		folio_put(folio);
	}
	return ERR_PTR(-EAGAIN);
}

struct folio *msc_compat_swapcache_get(pte_t pte, spinlock_t *ptl)
{
	swp_entry_t entry = entry_of(pte);
	unsigned long offset = swp_offset(entry);
	struct address_space *space;
	struct folio *folio;

	lockdep_assert_held(ptl);
	if (!spaces)
		return has_function ? static_call(msc_get_folio)(entry) : NULL;
	space = READ_ONCE(spaces[swp_type(entry)]);
	if (!space)
		return NULL;
	rcu_read_lock();
	folio = search(&space[offset >> SPACE_SHIFT].i_pages,
		       msc_compat_kernel.swap_index_masked ? offset & SPACE_MASK : offset);
	rcu_read_unlock();
	return folio;
}

struct page *msc_compat_swapcache_page(struct folio *folio, pte_t pte)
{
	return folio_file_page(folio, swp_offset(entry_of(pte)));
}

bool msc_compat_swapcache_holds(struct folio *folio, pte_t pte)
{
	swp_entry_t entry = entry_of(pte);

	if (!folio_test_swapcache(folio))
		return false;
#ifdef MSC_HAVE_FOLIO_SWAP
	return folio->swap.val == round_down(entry.val, folio_nr_pages(folio));
#else
	return page_private(folio_file_page(folio, swp_offset(entry))) == entry.val;
#endif
}

/* A KSM folio is used as it is while its stable node knows it, unless all are being unmerged. */
static enum msc_compat_swapin swapin_of_ksm(unsigned long mapping)
{
	if (!ksm_run)
		return MSC_COMPAT_SWAPIN_UNKNOWN;
	if ((mapping & ~MAPPING_FLAGS) && !(READ_ONCE(*ksm_run) & RUN_UNMERGE))
		return MSC_COMPAT_SWAPIN_USE;
	return MSC_COMPAT_SWAPIN_COPY;
}

enum msc_compat_swapin msc_compat_swapin(struct folio *folio, struct page *page, bool matches)
{
	unsigned long mapping = (unsigned long)READ_ONCE(folio->mapping);

	if (folio_test_large(folio) && !msc_compat_kernel.swapin_reads_tails)
		return MSC_COMPAT_SWAPIN_USE;
	if ((mapping & MAPPING_FLAGS) == MAPPING_KSM)
		return swapin_of_ksm(mapping);
	/* Read from swap, and mapped by nobody since. */
	if (!(mapping & MAPPING_ANON))
		return MSC_COMPAT_SWAPIN_USE;
	/* The index of a tail page is what was left there. */
	if (page != folio_page(folio, 0))
		return MSC_COMPAT_SWAPIN_UNKNOWN;
	return matches ? MSC_COMPAT_SWAPIN_USE : MSC_COMPAT_SWAPIN_COPY;
}
