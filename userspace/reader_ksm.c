// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "../module/core/format.h"
#include "../module/core/index.h"
#include "../module/core/ksm_text.h"
#include "../module/core/run_text.h"
#include "reader_ksm.h"
#include "reader_records.h"

void msc_reader_ksm(struct msc_reader *r)
{
	struct msc_ksm_mm *ksm = &r->s->ksm;

	ksm->lists = (msc_u8)msc_reader_word(r, MSC_K_LISTS, MSC_NR_KSM_LISTS,
					     msc_ksm_lists_name);
	if (msc_reader_has(r, MSC_K_WHY))
		r->ksm_off = msc_reader_string(r, MSC_K_WHY);
	ksm->runs = msc_reader_bool(r, MSC_K_KSM_RUN);
	ksm->has_scans = !msc_reader_is(r, MSC_K_SCANS, "unknown");
	if (ksm->has_scans)
		ksm->scans = msc_reader_u64(r, MSC_K_SCANS);
	ksm->rmap_items = msc_reader_u64(r, MSC_K_RMAP_ITEMS);
	ksm->merging_pages = msc_reader_u64(r, MSC_K_MERGING_PAGES);
	ksm->has_zero_pages = !msc_reader_is(r, MSC_K_ZERO_PAGES, "absent");
	if (ksm->has_zero_pages)
		ksm->zero_pages = msc_reader_u64(r, MSC_K_ZERO_PAGES);
}

/* rmap_hlist_len, which is negative for the head of a chain. */
static msc_s32 read_len(struct msc_reader *r)
{
	const char *text = msc_reader_text(r, MSC_K_LEN);
	const char *digits = text + (*text == '-');
	long len;
	char *end;

	errno = 0;
	len = strtol(text, &end, 10);
	if (*digits < '0' || *digits > '9' || *end || errno || len < INT32_MIN || len > INT32_MAX)
		msc_reader_fail(r, "stable_node: len=%.60s, expected a decimal number of 32 bits",
				text);
	return (msc_s32)len;
}

void msc_reader_node(struct msc_reader *r)
{
	struct msc_stable_node node = { .nid = -1 };

	if (!msc_reader_make_room(r))
		return;
	msc_reader_next_id(r, 'n', r->s->nr_stable_nodes);
	node.kind = (msc_u8)msc_reader_word(r, MSC_K_KIND, MSC_NR_NODE_KINDS, msc_node_kind_name);
	node.len = read_len(r);
	node.counted = !msc_reader_is(r, MSC_K_FOUND_LEN, "unknown");
	if (node.counted)
		node.found = msc_reader_u32(r, MSC_K_FOUND_LEN);
	node.page = (msc_u8)msc_reader_word(r, MSC_K_PAGE, MSC_NR_NODE_PAGES, msc_node_page_name);
	if (!msc_reader_is(r, MSC_K_NID, "-"))
		node.nid = (msc_s32)msc_reader_dec(r, MSC_K_NID, INT32_MAX);
	node.self = msc_reader_hex_or_0(r, MSC_K_PTR_NODE);
	if (!node.self)
		node.self = r->s->nr_stable_nodes + 1;
	if (!r->failed && msc_snapshot_find_node(r->s, node.self))
		msc_reader_fail(r, "stable_node: an address of another line, expected its own");
	if (!r->failed)
		msc_snapshot_add_node(r->s, &node);
}

/* What only a stable rmap_item has. */
static void read_stable(struct msc_reader *r, struct msc_rmap_item *item)
{
	item->node = msc_reader_known_id(r, MSC_K_NODE, 'n', r->s->nr_stable_nodes);
	item->anon_vma_id = msc_reader_id(r, MSC_K_ANON_VMA, 'a');
	item->anon_vma = msc_reader_cookie(r, item->anon_vma_id);
	if (r->s->facts.ksm_index)
		item->index = msc_reader_hex(r, MSC_K_ITEM_INDEX);
	item->bits |= msc_reader_bool(r, MSC_K_LISTED) ? MSC_ITEM_LISTED : 0;
	item->bits |= msc_reader_bool(r, MSC_K_CHAIN) ? MSC_ITEM_ON_CHAIN : 0;
}

