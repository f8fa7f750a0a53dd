// SPDX-License-Identifier: GPL-2.0
/*
 * Lock order, that of ksmd: ksm_thread_mutex, mmap_lock, the folio lock, the page-table lock.
 *
 *   ksm_thread_mutex     keeps every rmap_item and stable node alive and on its lists, and ksmd
 *                        from merging. It is tried for, for a bounded time, before mmap_lock; and
 *                        with mmap_lock held where hold_us=0 keeps that: ksmd, which may wait for
 *                        mmap_lock then, waits no longer than that time.
 *   ksm_mmlist_lock      (a leaf) keeps ksmd's list of mms still while the mm's slot is looked for.
 *   mmap_lock            for reading: the VMAs. While the mutex is held it is only tried for: who
 *                        has it may wait for user space (a FUSE server, a userfaultfd), and ksmd
 *                        must not wait with him.
 *   the folio lock       of a KSM folio keeps its stable node's kpfn, and the list of rmap_items
 *                        that hang off it, as they are: migration changes the one, ksmd the other.
 *   the page-table lock  what is mapped at an address.
 *   page_table_lock      (a leaf, behind the folio lock) whether a VMA has AVCs.
 *
 * mmap_lock is let go on the way (hold_us), the mutex is not, unless it was held for MAX_HELD_US:
 * as long as it is held nothing that a page hangs on can change but the page tables. Neither tears
 * the records: what KSM knows of an address is looked at together, and the kernel's own reverse map
 * asks for no more than one address at a time.
 */
#include <linux/hugetlb_inline.h>
#include <linux/mm.h>
#include <linux/mmdebug.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/string.h>

#include "../compat/compat.h"
#include "../compat/ksm.h"
#include "anon_vma.h"
#include "folio.h"
#include "ksm.h"
#include "ksm_node.h"

/* Tries to see one entry twice. */
#define MAX_LOOKS 4

static struct vm_area_struct *vma_at(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	return vma && vma->vm_start <= addr ? vma : NULL;
}

/* The VMA's page offset for the reverse map at @addr: 7.3's linear_anon_page_index(). */
static pgoff_t index_at(const struct vm_area_struct *vma, unsigned long addr)
{
	return msc_compat_vma_rmap_pgoff(vma) + ((addr - vma->vm_start) >> PAGE_SHIFT);
}

/*
 * Has @vma an AVC on @anon_vma? That is all the reverse map asks for (mm/ksm.c:rmap_walk_ksm()):
 * whether the VMA has an anon_vma that it calls its own is another rule's.
 */
static bool is_on_chain(struct vm_area_struct *vma, const struct anon_vma *anon_vma)
{
	struct anon_vma_chain *avc;

	if (!msc_vma_has_chain(vma))
		return false;
	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma) {
		if (avc->anon_vma == anon_vma)
			return true;
	}
	return false;
}

static enum msc_item_state state_of(unsigned long address)
{
	bool unstable = address & MSC_COMPAT_RMAP_UNSTABLE;

	if (address & MSC_COMPAT_RMAP_STABLE)
		return unstable ? MSC_ITEM_BOTH : MSC_ITEM_STABLE;
	return unstable ? MSC_ITEM_UNSTABLE : MSC_ITEM_IDLE;
}

/*
 * What is mapped at @addr: its state, and, if it is a KSM page, its node. The tables of a hugetlb
 * VMA are left alone, as msc_walk_pages() does: those that it shares with another process may go
 * though mmap_lock is held (mm/hugetlb.c:huge_pmd_unshare()).
 */
static enum msc_page_state look_at(struct vm_area_struct *vma, unsigned long addr,
				   const void **node)
{
	struct msc_vma_view view = { .vma = vma, .start = vma->vm_start };
	struct msc_page facts;
	struct msc_leaf leaf;

	*node = NULL;
	if (is_vm_hugetlb_page(vma))
		return MSC_PAGE_HUGETLB;
	if (!msc_leaf_lock(vma->vm_mm, addr, &leaf))
		return MSC_PAGE_NONE;
	msc_leaf_facts(&facts, &view, addr, &leaf);
	if (facts.state == MSC_PAGE_KSM)
		msc_folio_is_ksm(page_folio(msc_leaf_page(&leaf, addr)), node);
	msc_leaf_unlock(&leaf);
	return facts.state;
}

