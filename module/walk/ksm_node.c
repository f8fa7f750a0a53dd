// SPDX-License-Identifier: GPL-2.0
/* Stable nodes, into records. The lock order is in ksm.c. */
#include <linux/memory_hotplug.h>
#include <linux/mm.h>

#include "../compat/compat.h"
#include "../compat/ksm.h"
#include "folio.h"
#include "ksm_node.h"

/* Tries to see a page that is just being migrated. */
#define MAX_LOOKS 4

/* How many rmap_items on the list that begins with @item name @node. */
static void count_list(struct msc_stable_node *record, const void *node, const void *item)
{
	struct msc_compat_rmap_item copy;
	unsigned int nr;

	for (nr = 0; item && nr < MSC_KSM_MAX_LIST; nr++, item = copy.node_next) {
		if (!msc_compat_rmap_item_read(&copy, item))
			return;
		record->found += copy.node == node;
	}
	record->counted = !item;
}

/*
 * Does a page at @node's kpfn point back at it? mm/ksm.c:ksm_get_folio(), without a reference: no
 * memory goes offline while the mutex is held. Migration sets kpfn before it clears the old page.
 */
static enum msc_node_page page_of(const void *node)
{
	struct msc_compat_stable_node copy;
	const void *back;
	struct page *page;
	unsigned int i;

	for (i = 0; i < MAX_LOOKS; i++) {
		if (!msc_compat_stable_node_read(&copy, node))
			return MSC_NODE_PAGE_UNKNOWN;
		page = pfn_to_online_page(copy.kpfn);
		if (page && msc_folio_is_ksm(page_folio(page), &back) && back == node)
			return MSC_NODE_PAGE_MATCH;
		smp_rmb();
	}
	return MSC_NODE_PAGE_GONE;
}

static enum msc_node_kind kind_of(enum msc_compat_node_kind kind)
{
	switch (kind) {
	case MSC_COMPAT_NODE_TREE:
		return MSC_NODE_TREE;
	case MSC_COMPAT_NODE_DUP:
		return MSC_NODE_DUP;
	case MSC_COMPAT_NODE_MIGRATING:
		return MSC_NODE_MIGRATING;
	case MSC_COMPAT_NODE_CHAIN:
		return MSC_NODE_CHAIN;
	default:
		return MSC_NODE_UNKNOWN;
	}
}

/* Was it read while the mutex was held as it is? Since then it is the same node, and as it was. */
static bool is_current(const struct msc_ksm_walk *k, const struct msc_stable_node *record)
{
	return record->hold == k->hold;
}

/* The chain of @node, if that is known; else 0. */
static u64 known_chain(const struct msc_ksm_walk *k, const void *node)
{
	u32 index = node ? msc_snapshot_find_node(k->s, (uintptr_t)node) : 0;
	const struct msc_stable_node *record;

	if (!index)
		return 0;
	record = &k->s->stable_nodes[index - 1];
	return is_current(k, record) ? record->chain : 0;
}

/*
 * The chain that @node, a dup, is on. ksmd goes by address and puts the newest dup first, so the
 * one behind it was most often recorded just before. 0 if it cannot be told, or is too far.
 */
static u64 chain_of(const struct msc_ksm_walk *k, const void *node)
{
	struct msc_compat_dup dup;
	unsigned int nr;
	u64 chain;

	if (!msc_compat_dup_read(&dup, node))
		return 0;
	chain = known_chain(k, dup.next);
	for (nr = 0; !chain && nr < MSC_KSM_MAX_LIST; nr++) {
		if (dup.chain)
			return (uintptr_t)dup.chain;
		chain = known_chain(k, dup.prev);
		if (!chain && !msc_compat_dup_read(&dup, dup.prev))
			return 0;
	}
	return chain;
}

static void read_node(struct msc_ksm_walk *k, struct msc_stable_node *record, const void *node,
		      const struct msc_compat_stable_node *copy)
{
	record->kind = kind_of(copy->kind);
	record->len = copy->len;
	record->nid = copy->nid;
	record->chain = copy->kind == MSC_COMPAT_NODE_DUP ? chain_of(k, node) : 0;
	record->found = 0;
	count_list(record, node, copy->first);
}

/* Does the node name its page, @folio, which is locked? */
static void compare_kpfn(struct msc_stable_node *record, unsigned long kpfn,
			 struct folio *folio)
{
	record->kpfn_off = (msc_s64)(kpfn - folio_pfn(folio));
	record->page = record->kpfn_off ? MSC_NODE_PAGE_OTHER : MSC_NODE_PAGE_MATCH;
}

u32 msc_ksm_node(struct msc_ksm_walk *k, const void *node, struct folio *folio)
{
	u32 index = msc_snapshot_find_node(k->s, (uintptr_t)node);
	struct msc_compat_stable_node copy;
	struct msc_stable_node *record;
	bool is_known;

	msc_compat_ksm_assert_locked();
	if (!index)
		index = msc_snapshot_add_node(k->s, &(struct msc_stable_node){
			.self = (uintptr_t)node, .nid = -1 });
	record = &k->s->stable_nodes[index - 1];
	if (!msc_compat_stable_node_read(&copy, node))
		return index;
	is_known = is_current(k, record);
	if (folio)
		compare_kpfn(record, copy.kpfn, folio);
	else if (!is_known)
		record->page = page_of(node);
	if (!is_known)
		read_node(k, record, node, &copy);
	record->hold = k->hold;
	return index;
}
