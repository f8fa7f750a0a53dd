// SPDX-License-Identifier: GPL-2.0
/*
 * The invariants of KSM. What ksmd has not come by to mend, it may mend: a page that was forked or
 * swapped in and has no rmap_item yet, an rmap_item whose page is gone. The one is unknown, the
 * other is no violation but a fact, which the section ksm shows.
 *
 * One corruption, one invariant: a page that its own rmap_item, by what is wrong with that, does
 * not lead to is ksm-item-anon's, and a list that lacks just the rmap_items that are on none is
 * ksm-reach's.
 */
#include "each.h"
#include "index.h"
#include "ksm.h"
#include "ksm_reach.h"
#include "rules.h"

static struct msc_value value(enum msc_value_kind kind, msc_u64 number)
{
	return (struct msc_value){ kind, number };
}

/* One check: @what is NULL, or says how it does not hold. */
static void expect(struct msc_judge *judge, const char *what, struct msc_finding finding)
{
	judge->checked++;
	if (!what)
		return;
	judge->violations++;
	finding.what = what;
	if (judge->violation)
		judge->violation(judge, &finding);
}

/* What the lists would have told, had all of them been seen. */
static msc_u64 unseen(const struct msc_snapshot *s, msc_u64 there, msc_u64 seen)
{
	return s->ksm.lists == MSC_KSM_READ || there < seen ? 0 : there - seen;
}

/*
 * ksm-flag: with PR_SET_MEMORY_MERGE every VMA that KSM could have is VM_MERGEABLE. Exec makes the
 * stack without asking KSM which flags it should have (mm/vma_exec.c:create_init_stack_vma()), so
 * that one need not be. What it made is told by VM_GROWSDOWN alone: mprotect() takes pieces off
 * the VMA that holds mm->start_stack, mremap() carries them away, and each keeps its flags.
 */
void msc_judge_ksm_flag(const struct msc_snapshot *s, struct msc_judge *judge)
{
	const struct msc_vma *vma;
	enum msc_ksm_state state;

	if (!s->facts.merge_any || !s->target.merge_any)
		return;
	if (!msc_snapshot_is_whole(s)) {
		judge->unknown += s->nr_vmas;
		return;
	}
	msc_for_each(vma, s, vmas) {
		state = msc_ksm_judge(s, vma).state;
		if (state == MSC_KSM_EXCLUDED ||
		    (state == MSC_KSM_ELIGIBLE && (vma->flags & MSC_VM(GD))))
			continue;
		expect(judge, state == MSC_KSM_ELIGIBLE ? "flag" : MSC_NULL,
		       (struct msc_finding){ .addr = vma->start });
	}
}

/* KSM's pages as the page tables showed them, on their way to the lists. */
static msc_u64 mapped_pages(const struct msc_snapshot *s)
{
	const struct msc_run *run;
	msc_u64 pages = 0;

	msc_for_each(run, s, runs) {
		if (run->page.state == MSC_PAGE_KSM)
			pages += run->pages;
	}
	return pages;
}

/*
 * Why the reverse map misses @page; NULL if its own rmap_item is what is wrong, and ksm-item-anon
 * says so. That is silent of one that did not map the page when it was looked at: the page came
 * back a moment later, as from a migration.
 */
static const char *missed(const struct msc_snapshot *s, const struct msc_ksm_page *page)
{
	const struct msc_rmap_item *own = page->item ? &s->rmap_items[page->item - 1] : MSC_NULL;

	if (!page->node)
		return "no-node";
	if (!own || own->state != MSC_ITEM_STABLE || own->node != page->node)
		return page->nr_found ? "not-found" : "no-item";
	if (!(own->bits & MSC_ITEM_LISTED))
		return "unlisted";
	return own->now == MSC_NOW_MAPS && msc_ksm_item_trouble(s, own) ? MSC_NULL : "not-found";
}

void msc_judge_ksm_reach(const struct msc_snapshot *s, struct msc_judge *judge)
{
	const struct msc_ksm_page *page;
	enum msc_ksm_reach reach;

	msc_for_each(page, s, ksm_pages) {
		reach = msc_ksm_reach(s, page);
		if (reach == MSC_REACH_PENDING || reach == MSC_REACH_UNKNOWN)
			judge->unknown++;
		else
			expect(judge, reach == MSC_REACH_MISSED ? missed(s, page) : MSC_NULL,
			       (struct msc_finding){ .addr = page->addr, .pages = 1,
						     .node = page->node });
	}
	judge->unknown += unseen(s, mapped_pages(s), s->nr_ksm_pages);
}

/* ksm-protect: no entry that maps a page of KSM's allows writing. */
void msc_judge_ksm_protect(const struct msc_snapshot *s, struct msc_judge *judge)
{
	const struct msc_run *run;
	msc_bool writable;

	msc_for_each(run, s, runs) {
		if (run->page.state != MSC_PAGE_KSM)
			continue;
		writable = run->page.bits & MSC_PAGE_WRITABLE;
		msc_judge_run(judge, run, !writable, (struct msc_finding){ .what = "writable" });
	}
}