/* What has become of the address of a stable rmap_item, whose VMA, if any, has been recorded. */
static enum msc_item_now resolve(const struct msc_rmap_item *record, bool has_index,
				 const struct vm_area_struct *vma, bool maps)
{
	if (!vma)
		return MSC_NOW_NO_VMA;
	if (maps)
		return MSC_NOW_MAPS;
	if (!(record->bits & MSC_ITEM_ON_CHAIN) ||
	    (has_index && record->index != record->expected))
		return MSC_NOW_MOVED;
	return MSC_NOW_CHANGED;
}

static void stable_facts(struct msc_ksm_walk *k, struct msc_rmap_item *record,
			 const struct msc_compat_rmap_item *item,
			 struct vm_area_struct *vma, const void *mapped)
{
	record->anon_vma = (uintptr_t)item->anon_vma;
	record->index = item->index;
	record->node = msc_ksm_node(k, item->node, NULL);
	if (item->linked)
		record->bits |= MSC_ITEM_LISTED;
	if (vma && is_on_chain(vma, item->anon_vma))
		record->bits |= MSC_ITEM_ON_CHAIN;
	record->now = resolve(record, k->s->facts.ksm_index, vma,
			      mapped && mapped == item->node);
}

static void record_item(struct msc_ksm_walk *k, const struct msc_compat_rmap_item *item)
{
	struct msc_rmap_item *record = msc_snapshot_add_rmap_item(k->s);
	struct vm_area_struct *vma = NULL;
	const void *mapped = NULL;

	msc_compat_ksm_assert_locked();
	record->self = (uintptr_t)k->item;
	record->addr = item->address & PAGE_MASK;
	record->state = state_of(item->address);
	/* As remove_rmap_item_from_tree() counts. */
	if (record->state == MSC_ITEM_UNSTABLE)
		record->scans_ago = (u8)(k->s->ksm.scans - item->address);
	record->age = item->age;
	if (item->mm != k->mm)
		record->bits |= MSC_ITEM_OTHER_MM;
	if (msc_compat_ksm_is_address(item->address))
		vma = vma_at(k->mm, record->addr);
	else
		record->bits |= MSC_ITEM_BAD_ADDR;
	if (vma) {
		record->expected = index_at(vma, record->addr);
		record->page = look_at(vma, record->addr, &mapped);
	}
	if (record->state == MSC_ITEM_STABLE)
		stable_facts(k, record, item, vma, mapped);
}

/* The mutex, where it was let go. Returns 0, -EINTR, or -ENOLCK if it cannot be had. */
static int get_lists(struct msc_ksm_walk *k)
{
	int err = msc_ksm_lock(k);

	if (err)
		return err;
	return k->locked ? 0 : -ENOLCK;
}

/* Between two addresses. Returns 0 to go on, -EINPROGRESS, or as get_lists(). */
static int pause_walk(struct msc_ksm_walk *k)
{
	return k->stop(k->ctx) ? -EINPROGRESS : get_lists(k);
}

/* Record the rmap_items below @upto. Returns as walk_upto(). */
static int walk_items(struct msc_ksm_walk *k, unsigned long upto)
{
	struct msc_compat_rmap_item item;
	unsigned long addr;
	int err;

	while (k->item) {
		if (!k->left || !msc_compat_rmap_item_read(&item, k->item)) {
			k->s->ksm.lists = MSC_KSM_BROKEN;
			k->item = NULL;
			return 0;
		}
		addr = item.address & PAGE_MASK;
		if (addr >= upto)
			return 0;
		if (!msc_snapshot_has_ksm_room(k->s))
			return -EAGAIN;
		if (addr >= k->start && addr < k->end)
			record_item(k, &item);
		k->left--;
		k->item = item.next;
		k->behind = max(k->behind, addr + PAGE_SIZE);
		/* The page at the last address is looked at together with its rmap_item. */
		err = addr + PAGE_SIZE < upto ? pause_walk(k) : 0;
		if (err)
			return err;
	}
	return 0;
}

/* The rmap_item that was recorded last, if it is the mm's own for @addr. */
static u32 own_item(const struct msc_ksm_walk *k, unsigned long addr)
{
	u32 index = k->s->nr_rmap_items;
	const struct msc_rmap_item *last;

	if (!index)
		return 0;
	last = &k->s->rmap_items[index - 1];
	return last->addr == addr && !(last->bits & MSC_ITEM_OTHER_MM) ? index : 0;
}