static msc_u8 read_wrong(struct msc_reader *r)
{
	if (!msc_reader_has(r, MSC_K_WRONG))
		return 0;
	if (msc_reader_is(r, MSC_K_WRONG, "mm"))
		return MSC_ITEM_OTHER_MM;
	if (!msc_reader_is(r, MSC_K_WRONG, "address"))
		msc_reader_fail(r, "rmap_item: wrong=%.60s, expected mm or address",
				msc_reader_text(r, MSC_K_WRONG));
	return MSC_ITEM_BAD_ADDR;
}

/* A decimal number of a byte, where there is one. */
static msc_u8 read_byte(struct msc_reader *r, const char *key)
{
	if (msc_reader_is(r, key, "-") || msc_reader_is(r, key, "absent"))
		return 0;
	return (msc_u8)msc_reader_dec(r, key, UINT8_MAX);
}

void msc_reader_item(struct msc_reader *r)
{
	struct msc_rmap_item *item;

	if (!msc_reader_make_room(r))
		return;
	/* What the kernel's rmap_items have, the lines have, all of them or none. */
	r->s->facts.ksm_index = !msc_reader_is(r, MSC_K_ITEM_INDEX, "absent");
	r->s->facts.ksm_age = !msc_reader_is(r, MSC_K_AGE, "absent");
	item = msc_snapshot_add_rmap_item(r->s);
	item->addr = msc_reader_hex(r, MSC_K_ADDR);
	item->state = (msc_u8)msc_reader_word(r, MSC_K_STATE, MSC_NR_ITEM_STATES,
					      msc_item_state_name);
	item->age = read_byte(r, MSC_K_AGE);
	item->scans_ago = read_byte(r, MSC_K_SCANS_AGO);
	item->page = (msc_u8)msc_reader_word(r, MSC_K_PAGE, MSC_NR_PAGE_STATES,
					     msc_page_state_name);
	item->expected = msc_reader_hex(r, MSC_K_VMA_INDEX);
	item->now = (msc_u8)msc_reader_word(r, MSC_K_NOW, MSC_NR_ITEM_NOWS, msc_item_now_name);
	if (item->state == MSC_ITEM_STABLE)
		read_stable(r, item);
	item->bits |= read_wrong(r);
	item->self = msc_reader_hex_or_0(r, MSC_K_PTR_ITEM);
	if (!item->self)
		item->self = r->s->nr_rmap_items;
}

/* A page at @addr: the VMA there, from where the last one was on. */
static struct msc_ksm_page *add_page(struct msc_reader *r, msc_u64 addr)
{
	struct msc_snapshot *s = r->s;
	const struct msc_vma *vma;
	struct msc_ksm_page *page;

	while (r->ksm_vma < s->nr_vmas && s->vmas[r->ksm_vma].end <= addr)
		r->ksm_vma++;
	if (r->ksm_vma == s->nr_vmas || addr < s->vmas[r->ksm_vma].start)
		msc_reader_fail(r, "%s: addr=0x%llx is in no VMA, expected the order of addresses",
				r->line.word, (unsigned long long)addr);
	if (r->failed || !msc_reader_make_room(r))
		return NULL;
	vma = &s->vmas[r->ksm_vma];
	page = msc_snapshot_add_ksm_page(s);
	page->addr = addr;
	page->vma = r->ksm_vma;
	page->first = msc_vma_rmap_pgoff(s, vma);
	page->last = page->first + msc_vma_pages(vma) - 1;
	page->bits = vma->flags & MSC_VM(MG) ? MSC_KSM_PAGE_MERGEABLE : 0;
	return page;
}

/* Does the reverse map come to the page of @item through @item, so that the page has no line? */
static bool is_found_by(const struct msc_reader *r, const struct msc_rmap_item *item)
{
	const msc_u8 leads = MSC_ITEM_LISTED | MSC_ITEM_ON_CHAIN;

	return item->now == MSC_NOW_MAPS && !(item->bits & MSC_ITEM_OTHER_MM) &&
	       (item->bits & leads) == leads &&
	       (!r->s->facts.ksm_index || item->index == item->expected);
}

