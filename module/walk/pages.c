// SPDX-License-Identifier: GPL-2.0
/*
 * Lock order: mmap_lock, the folio lock (see folio.c), the page-table lock.
 *
 * Entries are read by hand: no walker of the kernel is exported, and the macros for entries that
 * are neither none nor present print and repair where this must only look. Above the page tables
 * they are read without a lock: under mmap_lock faults fill those of an upper level, and a munmap()
 * that has let the write lock go clears only what lies under no VMA. A PMD, or a PUD leaf, is read
 * again under its lock.
 */
#include <linux/hugetlb_inline.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/string.h>

#include "../compat/compat.h"
#include "../compat/leaf.h"
#include "folio.h"
#include "leaf.h"
#include "pages.h"

/* struct table_walk - what the levels hand down */
struct table_walk {
	struct msc_pages_walk *w;
	struct msc_vma_view view;
	unsigned long end;
	bool waited;		/* for the lock of a folio */
};

/* Add @pages pages from w->addr on, all as @facts says, and go past them. */
static int emit(struct table_walk *t, unsigned long pages, const struct msc_page *facts)
{
	struct msc_pages_walk *w = t->w;
	struct msc_page page;

	if (w->seam) {
		page = *facts;
		page.bits |= w->seam;
		facts = &page;
	}
	if (!msc_snapshot_add_pages(w->s, w->addr, pages, facts))
		return -EAGAIN;
	w->seam = 0;
	w->addr += pages << PAGE_SHIFT;
	return 0;
}

/* The same for all pages up to @next. */
static int emit_to(struct table_walk *t, unsigned long next, const struct msc_page *facts)
{
	return emit(t, (next - t->w->addr) >> PAGE_SHIFT, facts);
}

static int emit_state(struct table_walk *t, unsigned long next, enum msc_page_state state)
{
	struct msc_page facts;

	memset(&facts, 0, sizeof(facts));
	facts.state = state;
	return emit_to(t, next, &facts);
}

/*
 * A page contradicts its VMA, or is to be counted: no lock is held, look at it properly. The first
 * anonymous page of a VMA that had none when it was recorded contradicts only the record.
 */
static int emit_looked_at(struct table_walk *t, unsigned long next, struct msc_page *facts)
{
	if (!t->view.anon_vma && READ_ONCE(t->w->vma->anon_vma))
		return -ESTALE;
	t->waited = msc_facts_confirm(facts, &t->view, t->w->addr);
	/* A huge page that was split meanwhile is looked at in its pieces. */
	if (!(facts->bits & MSC_PAGE_HUGE))
		next = t->w->addr + PAGE_SIZE;
	return emit_to(t, next, facts);
}

/*
 * The entries of a mapped page table from t->w->addr on, up to @next or to one that wants a closer
 * look, whose @facts are left. Those that show the same are emitted together.
 */
static int walk_mapped(struct table_walk *t, struct msc_leaf *leaf, unsigned long next,
		       struct msc_page *facts)
{
	unsigned long alike = 0;
	unsigned long addr;
	int err = 0;

	t->view.like = (struct msc_like){};
	for (addr = t->w->addr; addr < next; addr += PAGE_SIZE, leaf->ptep++, alike++) {
		leaf->pte = READ_ONCE(*leaf->ptep);
		if (msc_is_like(&t->view, addr, leaf->pte))
			continue;
		if (alike)
			err = emit(t, alike, facts);
		if (err)
			return err;
		alike = 0;
		msc_leaf_facts(facts, &t->view, addr, leaf);
		if (msc_facts_want_a_look(facts, &t->view))
			return 0;
		/* Of many VMAs each has but one page. */
		if (next - addr > PAGE_SIZE)
			msc_like_set(&t->view, addr, leaf, facts);
	}
	return emit(t, alike, facts);
}

/*
 * The entries of one page table, up to @next. The lock is held for all of them but for those that
 * want a closer look. Returns 1 if there is no page table here any more.
 */
static int walk_ptes(struct table_walk *t, pmd_t *pmdp, unsigned long next)
{
	struct msc_leaf leaf = { .pmdp = pmdp };
	struct msc_page facts;
	int err;

	leaf.ptep = msc_leaf_map_ptes(t->w->vma->vm_mm, pmdp, t->w->addr, &leaf.ptl);
	if (!leaf.ptep)
		return 1;
	err = walk_mapped(t, &leaf, next, &facts);
	msc_leaf_unmap_ptes(leaf.ptl);
	if (!err && t->w->addr < next)
		err = emit_looked_at(t, next, &facts);
	return err;
}

/*
 * Where the PMDs that show the same as the one in @leaf end, which goes up to @next: all in one
 * table have one lock.
 */
static unsigned long end_of_alike(struct table_walk *t, const struct msc_leaf *leaf,
				  const struct msc_page *facts, unsigned long next)
{
	unsigned long end = pud_addr_end(t->w->addr, t->end);
	pmd_t *pmdp = leaf->pmdp;

	msc_like_set(&t->view, t->w->addr, leaf, facts);
	while (end - next >= PMD_SIZE && msc_is_like_huge(&t->view, next, READ_ONCE(*++pmdp)))
		next += PMD_SIZE;
	return next;
}