/* Add @item, which has the page's address, to what was found for @page. */
static bool add_found(struct msc_ksm_walk *k, const struct msc_compat_rmap_item *item,
		      struct vm_area_struct *vma)
{
	struct msc_ksm_found *found = msc_snapshot_add_ksm_found(k->s);

	if (!found)
		return false;
	found->addr = item->address & PAGE_MASK;
	found->anon_vma = (uintptr_t)item->anon_vma;
	found->index = item->index;
	if (item->mm == k->mm)
		found->bits |= MSC_FOUND_OWN;
	if (is_on_chain(vma, item->anon_vma))
		found->bits |= MSC_FOUND_ON_CHAIN;
	return true;
}

/* Look through the list of @node, whose folio is locked, for rmap_items of @page's address. */
static void search_list(struct msc_ksm_walk *k, struct msc_ksm_page *page, const void *node,
			struct vm_area_struct *vma)
{
	struct msc_compat_stable_node copy;
	struct msc_compat_rmap_item item;
	const void *at;
	unsigned int nr;

	if (!msc_compat_stable_node_read(&copy, node))
		return;
	for (at = copy.first, nr = 0; at; at = item.node_next, nr++) {
		if (nr == MSC_KSM_MAX_LIST || !msc_compat_rmap_item_read(&item, at) ||
		    ((item.address & PAGE_MASK) == page->addr && !add_found(k, &item, vma))) {
			page->bits |= MSC_KSM_PAGE_MORE;
			return;
		}
	}
}

/* Does the mm's own rmap_item lead to @page, as far as its record tells? */
static bool own_leads(const struct msc_ksm_walk *k, const struct msc_rmap_item *own,
		      const struct msc_ksm_page *page)
{
	const u8 leads = MSC_ITEM_LISTED | MSC_ITEM_ON_CHAIN;

	return own->state == MSC_ITEM_STABLE && own->node == page->node &&
	       (own->bits & leads) == leads &&
	       !(k->s->facts.ksm_index && own->index != own->expected);
}

/*
 * The rmap_items that the reverse map would go by. The whole list is looked through only for a page
 * that the mm's own does not account for: lists have hundreds, and most pages have their own.
 */
static void find_items(struct msc_ksm_walk *k, struct msc_ksm_page *page, const void *node,
		       struct vm_area_struct *vma)
{
	const struct msc_rmap_item *own = page->item ? &k->s->rmap_items[page->item - 1] : NULL;
	struct msc_compat_rmap_item item;

	if (own && own_leads(k, own, page) &&
	    msc_compat_rmap_item_read(&item, (void *)(uintptr_t)own->self))
		add_found(k, &item, vma);
	else
		search_list(k, page, node, vma);
}

/* Record the page at @addr; @folio is it, locked, or NULL if it could not be. */
static void record_page(struct msc_ksm_walk *k, struct vm_area_struct *vma, unsigned long addr,
			struct folio *folio)
{
	struct msc_ksm_page *page = msc_snapshot_add_ksm_page(k->s);
	const void *node;

	page->addr = addr;
	page->vma = k->s->runs[k->run].vma;
	page->first = msc_compat_vma_rmap_pgoff(vma);
	page->last = page->first + vma_pages(vma) - 1;
	page->item = own_item(k, addr);
	if (msc_compat_vma_flags(vma) & VM_MERGEABLE)
		page->bits |= MSC_KSM_PAGE_MERGEABLE;
	if (!folio) {
		page->bits |= MSC_KSM_PAGE_UNSURE;
		return;
	}
	msc_compat_ksm_assert_locked();
	VM_WARN_ON_ONCE_FOLIO(!folio_test_locked(folio), folio);
	msc_folio_is_ksm(folio, &node);
	if (!node)
		return;
	page->node = msc_ksm_node(k, node, folio);
	find_items(k, page, node, vma);
}

/* Pin the KSM folio that is mapped at @addr. False if there is none, or none that can be pinned. */
static struct folio *pin_page(struct vm_area_struct *vma, unsigned long addr,
			      struct msc_leaf *leaf)
{
	struct folio *folio = NULL;
	const void *node;
	struct page *page;