/* Add the page of rmap_item @index, from 0. */
static void add_page_of(struct msc_reader *r, msc_u32 index)
{
	struct msc_ksm_page *page = add_page(r, r->s->rmap_items[index].addr);
	const struct msc_rmap_item *item = &r->s->rmap_items[index];
	struct msc_ksm_found *found;

	if (!page)
		return;
	page->node = item->node;
	page->item = index + 1;
	found = msc_snapshot_add_ksm_found(r->s);
	found->addr = item->addr;
	found->anon_vma = item->anon_vma;
	found->anon_vma_id = item->anon_vma_id;
	found->index = item->index;
	found->bits = MSC_FOUND_OWN | MSC_FOUND_ON_CHAIN;
}

/*
 * The pages that have no line, below @upto, and the rmap_item at @upto: its index, from 1, or 0.
 * rmap_items come by address, and so do pages.
 */
static msc_u32 pass_items(struct msc_reader *r, msc_u64 upto)
{
	const struct msc_snapshot *s = r->s;
	msc_u32 own = 0;

	for (; !r->failed && r->ksm_item < s->nr_rmap_items; r->ksm_item++) {
		const struct msc_rmap_item *item = &s->rmap_items[r->ksm_item];

		if (item->addr > upto)
			break;
		if (item->addr == upto && !(item->bits & MSC_ITEM_OTHER_MM))
			own = r->ksm_item + 1;
		else if (item->addr < upto && is_found_by(r, item))
			add_page_of(r, r->ksm_item);
	}
	return own;
}

void msc_reader_ksm_page(struct msc_reader *r)
{
	msc_u64 addr = msc_reader_hex(r, MSC_K_ADDR);
	msc_u32 item = r->failed ? 0 : pass_items(r, addr);
	struct msc_ksm_page *page = add_page(r, addr);

	if (!page)
		return;
	page->item = item;
	page->node = msc_reader_known_id(r, MSC_K_NODE, 'n', r->s->nr_stable_nodes);
	page->first = msc_reader_hex(r, MSC_K_FIRST);
	page->last = msc_reader_hex(r, MSC_K_LAST);
	page->bits = msc_reader_bool(r, MSC_K_MERGEABLE_VMA) ? MSC_KSM_PAGE_MERGEABLE : 0;
	if (msc_reader_is(r, MSC_K_REACH, "unknown"))
		page->bits |= page->node ? MSC_KSM_PAGE_MORE : MSC_KSM_PAGE_UNSURE;
	r->in_ksm_page = true;
}

void msc_reader_found(struct msc_reader *r)
{
	struct msc_ksm_found *found;

	if (!r->in_ksm_page)
		msc_reader_fail(r, "a line found, expected a line ksm_page before it");
	if (r->failed || !msc_reader_make_room(r))
		return;
	found = msc_snapshot_add_ksm_found(r->s);
	if (!found) {
		msc_reader_fail(r, "one more line found, expected up to %u of a page",
				MSC_MAX_FOUND);
		return;
	}
	found->addr = msc_reader_hex(r, MSC_K_ADDR);
	found->anon_vma_id = msc_reader_id(r, MSC_K_ANON_VMA, 'a');
	found->anon_vma = msc_reader_cookie(r, found->anon_vma_id);
	if (!msc_reader_is(r, MSC_K_ITEM_INDEX, "absent")) {
		r->s->facts.ksm_index = true;
		found->index = msc_reader_hex(r, MSC_K_ITEM_INDEX);
	}
	found->bits = msc_reader_bool(r, MSC_K_OWN) ? MSC_FOUND_OWN : 0;
	found->bits |= msc_reader_bool(r, MSC_K_CHAIN) ? MSC_FOUND_ON_CHAIN : 0;
}

bool msc_reader_ksm_finish(struct msc_reader *r)
{
	pass_items(r, UINT64_MAX);
	return !r->failed;
}
