// SPDX-License-Identifier: GPL-2.0
/*
 * Lock order: mmap_lock, the folio lock, the page-table lock (mm/rmap.c, mm/filemap.c).
 *
 * Under the page-table lock a mapped folio is not freed; its mapping and index may still change:
 * KSM takes it over, UFFDIO_MOVE moves it. Both lock the folio first. So a page that contradicts
 * its VMA is looked at once more with the folio locked, and only that look counts.
 */
#include <linux/delay.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mmdebug.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../compat/compat.h"
#include "../compat/leaf.h"
#include "../compat/swapcache.h"
#include "folio.h"
#include "mapcount.h"
#include "pieces.h"

/* Tries to see one entry twice, and to lock a folio; between two of the latter it sleeps. */
#define MAX_LOOKS 4
#define MAX_TRYLOCKS 20

void msc_vma_view_init(struct msc_vma_view *view, struct vm_area_struct *vma,
		       const struct msc_vma *record, bool deep)
{
	*view = (struct msc_vma_view){
		.vma = vma,
		.start = record->start,
		.rmap_pgoff = msc_compat_has_anon_pgoff() ? record->anon_pgoff : record->pgoff,
		.anon_vma = (void *)(uintptr_t)record->anon_vma,
		.root = (void *)(uintptr_t)record->anon_root,
		.uffd = record->flags & MSC_VM(UR) ? MSC_PAGE_UFFD_RWP : MSC_PAGE_UFFD_WP,
		.deep = deep,
	};
}

bool msc_folio_is_ksm(const struct folio *folio, const void **node)
{
	unsigned long mapping = (unsigned long)READ_ONCE(folio->mapping);

	*node = (void *)(mapping & ~MSC_MAPPING_FLAGS);
	return (mapping & MSC_MAPPING_FLAGS) == MSC_MAPPING_KSM;
}

/* Is @anon_vma on the VMA's chain? A chain that has an AVC stands still under mmap_lock. */
static bool find_on_chain(struct msc_vma_view *view, const struct anon_vma *anon_vma)
{
	struct anon_vma_chain *avc;

	mmap_assert_locked(view->vma->vm_mm);
	if (view->chained == anon_vma)
		return true;
	if (!view->anon_vma)
		return false;
	list_for_each_entry(avc, &view->vma->anon_vma_chain, same_vma) {
		if (avc->anon_vma == anon_vma) {
			view->chained = anon_vma;
			view->chained_root = anon_vma->root;
			return true;
		}
	}
	return false;
}

/* An anon_vma that is not on the chain may be anything: read it as if it were no pointer at all. */
static const struct anon_vma *stray_root(const struct anon_vma *anon_vma)
{
	struct anon_vma *root;

	return get_kernel_nofault(root, &anon_vma->root) ? NULL : root;
}

/* The index and the anon_vma of @page of an anonymous @folio: at @addr, or swapped out there. */
static void anon_facts(struct msc_page *facts, struct msc_vma_view *view, unsigned long addr,
		       struct folio *folio, struct page *page, unsigned long mapping)
{
	const struct anon_vma *anon_vma = (void *)(mapping & ~MSC_MAPPING_FLAGS);
	const struct anon_vma *root = view->root;
	pgoff_t expected = view->rmap_pgoff + ((addr - view->start) >> PAGE_SHIFT);

	facts->anon_vma = (uintptr_t)anon_vma;
	facts->delta = READ_ONCE(folio->index) + folio_page_idx(folio, page) - expected;
	if (anon_vma != view->anon_vma) {
		if (find_on_chain(view, anon_vma)) {
			root = view->chained_root;
		} else {
			facts->bits |= MSC_PAGE_OFF_CHAIN;
			root = stray_root(anon_vma);
		}
	}
	facts->root = (uintptr_t)root;
}

/*
 * Does @folio, which has @page at @addr, reach beyond the VMA? Where its other pages lie is where
 * its index says: all of them were mapped in one VMA once.
 */
