// SPDX-License-Identifier: GPL-2.0
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/spinlock.h>

#include "mutation.h"
#include "pte.h"

static pud_t *pud_at(struct mm_struct *mm, unsigned long addr)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	p4d_t *p4d;

	if (pgd_none(*pgd))
		return NULL;
	p4d = p4d_offset(pgd, addr);
	return p4d_none(*p4d) ? NULL : pud_offset(p4d, addr);
}

static pmd_t *pmd_at(struct mm_struct *mm, unsigned long addr)
{
	pud_t *pud = pud_at(mm, addr);

	return !pud || pud_none(*pud) || pud_leaf(*pud) ? NULL : pmd_offset(pud, addr);
}

/*
 * The page-table entry of @addr and its lock; NULL without a table. pte_offset_map_lock() is not
 * exported since 6.5; under mmap_lock held for writing nothing of what it guards against happens.
 */
static pte_t *find_pte(struct mm_struct *mm, unsigned long addr, spinlock_t **ptl)
{
	pmd_t *pmd = pmd_at(mm, addr);

	if (!pmd || !pmd_present(*pmd) || pmd_leaf(*pmd))
		return NULL;
	*ptl = pte_lockptr(mm, pmd);
	return pte_offset_kernel(pmd, addr);
}

static struct page *normal_page(pte_t pte)
{
	return pte_present(pte) && !pte_special(pte) ? pte_page(pte) : NULL;
}

static struct page *get_small(struct mutation *m)
{
	struct page *page;
	spinlock_t *ptl;
	pte_t *pte = find_pte(m->mm, m->addr, &ptl);

	if (!pte)
		return NULL;
	spin_lock(ptl);
	page = normal_page(*pte);
	if (page)
		get_page(page);
	spin_unlock(ptl);
	return page;
}

static struct page *get_huge(struct mutation *m, pmd_t *pmd)
{
	spinlock_t *ptl = pmd_lock(m->mm, pmd);
	struct page *page = NULL;

	if (pmd_present(*pmd) && pmd_leaf(*pmd)) {
		page = pmd_page(*pmd) + ((m->addr & ~PMD_MASK) >> PAGE_SHIFT);
		get_page(page);
	}
	spin_unlock(ptl);
	return page;
}

int mutate_get_folio(struct mutation *m)
{
	pmd_t *pmd = pmd_at(m->mm, m->addr);

	if (!pmd)
		return -ENODATA;
	m->page = pmd_present(*pmd) && pmd_leaf(*pmd) ? get_huge(m, pmd) : get_small(m);
	if (!m->page)
		return -ENODATA;
	m->folio = page_folio(m->page);
	/* release() lets it go, also after an error. */
	if (m->kind && (m->kind->needs & MUTATE_ANY_FOLIO))
		return 0;
	return folio_test_anon(m->folio) ? 0 : -ENODATA;
}

bool mutate_replace_pte(struct mm_struct *mm, unsigned long addr, pte_t expected, pte_t entry)
{
	spinlock_t *ptl;
	pte_t *pte = find_pte(mm, addr, &ptl);
	bool same;

	if (!pte)
		return false;
	spin_lock(ptl);
	same = pte_same(*pte, expected);
	if (same)
		set_pte(pte, entry);
	spin_unlock(ptl);
	return same;
}

bool mutate_replace_pud(struct mm_struct *mm, unsigned long addr, pud_t expected, pud_t entry)
{
	pud_t *pud = pud_at(mm, addr);
	spinlock_t *ptl;
	bool same;

	if (!pud)
		return false;
	ptl = pud_lock(mm, pud);
	same = pud_val(*pud) == pud_val(expected);
	if (same)
		set_pud(pud, entry);
	spin_unlock(ptl);
	return same;
}

pte_t mutate_read_pte(struct mm_struct *mm, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *pte = find_pte(mm, addr, &ptl);

	return pte ? READ_ONCE(*pte) : __pte(0);
}

pmd_t mutate_read_pmd(struct mm_struct *mm, unsigned long addr)
{
	pmd_t *pmd = pmd_at(mm, addr);

	return pmd ? READ_ONCE(*pmd) : __pmd(0);
}

bool mutate_replace_pmd(struct mm_struct *mm, unsigned long addr, pmd_t expected, pmd_t entry)
{
	pmd_t *pmd = pmd_at(mm, addr);
	spinlock_t *ptl;
	bool same;

	if (!pmd)
		return false;
	ptl = pmd_lock(mm, pmd);
	same = pmd_same(*pmd, expected);
	if (same)
		set_pmd(pmd, entry);
	spin_unlock(ptl);
	return same;
}

/* pte_mkwrite() takes the VMA too since 6.6, for shadow stacks. */
static pte_t writable(pte_t pte)
{
	return pte_set_flags(pte, _PAGE_RW);
}

/*
 * The entry allows writing, the page is not the process's alone. Not dirty, and nothing to flush:
 * the process does not run, and writes to no page before the entry is as it was.
 */
static int make_writable(struct mutation *m)
{
	m->pte = mutate_read_pte(m->mm, m->addr);
	if (folio_test_large(m->folio) || pte_write(m->pte))
		return -EEXIST;
	return mutate_replace_pte(m->mm, m->addr, m->pte, writable(m->pte)) ? 0 : -EAGAIN;
}

static void make_read_only(struct mutation *m)
{
	WARN_ON(!mutate_replace_pte(m->mm, m->addr, writable(m->pte), m->pte));
}

/*
 * Map the page at OTHER too, where nothing is, with the reference and the mapping that counts. The
 * mm's resident set is left as it is: it would matter only to an mm that ends meanwhile.
 */
static int map_twice(struct mutation *m)
{
	if (m->other != m->vma || folio_test_large(m->folio))
		return -EINVAL;
	m->pte = mutate_read_pte(m->mm, m->addr);
	if (!mutate_replace_pte(m->mm, m->other_addr, __pte(0), m->pte))
		return -EEXIST;
	folio_get(m->folio);
	atomic_inc(&m->page->_mapcount);
	return 0;
}

static void unmap_again(struct mutation *m)
{
	WARN_ON(!mutate_replace_pte(m->mm, m->other_addr, m->pte, __pte(0)));
	atomic_dec(&m->page->_mapcount);
	folio_put(m->folio);
}

/* Mapped once more than it is. */
static int count_too_many(struct mutation *m)
{
	if (folio_test_large(m->folio) || PageAnonExclusive(m->page))
		return -EEXIST;
	atomic_inc(&m->page->_mapcount);
	return 0;
}

static void count_as_many(struct mutation *m)
{
	atomic_dec(&m->page->_mapcount);
}

const struct mutate_kind mutate_pte_kinds[] = {
	{ "page-mapcount", MUTATE_VMA | MUTATE_FOLIO, count_too_many, count_as_many },
	{ "pte-writable", MUTATE_VMA | MUTATE_FOLIO, make_writable, make_read_only },
	{ "pte-twice", MUTATE_VMA | MUTATE_FOLIO | MUTATE_OTHER, map_twice, unmap_again },
	{}
};
