/* SPDX-License-Identifier: GPL-2.0 */
/* A page-table entry that maps something, at whatever level, under its lock. */
#ifndef MSC_WALK_LEAF_H
#define MSC_WALK_LEAF_H

#include <linux/mm.h>
#include <linux/pgtable.h>

/* struct msc_leaf - an entry, and the lock that keeps it */
struct msc_leaf {
	spinlock_t *ptl;
	pmd_t *pmdp;
	pmd_t pmd;	/* if huge; of a PUD leaf msc_compat_pud_as_pmd() */
	pte_t *ptep;
	pte_t pte;	/* if not */
	bool huge;	/* a PMD or PUD leaf */
	/* Under this lock: the large folio seen last, and whether its VMA has all of it. */
	const struct folio *pieces_of;
	bool whole;
};

/*
 * The PMD entry for @addr, or NULL if nothing, or a larger leaf, is above it. Locks as below. No
 * VMA of hugetlb is at @addr, here and below: a table that it shares may go under mmap_lock.
 */
pmd_t *msc_leaf_find_pmd(struct mm_struct *mm, unsigned long addr);

/*
 * Map and lock the page table that *@pmdp points to, for @addr; *@ptl is its lock. NULL if there is
 * none, or not any more: a huge page took its place. Then nothing is locked. Holds mmap_lock of @mm
 * for reading, or the rwsem of a tree that has its VMA at @addr (mapcount.c); takes the RCU read
 * lock too, under which a page table that is freed meanwhile stays what it was
 * (mm/pgtable-generic.c:pte_offset_map_lock(), which is not exported).
 */
pte_t *msc_leaf_map_ptes(struct mm_struct *mm, pmd_t *pmdp, unsigned long addr, spinlock_t **ptl);

void msc_leaf_unmap_ptes(spinlock_t *ptl);

/*
 * Find and lock the entry for @addr in a PMD or in a page table. False, with nothing locked: none.
 * Locks as above.
 */
bool msc_leaf_lock(struct mm_struct *mm, unsigned long addr, struct msc_leaf *leaf);

void msc_leaf_unlock(const struct msc_leaf *leaf);

/* Do two looks at one address show the same entry? Of what was copied: no lock. */
bool msc_leaf_same(const struct msc_leaf *a, const struct msc_leaf *b);

/*
 * The page that an entry maps at @addr, or NULL: not present, special, or no page at all. The entry
 * is locked, or was when the page's folio was pinned: else it may be another one's by now.
 */
struct page *msc_leaf_page(const struct msc_leaf *leaf, unsigned long addr);

#endif