static bool is_over_edge(const struct msc_vma_view *view, unsigned long addr, struct folio *folio,
			 struct page *page)
{
	unsigned long before = folio_page_idx(folio, page);
	unsigned long behind = folio_nr_pages(folio) - before;

	return (addr - view->start) >> PAGE_SHIFT < before ||
	       (view->vma->vm_end - addr) >> PAGE_SHIFT < behind;
}

/* Has the VMA all of @folio, a large one, in its place? Looked at once as long as it goes on. */
static bool is_whole(const struct msc_vma_view *view, unsigned long addr, struct msc_leaf *leaf,
		     struct folio *folio, struct page *page)
{
	if (leaf->huge)
		return true;
	if (leaf->pieces_of != folio) {
		addr -= folio_page_idx(folio, page) << PAGE_SHIFT;
		leaf->whole = msc_pieces_are_whole(view->vma->vm_mm, addr, folio);
		leaf->pieces_of = folio;
	}
	return leaf->whole;
}

/* What keeps an anonymous page from being given another index. */
static void move_facts(struct msc_page *facts, const struct msc_vma_view *view,
		       unsigned long addr, struct msc_leaf *leaf, struct folio *folio,
		       struct page *page)
{
	if (folio_maybe_dma_pinned(folio))
		facts->bits |= MSC_PAGE_PINNED;
	if (!folio_test_large(folio))
		return;
	if (is_over_edge(view, addr, folio, page))
		facts->bits |= MSC_PAGE_OVER_EDGE;
	else if (!is_whole(view, addr, leaf, folio, page))
		facts->bits |= MSC_PAGE_PARTLY;
}

/* A huge mapping has one flag for all its pages, on the folio's first. */
static bool is_exclusive(struct folio *folio, struct page *page, bool huge)
{
	return PageAnonExclusive(huge ? folio_page(folio, 0) : page);
}

/* What @page, which a locked entry maps, says. */
static void page_facts(struct msc_page *facts, struct msc_vma_view *view, unsigned long addr,
		       struct msc_leaf *leaf, struct page *page)
{
	struct folio *folio = page_folio(page);
	unsigned long mapping = (unsigned long)READ_ONCE(folio->mapping);
	int elsewhere = leaf->huge ? msc_compat_huge_is_elsewhere(folio) :
				     msc_compat_page_is_elsewhere(folio, page);

	facts->order = folio_order(folio);
	if (elsewhere)
		facts->bits |= elsewhere < 0 ? MSC_PAGE_ELSEWHERE_UNKNOWN : MSC_PAGE_ELSEWHERE;
	if (folio_test_mlocked(folio))
		facts->bits |= MSC_PAGE_MLOCKED;
	if (!(mapping & MSC_MAPPING_ANON)) {
		facts->state = folio_test_swapbacked(folio) ? MSC_PAGE_SHMEM : MSC_PAGE_FILE;
		return;
	}
	if (is_exclusive(folio, page, leaf->huge))
		facts->bits |= MSC_PAGE_EXCLUSIVE;
	if ((mapping & MSC_MAPPING_FLAGS) == MSC_MAPPING_KSM) {
		facts->state = MSC_PAGE_KSM;
		return;
	}
	if (folio_test_swapcache(folio))
		facts->bits |= MSC_PAGE_SWAPCACHE;
	facts->state = MSC_PAGE_ANON;
	move_facts(facts, view, addr, leaf, folio, page);
	anon_facts(facts, view, addr, folio, page, mapping);
	if (view->deep && folio == view->counted) {
		facts->mapcount = view->mapcount;
		facts->reached = view->mapcount;
		facts->bits |= MSC_PAGE_COUNTED;
	}
}

/* A present huge entry: a folio, or the huge zero folio, which belongs to no mapping. */
static void huge_facts(struct msc_page *facts, struct msc_vma_view *view, unsigned long addr,
		       struct msc_leaf *leaf)
{
	struct page *page = msc_leaf_page(leaf, addr);