/* What no rmap_item can be, whatever has become of its page; NULL if it is nothing of it. */
static const char *item_trouble(const struct msc_snapshot *s, const struct msc_rmap_item *item)
{
	if (item->bits & MSC_ITEM_OTHER_MM)
		return "mm";
	if (item->bits & MSC_ITEM_BAD_ADDR)
		return "address";
	if (item->state == MSC_ITEM_BOTH)
		return "flags";
	/* The kernel's own: BUG_ON(age > 1) in remove_rmap_item_from_tree(). */
	if (item->state == MSC_ITEM_UNSTABLE && s->ksm.has_scans && item->scans_ago > 1)
		return "scan";
	if (item->node && s->stable_nodes[item->node - 1].kind == MSC_NODE_CHAIN)
		return "chain";
	return MSC_NULL;
}

void msc_judge_ksm_item(const struct msc_snapshot *s, struct msc_judge *judge)
{
	const struct msc_rmap_item *item;

	msc_for_each(item, s, rmap_items)
		expect(judge, item_trouble(s, item),
		       (struct msc_finding){ .addr = item->addr, .node = item->node });
	judge->unknown += unseen(s, s->ksm.rmap_items, s->nr_rmap_items);
}

/* ksm-item-anon: a stable rmap_item that maps its page leads to the VMA in which it does. */
void msc_judge_ksm_item_anon(const struct msc_snapshot *s, struct msc_judge *judge)
{
	const struct msc_rmap_item *item;
	struct msc_finding finding;

	msc_for_each(item, s, rmap_items) {
		if (item->now != MSC_NOW_MAPS)
			continue;
		finding = (struct msc_finding){ .addr = item->addr, .node = item->node,
						.anon_vma_id = item->anon_vma_id };
		if (s->facts.ksm_index && (item->bits & MSC_ITEM_ON_CHAIN)) {
			finding.expected = value(MSC_VALUE_HEX, item->expected);
			finding.found = value(MSC_VALUE_HEX, item->index);
		}
		expect(judge, msc_ksm_item_trouble(s, item), finding);
	}
	judge->unknown += unseen(s, s->ksm.merging_pages, judge->checked);
}

/* ksm-item-order: ksmd goes along the list and the address space together. */
void msc_judge_ksm_item_order(const struct msc_snapshot *s, struct msc_judge *judge)
{
	const struct msc_rmap_item *item, *last = MSC_NULL;

	msc_for_each(item, s, rmap_items) {
		if (item_trouble(s, item))
			continue;
		if (last)
			expect(judge, item->addr > last->addr ? MSC_NULL : "order",
			       (struct msc_finding){ .addr = item->addr,
						     .expected = value(MSC_VALUE_HEX, last->addr),
						     .found = value(MSC_VALUE_HEX, item->addr) });
		last = item;
	}
	judge->unknown += unseen(s, s->ksm.rmap_items, s->nr_rmap_items);
}

/* Is its list as long as it says, those aside that ksm-reach tells of? */
static msc_bool has_its_length(const struct msc_stable_node *node)
{
	msc_u32 len = (msc_u32)node->len;

	return len == node->found || len == node->found + node->unlisted;
}

static void judge_length(struct msc_judge *judge, const struct msc_stable_node *node,
			 struct msc_finding finding)
{
	finding.expected = value(MSC_VALUE_DEC, node->found);
	finding.found = value(MSC_VALUE_SIGNED, (msc_u64)node->len);
	if (!node->counted)
		judge->unknown++;
	else
		expect(judge, has_its_length(node) ? MSC_NULL : "length", finding);
}

/*
 * Of a node whose page the mm does not map it is not known which that is: one that was freed looks
 * like a wrong kpfn.
 */
static void judge_kpfn(struct msc_judge *judge, const struct msc_stable_node *node,
		       struct msc_finding finding)
{
	finding.expected = value(MSC_VALUE_SIGNED, 0);
	finding.found = value(MSC_VALUE_SIGNED, (msc_u64)node->kpfn_off);
	if (node->page == MSC_NODE_PAGE_UNKNOWN || node->page == MSC_NODE_PAGE_GONE)
		judge->unknown++;
	else
		expect(judge, node->page == MSC_NODE_PAGE_OTHER ? "kpfn" : MSC_NULL, finding);
}

/*
 * Pages, or stable rmap_items if these are more, whose stable node was not seen: each may have one
 * of its own.
 */
static msc_u64 unseen_nodes(const struct msc_snapshot *s)
{
	msc_u64 pages = mapped_pages(s), items = msc_ksm_stable_items(s);

	return unseen(s, pages > s->ksm.merging_pages ? pages : s->ksm.merging_pages,
		      items > s->nr_ksm_pages ? items : s->nr_ksm_pages);
}

/* ksm-node: a stable node's page points back at it, and its list is as long as it says. */
void msc_judge_ksm_node(const struct msc_snapshot *s, struct msc_judge *judge)
{
	struct msc_finding finding = {};
	const struct msc_stable_node *node;

	msc_for_each(node, s, stable_nodes) {
		finding.addr = node->addr;
		finding.node++;
		judge_length(judge, node, finding);
		judge_kpfn(judge, node, finding);
	}
	judge->unknown += unseen_nodes(s);
}
