// SPDX-License-Identifier: GPL-2.0
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

#include "../compat/leaf.h"
#include "leaf.h"

/*
 * Locks are handed to the caller held, or not: sparse cannot follow that, so each function here
 * leaves its count of them as it was.
 */
static void lock(spinlock_t *ptl)
{
	spin_lock(ptl);
	__release(ptl);
}

static void unlock(spinlock_t *ptl)
{
	__acquire(ptl);
	spin_unlock(ptl);
}

static void enter_rcu(void)
{
	rcu_read_lock();
	__release(RCU);
}

static void leave_rcu(void)
{
	__acquire(RCU);
	rcu_read_unlock();
}

pte_t *msc_leaf_map_ptes(struct mm_struct *mm, pmd_t *pmdp, unsigned long addr, spinlock_t **ptl)
{
	pmd_t pmd;

	enter_rcu();
	for (;;) {
		pmd = READ_ONCE(*pmdp);
		if (pmd_none(pmd) || !pmd_present(pmd) || pmd_leaf(pmd) || pmd_bad(pmd))
			break;
		*ptl = pte_lockptr(mm, &pmd);
		lock(*ptl);
		if (pmd_same(pmd, READ_ONCE(*pmdp)))
			return pte_offset_kernel(&pmd, addr);
		unlock(*ptl);
	}
	leave_rcu();
	return NULL;
}

void msc_leaf_unmap_ptes(spinlock_t *ptl)
{
	unlock(ptl);
	leave_rcu();
}

pmd_t *msc_leaf_find_pmd(struct mm_struct *mm, unsigned long addr)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	p4d_t *p4d;
	pud_t *pud;

	if (pgd_none(*pgd) || pgd_bad(*pgd))
		return NULL;
	p4d = p4d_offset(pgd, addr);
	if (p4d_none(*p4d) || p4d_bad(*p4d))
		return NULL;
	pud = pud_offset(p4d, addr);
	if (pud_none(*pud) || pud_leaf(*pud) || pud_bad(*pud))
		return NULL;
	return pmd_offset(pud, addr);
}

bool msc_leaf_lock(struct mm_struct *mm, unsigned long addr, struct msc_leaf *leaf)
{
	leaf->pmdp = msc_leaf_find_pmd(mm, addr);
	leaf->pieces_of = NULL;
	if (!leaf->pmdp)
		return false;
	for (;;) {
		leaf->huge = false;
		leaf->ptep = msc_leaf_map_ptes(mm, leaf->pmdp, addr, &leaf->ptl);
		if (leaf->ptep) {
			leaf->pte = READ_ONCE(*leaf->ptep);
			return true;
		}
		leaf->huge = true;
		leaf->ptl = pmd_lockptr(mm, leaf->pmdp);
		lock(leaf->ptl);
		leaf->pmd = READ_ONCE(*leaf->pmdp);
		if (pmd_none(leaf->pmd) || !pmd_present(leaf->pmd) || pmd_leaf(leaf->pmd))
			return true;
		unlock(leaf->ptl);
		if (pmd_bad(leaf->pmd))
			return false;
		/* A page table came back meanwhile. */
	}
}

void msc_leaf_unlock(const struct msc_leaf *leaf)
{
	if (leaf->huge)
		unlock(leaf->ptl);
	else
		msc_leaf_unmap_ptes(leaf->ptl);
}

bool msc_leaf_same(const struct msc_leaf *a, const struct msc_leaf *b)
{
	if (a->huge != b->huge)
		return false;
	return a->huge ? pmd_same(a->pmd, b->pmd) : pte_same(a->pte, b->pte);
}

struct page *msc_leaf_page(const struct msc_leaf *leaf, unsigned long addr)
{
	if (leaf->huge) {
		if (!pmd_present(leaf->pmd) || !pmd_leaf(leaf->pmd) ||
		    msc_compat_pmd_is_special(leaf->pmd) || !pfn_valid(pmd_pfn(leaf->pmd)))
			return NULL;
		return pmd_page(leaf->pmd) + ((addr & ~PMD_MASK) >> PAGE_SHIFT);
	}
	if (!pte_present(leaf->pte) || pte_special(leaf->pte) || !pfn_valid(pte_pfn(leaf->pte)))
		return NULL;
	return pte_page(leaf->pte);
}