	facts->bits |= MSC_PAGE_HUGE;
	if (pmd_write(leaf->pmd))
		facts->bits |= MSC_PAGE_WRITABLE;
	if (pmd_protnone(leaf->pmd))
		facts->bits |= MSC_PAGE_PROT_NONE;
	if (msc_compat_pmd_uffd_wp(leaf->pmd))
		facts->bits |= view->uffd;
	if (msc_compat_vma_flags(view->vma) & VM_PFNMAP) {
		/* What a driver maps huge is no copy of it, and never the huge zero folio. */
		facts->state = MSC_PAGE_PFN;
	} else if (pfn_valid(pmd_pfn(leaf->pmd)) && msc_compat_is_huge_zero(leaf->pmd)) {
		facts->state = MSC_PAGE_HUGE_ZERO;
		facts->order = HPAGE_PMD_ORDER;
	} else if (!page) {
		facts->state = MSC_PAGE_PFN;
	} else {
		page_facts(facts, view, addr, leaf, page);
	}
}

static void pte_facts(struct msc_page *facts, struct msc_vma_view *view, unsigned long addr,
		      struct msc_leaf *leaf)
{
	struct page *page = msc_leaf_page(leaf, addr);

	if (pte_write(leaf->pte))
		facts->bits |= MSC_PAGE_WRITABLE;
	if (pte_protnone(leaf->pte))
		facts->bits |= MSC_PAGE_PROT_NONE;
	if (msc_compat_pte_uffd_wp(leaf->pte))
		facts->bits |= view->uffd;
	if (page) {
		page_facts(facts, view, addr, leaf, page);
		return;
	}
	facts->state = MSC_PAGE_PFN;
	if (is_zero_pfn(pte_pfn(leaf->pte))) {
		facts->state = MSC_PAGE_ZERO;
		if (msc_compat_is_ksm_zero(leaf->pte))
			facts->bits |= MSC_PAGE_KSM_ZERO;
	}
}

/* What the swap cache has for an entry, and what swap-in would do with that. */
static void cached_facts(struct msc_page *facts, struct msc_vma_view *view, unsigned long addr,
			 struct msc_leaf *leaf, struct folio *folio)
{
	struct page *page = msc_compat_swapcache_page(folio, leaf->pte);
	unsigned long mapping = (unsigned long)READ_ONCE(folio->mapping);
	bool matches;

	facts->state = MSC_PAGE_SWAP_CACHED;
	facts->order = folio_order(folio);
	if ((mapping & MSC_MAPPING_FLAGS) == MSC_MAPPING_KSM) {
		facts->bits |= MSC_PAGE_KSM_FOLIO;
	} else if (mapping & MSC_MAPPING_ANON) {
		move_facts(facts, view, addr, leaf, folio, page);
		anon_facts(facts, view, addr, folio, page, mapping);
	}
	matches = !facts->delta && facts->root == (uintptr_t)view->root;
	switch (msc_compat_swapin(folio, page, matches)) {
	case MSC_COMPAT_SWAPIN_USE:
		break;
	case MSC_COMPAT_SWAPIN_COPY:
		facts->bits |= MSC_PAGE_COPY;
		break;
	case MSC_COMPAT_SWAPIN_UNKNOWN:
		facts->bits |= MSC_PAGE_SWAPIN_UNKNOWN;
		break;
	}
}

static void swap_facts(struct msc_page *facts, struct msc_vma_view *view, unsigned long addr,
		       struct msc_leaf *leaf)
{
	struct folio *folio = msc_compat_swapcache_get(leaf->pte, leaf->ptl);

	facts->state = MSC_PAGE_SWAP;
	if (pte_swp_exclusive(leaf->pte))
		facts->bits |= MSC_PAGE_EXCLUSIVE;
	if (IS_ERR(folio)) {
		facts->bits |= MSC_PAGE_SWAPIN_UNKNOWN;
	} else if (folio) {
		cached_facts(facts, view, addr, leaf, folio);
		folio_put(folio);
	}
}

