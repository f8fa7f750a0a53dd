// SPDX-License-Identifier: GPL-2.0
/*
 * Lock order: mmap_lock, the folio lock, the anon_vma root's rwsem, the page-table lock: that of
 * mm/rmap.c.
 *
 * mm/rmap.c:rmap_walk_anon() once more, to count: each VMA that the anon_vma's tree has at the
 * folio's offsets is looked at where its own page offset puts the folio's index. The kernel's own
 * walk is not exported, differs in what it wants held, and has no bound.
 *
 * The folio's lock keeps reclaim, migration, KSM and khugepaged away from it. Under the rwsem no
 * VMA in the tree is moved, resized or freed, and page tables go only after their VMA has left the
 * tree (mm/mmap.c:exit_mmap(), unmap_region(): free_pgtables()). What still maps and unmaps the
 * folio are faults, fork(), munmap() and mremap(), of any process. So a count that differs stands
 * only if it is the same several times.
 */
#include <linux/delay.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mmdebug.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/rwsem.h>

#include "../compat/compat.h"
#include "../compat/leaf.h"
#include "avc_tree.h"
#include "leaf.h"
#include "mapcount.h"

/* Entries that one count looks at: 32 processes that map a huge page in small pieces. */
#define MAX_LOOKS (32 * 512)
/* Counts, and how many of them in a row must differ alike. */
#define MAX_COUNTS 12
#define ALIKE_COUNTS 4

/* struct tally - one count */
struct tally {
	struct folio *folio;
	pgoff_t first, last;	/* its indices */
	unsigned int looks;	/* that are left */
	u32 found;
};

/* A device's entry: some kinds count as a mapping. */
static bool is_device(const struct msc_leaf *leaf)
{
	if (leaf->huge)
		return !pmd_none(leaf->pmd) && !pmd_present(leaf->pmd) &&
		       msc_compat_huge_leaf_of(leaf->pmd) == MSC_COMPAT_LEAF_DEVICE;
	return !pte_none(leaf->pte) && !pte_present(leaf->pte) &&
	       msc_compat_leaf_of(leaf->pte) == MSC_COMPAT_LEAF_DEVICE;
}

/* Does an entry map @page at @addr? Returns where the next entry begins; 0 if that is not known. */
static unsigned long count_entry(struct tally *t, struct mm_struct *mm, unsigned long addr,
				 const struct page *page)
{
	unsigned long next = addr + PAGE_SIZE;
	struct msc_leaf leaf;

	if (!t->looks)
		return 0;
	t->looks--;
	if (!msc_leaf_lock(mm, addr, &leaf))
		return next;
	if (msc_leaf_page(&leaf, addr) == page)
		t->found++;
	if (is_device(&leaf))
		next = 0;
	else if (leaf.huge)
		next = (addr & PMD_MASK) + PMD_SIZE;
	msc_leaf_unlock(&leaf);
	return next;
}

/* The part of the folio that belongs into the VMA of @avc. False if it cannot be counted. */
static bool count_vma(struct tally *t, const struct anon_vma_chain *avc)
{
	struct vm_area_struct *vma = avc->vma;
	pgoff_t start = msc_compat_vma_rmap_pgoff(vma);
	pgoff_t index = max(t->first, start);
	pgoff_t last = min(t->last, start + vma_pages(vma) - 1);
	unsigned long addr = vma->vm_start + ((index - start) << PAGE_SHIFT);
	unsigned long next;

	lockdep_assert_held_read(&avc->anon_vma->root->rwsem);
	for (; index <= last; index += (next - addr) >> PAGE_SHIFT, addr = next) {
		next = count_entry(t, vma->vm_mm, addr, folio_page(t->folio, index - t->first));
		if (!next)
			return false;
	}
	return true;
}

static bool count_once(struct tally *t, struct anon_vma *anon_vma)
{
	struct rw_semaphore *lock = &anon_vma->root->rwsem;
	struct anon_vma_chain *avc;
	bool counted = true;

	if (down_read_killable(lock))
		return false;
	for (avc = msc_avc_tree_first_at(anon_vma, t->first, t->last); avc && counted;
	     avc = msc_avc_tree_next_at(avc, t->first, t->last))
		counted = count_vma(t, avc);
	up_read(lock);
	return counted;
}

void msc_count_mappings(struct msc_page *facts, struct folio *folio, struct anon_vma *anon_vma)
{
	u32 mapcount, reached = 0, seen = 0;
	unsigned int alike = 0, i;

	VM_WARN_ON_ONCE_FOLIO(!folio_test_locked(folio), folio);
	for (i = 0; i < MAX_COUNTS && alike < ALIKE_COUNTS; i++) {
		struct tally t = {
			.folio = folio,
			.first = folio->index,
			.last = folio->index + folio_nr_pages(folio) - 1,
			.looks = MAX_LOOKS,
		};

		if (i)
			usleep_range(20, 50);
		mapcount = msc_compat_folio_mapcount(folio);
		if (!count_once(&t, anon_vma))
			return;
		if (msc_compat_folio_mapcount(folio) != mapcount) {
			alike = 0;
			continue;
		}
		alike = alike && seen == mapcount && reached == t.found ? alike + 1 : 1;
		seen = mapcount;
		reached = t.found;
		if (seen == reached)
			break;
	}
	if (!alike || (seen != reached && alike < ALIKE_COUNTS))
		return;
	facts->mapcount = seen;
	facts->reached = reached;
	facts->bits |= MSC_PAGE_COUNTED;
}