/*
 * A PMD that is no page table, and those behind it that show the same. Returns 1 if it has become
 * one.
 */
static int walk_huge(struct table_walk *t, pmd_t *pmdp, unsigned long next)
{
	struct msc_leaf leaf = { .pmdp = pmdp, .huge = true };
	struct msc_page facts;
	bool look;

	leaf.ptl = pmd_lock(t->w->vma->vm_mm, pmdp);
	leaf.pmd = READ_ONCE(*pmdp);
	if (!pmd_none(leaf.pmd) && pmd_present(leaf.pmd) && !pmd_leaf(leaf.pmd)) {
		spin_unlock(leaf.ptl);
		return 1;
	}
	msc_leaf_facts(&facts, &t->view, t->w->addr, &leaf);
	look = msc_facts_want_a_look(&facts, &t->view);
	if (!look)
		next = end_of_alike(t, &leaf, &facts, next);
	spin_unlock(leaf.ptl);
	return look ? emit_looked_at(t, next, &facts) : emit_to(t, next, &facts);
}

/*
 * One entry, or those that are like it, or of a page table as much as can be had without a break.
 * Returns 1 if it has changed.
 */
static int walk_entry(struct table_walk *t, pmd_t *pmdp, unsigned long next)
{
	pmd_t pmd = READ_ONCE(*pmdp);

	if (pmd_none(pmd))
		return emit_state(t, next, MSC_PAGE_NONE);
	if (!pmd_present(pmd) || pmd_leaf(pmd))
		return walk_huge(t, pmdp, next);
	if (pmd_bad(pmd))
		return emit_state(t, next, MSC_PAGE_PFN);
	return walk_ptes(t, pmdp, next);
}

/*
 * Up to @next, unless the entry changes or a page had to be waited for: then mmap_lock may be due.
 */
static int walk_pmd(struct table_walk *t, pmd_t *pmdp, unsigned long next)
{
	int err = 0;

	t->waited = false;
	while (!err && t->w->addr < next && !t->waited)
		err = walk_entry(t, pmdp, next);
	return min(err, 0);
}

/*
 * A PUD leaf. Only DAX and drivers map at this level: page frames, and from 6.15 on folios, which
 * count it (mm/huge_memory.c:vmf_insert_folio_pud()); nothing anonymous, so nothing that wants a
 * closer look. If it has changed, w->addr stays where it is.
 */
static int walk_pud(struct table_walk *t, pud_t *pudp)
{
	struct msc_leaf leaf = { .huge = true };
	struct msc_page facts;
	pud_t pud;

	leaf.ptl = pud_lock(t->w->vma->vm_mm, pudp);
	pud = READ_ONCE(*pudp);
	if (!pud_present(pud) || !pud_leaf(pud)) {
		spin_unlock(leaf.ptl);
		return 0;
	}
	leaf.pmd = msc_compat_pud_as_pmd(pud);
	msc_leaf_facts(&facts, &t->view, t->w->addr, &leaf);
	spin_unlock(leaf.ptl);
	return emit_to(t, pud_addr_end(t->w->addr, t->end), &facts);
}

/*
 * One step: the part of the VMA from w->addr on that one entry of the page tables covers, at the
 * lowest level that has one. Asked again at the same place if that entry has changed meanwhile.
 */
static int walk_step(struct table_walk *t)
{
	unsigned long addr = t->w->addr;
	pgd_t *pgd = pgd_offset(t->w->vma->vm_mm, addr);
	p4d_t *p4d;
	pud_t *pudp, pud;

	if (pgd_none(*pgd) || pgd_bad(*pgd))
		return emit_state(t, pgd_addr_end(addr, t->end), MSC_PAGE_NONE);
	p4d = p4d_offset(pgd, addr);
	if (p4d_none(*p4d) || p4d_bad(*p4d))
		return emit_state(t, p4d_addr_end(addr, t->end), MSC_PAGE_NONE);
	pudp = pud_offset(p4d, addr);
	pud = READ_ONCE(*pudp);
	if (pud_none(pud))
		return emit_state(t, pud_addr_end(addr, t->end), MSC_PAGE_NONE);
	if (pud_present(pud) && pud_leaf(pud))
		return walk_pud(t, pudp);
	if (!pud_present(pud) || pud_bad(pud))
		return emit_state(t, pud_addr_end(addr, t->end), MSC_PAGE_PFN);
	return walk_pmd(t, pmd_offset(&pud, addr), pmd_addr_end(addr, t->end));
}

int msc_walk_pages(struct msc_pages_walk *w)
{
	struct table_walk t = { .w = w, .end = w->end };
	int err;

	mmap_assert_locked(w->vma->vm_mm);
	if (!PAGE_ALIGNED(w->addr | w->end))
		return -EINVAL;
	msc_vma_view_init(&t.view, w->vma, &w->s->vmas[w->s->nr_vmas - 1], w->s->facts.deep);
	if (is_vm_hugetlb_page(w->vma))
		return emit_state(&t, t.end, MSC_PAGE_HUGETLB);
	while (w->addr < t.end) {
		err = walk_step(&t);
		if (err)
			return err;
		if (w->addr < t.end && w->stop(w->ctx))
			return -EINPROGRESS;
	}
	return 0;
}