static enum msc_page_state leaf_state(enum msc_compat_leaf leaf)
{
	switch (leaf) {
	case MSC_COMPAT_LEAF_MIGRATION:
		return MSC_PAGE_MIGRATION;
	case MSC_COMPAT_LEAF_HWPOISON:
		return MSC_PAGE_HWPOISON;
	case MSC_COMPAT_LEAF_MARKER:
		return MSC_PAGE_MARKER;
	default:
		return MSC_PAGE_DEVICE;
	}
}

/* May it have anonymous pages? Of others a migration entry that can be written to says nothing. */
static bool has_anon_pages(const struct msc_vma_view *view)
{
	return !(msc_compat_vma_flags(view->vma) & VM_SHARED);
}

static void absent_facts(struct msc_page *facts, struct msc_vma_view *view, unsigned long addr,
			 struct msc_leaf *leaf)
{
	enum msc_compat_leaf kind = msc_compat_leaf_of(leaf->pte);

	if (msc_compat_pte_swp_uffd_wp(leaf->pte))
		facts->bits |= view->uffd;
	if (kind == MSC_COMPAT_LEAF_SWAP) {
		swap_facts(facts, view, addr, leaf);
		return;
	}
	facts->state = leaf_state(kind);
	if (msc_compat_migrates_exclusive(leaf->pte) && has_anon_pages(view))
		facts->bits |= MSC_PAGE_EXCLUSIVE;
}

static void huge_absent_facts(struct msc_page *facts, const struct msc_vma_view *view, pmd_t pmd)
{
	facts->state = leaf_state(msc_compat_huge_leaf_of(pmd));
	if (msc_compat_pmd_swp_uffd_wp(pmd))
		facts->bits |= view->uffd;
	if (msc_compat_huge_migrates_exclusive(pmd) && has_anon_pages(view))
		facts->bits |= MSC_PAGE_EXCLUSIVE;
}

void msc_leaf_facts(struct msc_page *facts, struct msc_vma_view *view, unsigned long addr,
		    struct msc_leaf *leaf)
{
	lockdep_assert_held(leaf->ptl);
	memset(facts, 0, sizeof(*facts));
	if (leaf->huge) {
		if (pmd_none(leaf->pmd))
			return;
		if (pmd_present(leaf->pmd))
			huge_facts(facts, view, addr, leaf);
		else
			huge_absent_facts(facts, view, leaf->pmd);
	} else if (pte_present(leaf->pte)) {
		pte_facts(facts, view, addr, leaf);
	} else if (!pte_none(leaf->pte)) {
		absent_facts(facts, view, addr, leaf);
	}
}

static bool is_irregular(const struct msc_page *facts, const struct msc_vma_view *view)
{
	return msc_page_is_irregular(facts, (uintptr_t)view->anon_vma, (uintptr_t)view->root);
}

bool msc_facts_want_a_look(const struct msc_page *facts, const struct msc_vma_view *view)
{
	return is_irregular(facts, view) || (view->deep && facts->state == MSC_PAGE_ANON &&
					     !(facts->bits & MSC_PAGE_COUNTED));
}

bool msc_folio_lock_somehow(struct folio *folio, bool *waited)
{
	unsigned int i;

	for (i = 0; i < MAX_TRYLOCKS; i++) {
		if (folio_trylock(folio))
			return true;
		*waited = true;
		usleep_range(20, 50);
	}
	return false;
}

/*
 * Does the VMA map @page where the page's own index says, as well as at @addr? @page is pinned; it
 * is NULL if a swap entry is at @addr.
 */
static bool is_mapped_twice(const struct msc_page *facts, const struct msc_vma_view *view,
			    unsigned long addr, const struct page *page)
{
	unsigned long other = addr + (facts->delta << PAGE_SHIFT);
	struct msc_leaf leaf;
	bool twice;

	if (!page || !facts->delta || other < view->start || other >= view->vma->vm_end ||
	    !msc_leaf_lock(view->vma->vm_mm, other, &leaf))
		return false;
	twice = msc_leaf_page(&leaf, other) == page;
	msc_leaf_unlock(&leaf);
	return twice;
}

