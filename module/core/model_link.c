// SPDX-License-Identifier: GPL-2.0
#include "each.h"
#include "index.h"
#include "model.h"

/* Link the AVCs of one chain, of which @end is behind the last. Returns where it begins. */
static msc_u32 link_chain(struct msc_snapshot *s, msc_u32 end)
{
	msc_u32 i, index;

	for (i = end; i && s->avcs[i - 1].vma == s->avcs[end - 1].vma; i--) {
		index = msc_snapshot_find_anon_vma(s, s->avcs[i - 1].anon_vma);
		if (!index)
			continue;
		s->avcs[i - 1].next = s->anon_vmas[index - 1].first_avc;
		s->anon_vmas[index - 1].first_avc = i;
	}
	return i;
}

/*
 * Is the parent of @avc's anon_vma on its chain, too? The chain is linked, and none before it: then
 * the first AVC of the parent is there.
 */
static msc_bool has_parent(const struct msc_snapshot *s, const struct msc_avc *avc)
{
	const struct msc_anon_vma *parent;

	if (!avc->parent || avc->parent == avc->anon_vma)
		return MSC_TRUE;
	parent = msc_anon_vma_of_cookie(s, avc->parent);
	return parent && parent->first_avc && s->avcs[parent->first_avc - 1].vma == avc->vma;
}

/* From the last chain to the first, so that each anon_vma's AVCs come in their order. */
static void link_avcs(struct msc_snapshot *s)
{
	struct msc_anon_vma *anon_vma;
	msc_u32 end, first, i;

	msc_for_each(anon_vma, s, anon_vmas)
		anon_vma->first_avc = 0;
	for (end = s->nr_avcs; end; end = first) {
		first = link_chain(s, end);
		for (i = first; i < end; i++) {
			s->avcs[i].orphan = !has_parent(s, &s->avcs[i]);
			msc_rest_after(s, i);
		}
	}
}

/* The node with @index, from 1, is named at @addr. */
static struct msc_stable_node *name_node(struct msc_snapshot *s, msc_u32 index, msc_u64 addr)
{
	struct msc_stable_node *node = &s->stable_nodes[index - 1];

	if (!node->addr)
		node->addr = addr;
	return node;
}

static void link_nodes(struct msc_snapshot *s)
{
	const struct msc_rmap_item *item;
	const struct msc_ksm_page *page;
	struct msc_stable_node *node;

	msc_for_each(node, s, stable_nodes) {
		node->unlisted = 0;
		node->addr = 0;
	}
	msc_for_each(item, s, rmap_items) {
		if (item->node)
			name_node(s, item->node, item->addr)->unlisted +=
				!(item->bits & MSC_ITEM_LISTED);
	}
	msc_for_each(page, s, ksm_pages) {
		if (page->node)
			name_node(s, page->node, page->addr);
	}
}

void msc_snapshot_link(struct msc_snapshot *s)
{
	link_avcs(s);
	link_nodes(s);
}
