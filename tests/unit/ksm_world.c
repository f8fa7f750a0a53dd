// SPDX-License-Identifier: GPL-2.0
#include "ksm_world.h"
#include "unit.h"

static void add_node(struct msc_snapshot *s, msc_u64 self, msc_s32 len)
{
	msc_snapshot_add_node(s, &(struct msc_stable_node){
		.self = self, .len = len, .found = (msc_u32)len, .counted = 1,
		.kind = MSC_NODE_TREE, .page = MSC_NODE_PAGE_MATCH });
}

static void add_item(struct msc_snapshot *s, msc_u64 addr, msc_u32 node)
{
	struct msc_rmap_item *item = msc_snapshot_add_rmap_item(s);

	*item = (struct msc_rmap_item){ .self = 0xc000 + s->nr_rmap_items, .addr = addr,
					.node = node };
	if (!node)
		return;
	item->state = MSC_ITEM_STABLE;
	item->anon_vma = PLAIN;
	item->expected = item->index = (addr >> 12) + 0x100;
	item->now = MSC_NOW_MAPS;
	item->page = MSC_PAGE_KSM;
	item->bits = MSC_ITEM_LISTED | MSC_ITEM_ON_CHAIN;
}

static void add_page(struct msc_snapshot *s, msc_u32 vma, msc_u64 addr, msc_u32 node,
		     msc_u32 item)
{
	struct msc_ksm_page *page = msc_snapshot_add_ksm_page(s);
	struct msc_ksm_found *found = msc_snapshot_add_ksm_found(s);

	page->addr = addr;
	page->vma = vma;
	page->first = (s->vmas[vma].start >> 12) + 0x100;
	page->last = (s->vmas[vma].end >> 12) + 0xff;
	page->node = node;
	page->item = item;
	page->bits = MSC_KSM_PAGE_MERGEABLE;
	*found = (struct msc_ksm_found){
		.addr = addr, .anon_vma = item ? PLAIN : PARENTS, .index = (addr >> 12) + 0x100,
		.bits = MSC_FOUND_ON_CHAIN | (item ? MSC_FOUND_OWN : 0) };
}

void unit_ksm_world(struct msc_snapshot *s, enum unit_kernel_id k)
{
	msc_snapshot_init(s, &unit_alloc, MSC_SECTION_CHECK);
	unit_world(s, k);
	s->facts.ksm_index = k == K_7_3;
	s->target.mergeable = MSC_TRUE;
	s->ksm = (struct msc_ksm_mm){ .lists = MSC_KSM_READ, .has_scans = MSC_TRUE,
				      .rmap_items = 3, .merging_pages = 2 };
	s->runs[0].page = (struct msc_page){ .state = MSC_PAGE_KSM };
	s->runs[0].pages = 2;
	add_node(s, 0xa000, 2);
	add_node(s, 0xb000, 1);
	add_item(s, 0x10000, 1);
	add_item(s, 0x11000, 2);
	add_item(s, 0x12000, 0);
	add_page(s, 0, 0x10000, 1, 1 + ITEM_A);
	add_page(s, 0, 0x11000, 2, 1 + ITEM_B);
	add_page(s, 2, 0x20000, 1, 0);
	assert_int_equal(msc_snapshot_number(s), 0);
}