/* Count the mappings of @folio, unless its reverse map does not even lead here. */
static void count(struct msc_page *facts, struct msc_vma_view *view, struct folio *folio)
{
	if (facts->state != MSC_PAGE_ANON || !view->anon_vma || facts->delta ||
	    facts->root != (uintptr_t)view->root ||
	    (facts->bits & (MSC_PAGE_OFF_CHAIN | MSC_PAGE_TWICE)))
		return;
	msc_count_mappings(facts, folio, (void *)(uintptr_t)facts->anon_vma);
	if (folio_test_large(folio) && facts->mapcount == facts->reached &&
	    (facts->bits & MSC_PAGE_COUNTED)) {
		view->counted = folio;
		view->mapcount = facts->mapcount;
	}
}

/* Its folio, which an entry maps or the swap cache has for it, with a reference, or NULL. */
static struct folio *get_folio(const struct msc_leaf *leaf, unsigned long addr)
{
	struct page *page = msc_leaf_page(leaf, addr);
	struct folio *folio;

	lockdep_assert_held(leaf->ptl);
	if (page)
		return folio_try_get(page_folio(page)) ? page_folio(page) : NULL;
	folio = msc_compat_swapcache_get(leaf->pte, leaf->ptl);
	return IS_ERR(folio) ? NULL : folio;
}

/*
 * The look that counts: @folio, which @seen at @addr maps, or has in the swap cache, is locked.
 * False if the entry has changed, or the folio has left the cache.
 */
static bool look_locked(struct msc_page *facts, struct msc_vma_view *view, unsigned long addr,
			const struct msc_leaf *seen, struct folio *folio)
{
	struct page *page = msc_leaf_page(seen, addr);
	struct msc_leaf leaf;
	bool same;

	VM_WARN_ON_ONCE_FOLIO(!folio_test_locked(folio), folio);
	if (!page && !msc_compat_swapcache_holds(folio, seen->pte))
		return false;

	if (!msc_leaf_lock(view->vma->vm_mm, addr, &leaf))
		return false;
	same = msc_leaf_same(&leaf, seen);
	msc_leaf_facts(facts, view, addr, &leaf);
	msc_leaf_unlock(&leaf);
	if (same && is_mapped_twice(facts, view, addr, page))
		facts->bits |= MSC_PAGE_TWICE;
	if (same && view->deep)
		count(facts, view, folio);
	return same;
}

/* Look once, pin, lock, look again. True if that settled it. */
static bool confirm_once(struct msc_page *facts, struct msc_vma_view *view, unsigned long addr,
			 bool *waited)
{
	struct msc_leaf leaf;
	struct folio *folio;
	bool settled = false;

	if (!msc_leaf_lock(view->vma->vm_mm, addr, &leaf)) {
		memset(facts, 0, sizeof(*facts));
		return true;
	}
	msc_leaf_facts(facts, view, addr, &leaf);
	if (!msc_facts_want_a_look(facts, view)) {
		msc_leaf_unlock(&leaf);
		return true;
	}
	folio = get_folio(&leaf, addr);
	msc_leaf_unlock(&leaf);
	if (!folio)
		return false;
	if (msc_folio_lock_somehow(folio, waited)) {
		settled = look_locked(facts, view, addr, &leaf, folio);
		folio_unlock(folio);
	}
	folio_put(folio);
	return settled;
}

bool msc_facts_confirm(struct msc_page *facts, struct msc_vma_view *view, unsigned long addr)
{
	bool waited = false;
	unsigned int i;

	mmap_assert_locked(view->vma->vm_mm);
	might_sleep();
	for (i = 0; i < MAX_LOOKS; i++) {
		if (confirm_once(facts, view, addr, &waited))
			return waited || view->deep;
	}
	if (is_irregular(facts, view))
		facts->bits |= MSC_PAGE_UNSURE;
	return waited || view->deep;
}