	if (!msc_leaf_lock(vma->vm_mm, addr, leaf))
		return NULL;
	page = leaf->huge ? NULL : msc_leaf_page(leaf, addr);
	if (page && msc_folio_is_ksm(page_folio(page), &node) && folio_try_get(page_folio(page)))
		folio = page_folio(page);
	msc_leaf_unlock(leaf);
	return folio;
}

/* Does the entry still map what @seen does? */
static bool is_still_there(struct vm_area_struct *vma, unsigned long addr,
			   const struct msc_leaf *seen)
{
	struct msc_leaf leaf;
	bool same;

	if (!msc_leaf_lock(vma->vm_mm, addr, &leaf))
		return false;
	same = msc_leaf_same(&leaf, seen);
	msc_leaf_unlock(&leaf);
	return same;
}

/* Look once, pin, lock, look again. True if that settled it. */
static bool look_once(struct msc_ksm_walk *k, struct vm_area_struct *vma, unsigned long addr)
{
	struct msc_leaf leaf;
	struct folio *folio = pin_page(vma, addr, &leaf);
	bool waited = false, settled = true;

	if (!folio)
		return true;
	if (!msc_folio_lock_somehow(folio, &waited)) {
		record_page(k, vma, addr, NULL);
	} else {
		settled = is_still_there(vma, addr, &leaf);
		if (settled)
			record_page(k, vma, addr, folio);
		folio_unlock(folio);
	}
	folio_put(folio);
	return settled;
}

/* Record the page at @addr, if it still is a KSM page. Returns 0 or -EAGAIN. */
static int walk_page(struct msc_ksm_walk *k, unsigned long addr)
{
	struct vm_area_struct *vma = vma_at(k->mm, addr);
	unsigned int i;

	/* The room that was there for its rmap_item was there for it, too. */
	if (!own_item(k, addr) && !msc_snapshot_has_ksm_room(k->s))
		return -EAGAIN;
	/* Since its run was recorded another VMA may have come, and that of hugetlb. */
	if (!vma || is_vm_hugetlb_page(vma))
		return 0;
	for (i = 0; i < MAX_LOOKS; i++) {
		if (look_once(k, vma, addr))
			return 0;
	}
	record_page(k, vma, addr, NULL);
	return 0;
}

/* The pages of run k->run that were not looked at yet. Returns as walk_upto(). */
static int walk_run(struct msc_ksm_walk *k)
{
	const struct msc_run *run = &k->s->runs[k->run];
	unsigned long end = run->start + (run->pages << PAGE_SHIFT);
	int err;

	if (run->page.state != MSC_PAGE_KSM)
		return 0;
	for (k->addr = max_t(unsigned long, k->addr, run->start); k->addr < end;
	     k->addr += PAGE_SIZE) {
		err = walk_items(k, k->addr + PAGE_SIZE);
		if (!err)
			err = walk_page(k, k->addr);
		if (err)
			return err;
		err = pause_walk(k);
		if (err) {
			k->addr += PAGE_SIZE;
			return err;
		}
	}
	return 0;
}

/* With the mutex. Returns as msc_ksm_walk(), or -ENOLCK if it was let go and does not come back. */
static int walk_upto(struct msc_ksm_walk *k, unsigned long upto)
{
	int err;

	for (; k->run < k->s->nr_runs; k->run++) {
		err = walk_run(k);
		if (err)
			return err;
		/* The last run may grow yet. */
		if (k->run == k->s->nr_runs - 1)
			break;
	}
	k->addr = max(k->addr, upto);
	return walk_items(k, upto);
}

int msc_ksm_walk(struct msc_ksm_walk *k, unsigned long upto)
{
	int err;

	mmap_assert_locked(k->mm);
	err = get_lists(k);
	if (!err)
		err = walk_upto(k, upto);
	/* What is missing then, s->ksm.lists says. */
	return err == -ENOLCK ? 0 : err;
}

void msc_ksm_finish(struct msc_ksm_walk *k)
{
	struct msc_ksm_mm *ksm = &k->s->ksm;

	mmap_assert_locked(k->mm);
	ksm->rmap_items = msc_compat_mm_ksm_rmap_items(k->mm);
	ksm->merging_pages = msc_compat_mm_ksm_merging_pages(k->mm);
	ksm->has_zero_pages = msc_compat_has_ksm_zero_pages();
	ksm->zero_pages = msc_compat_mm_ksm_zero_pages(k->mm);
}
