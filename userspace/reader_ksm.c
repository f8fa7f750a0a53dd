// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <limits.h>
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
	ksm->let_go = msc_reader_u32(r, MSC_K_LET_GO);
	ksm->longest_us = msc_reader_u64(r, MSC_K_LONGEST_US);
}

/* A number of a stable node, of @bits bits with its sign. */
static long read_signed(struct msc_reader *r, const char *key, unsigned int bits)
{
	const char *text = msc_reader_text(r, key);
	const char *digits = text + (*text == '-');
	long max = LONG_MAX >> (64 - bits), number;
	char *end;

	errno = 0;
	number = strtol(text, &end, 10);
	if (*digits < '0' || *digits > '9' || *end || errno || number < -max - 1 || number > max)
		msc_reader_fail(r, "stable_node: %s=%.60s, expected a decimal number of %u bits",
				key, text, bits);
	return number;
}

void msc_reader_node(struct msc_reader *r)
{
	struct msc_stable_node node = { .nid = -1 };

	if (!msc_reader_make_room(r))
		return;
	msc_reader_next_id(r, 'n', r->s->nr_stable_nodes);
	node.kind = (msc_u8)msc_reader_word(r, MSC_K_KIND, MSC_NR_NODE_KINDS, msc_node_kind_name);
	/* Negative for the head of a chain. */
	node.len = (msc_s32)read_signed(r, MSC_K_LEN, 32);
	node.counted = !msc_reader_is(r, MSC_K_FOUND_LEN, "unknown");
	if (node.counted)
		node.found = msc_reader_u32(r, MSC_K_FOUND_LEN);
	node.page = (msc_u8)msc_reader_word(r, MSC_K_PAGE, MSC_NR_NODE_PAGES, msc_node_page_name);
	if (!msc_reader_is(r, MSC_K_NID, "-"))
		node.nid = (msc_s32)msc_reader_dec(r, MSC_K_NID, INT32_MAX);
	if (!msc_reader_is(r, MSC_K_DUP_CHAIN, "unknown"))
		node.chain_id = msc_reader_id(r, MSC_K_DUP_CHAIN, 'c');
	if (node.page == MSC_NODE_PAGE_OTHER)
		node.kpfn_off = read_signed(r, MSC_K_KPFN_OFF, 64);
	node.chain = msc_reader_object(r, MSC_K_PTR_CHAIN, node.chain_id);
	node.self = msc_reader_object(r, MSC_K_PTR_NODE, r->s->nr_stable_nodes + 1);
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

/* What tells how old it is: in some states, and on some kernels. */
static void read_age(struct msc_reader *r, struct msc_rmap_item *item)
{
	const struct msc_snapshot *s = r->s;

	if (s->facts.ksm_age && !(s->facts.ksm_index && item->state == MSC_ITEM_STABLE))
		item->age = (msc_u8)msc_reader_dec(r, MSC_K_AGE, UINT8_MAX);
	if (s->ksm.has_scans && item->state == MSC_ITEM_UNSTABLE)
		item->scans_ago = (msc_u8)msc_reader_dec(r, MSC_K_SCANS_AGO, UINT8_MAX);
}

void msc_reader_item(struct msc_reader *r)
{
	struct msc_rmap_item *item;

	if (!msc_reader_make_room(r))
		return;
	/* What the kernel's rmap_items have, the lines have, all of them or none. */
	if (!r->s->nr_rmap_items) {
		r->s->facts.ksm_index = !msc_reader_is(r, MSC_K_ITEM_INDEX, "absent");
		r->s->facts.ksm_age = !msc_reader_is(r, MSC_K_AGE, "absent");
	}
	item = msc_snapshot_add_rmap_item(r->s);
	item->addr = msc_reader_hex(r, MSC_K_ADDR);
	item->state = (msc_u8)msc_reader_word(r, MSC_K_STATE, MSC_NR_ITEM_STATES,
					      msc_item_state_name);
	read_age(r, item);
	item->page = (msc_u8)msc_reader_word(r, MSC_K_PAGE, MSC_NR_PAGE_STATES,
					     msc_page_state_name);
	item->expected = msc_reader_hex(r, MSC_K_VMA_INDEX);
	item->now = (msc_u8)msc_reader_word(r, MSC_K_NOW, MSC_NR_ITEM_NOWS, msc_item_now_name);
	if (item->state == MSC_ITEM_STABLE)
		read_stable(r, item);
	item->bits |= read_wrong(r);
	item->self = msc_reader_object(r, MSC_K_PTR_ITEM, r->s->nr_rmap_items);
}

/* How much of the list of its node was looked at: a bit of a page's, or none. */
static msc_u8 read_seen(struct msc_reader *r)
{
	static const msc_u8 bits[] = { 0, MSC_KSM_PAGE_MORE, MSC_KSM_PAGE_UNSURE };
	unsigned int i;

	for (i = 0; i < MSC_ARRAY_SIZE(bits); i++) {
		if (msc_reader_is(r, MSC_K_SEEN, msc_ksm_seen_name(bits[i])))
			return bits[i];
	}
	msc_reader_fail(r, "ksm_page: seen=%.60s, expected all, part or no",
			msc_reader_text(r, MSC_K_SEEN));
	return 0;
}

void msc_reader_ksm_page(struct msc_reader *r)
{
	msc_u64 addr = msc_reader_hex(r, MSC_K_ADDR);
	const struct msc_snapshot *s = r->s;
	struct msc_ksm_page *page;

	if (s->nr_ksm_pages && addr <= s->ksm_pages[s->nr_ksm_pages - 1].addr)
		msc_reader_fail(r, "ksm_page: addr=0x%llx, expected the order of addresses",
				(unsigned long long)addr);
	if (!msc_reader_find_vma(r, &r->ksm_page_vma, MSC_K_ADDR, addr) ||
	    !msc_reader_make_room(r))
		return;
	page = msc_snapshot_add_ksm_page(r->s);
	page->addr = addr;
	page->vma = r->ksm_page_vma;
	page->node = msc_reader_known_id(r, MSC_K_NODE, 'n', s->nr_stable_nodes);
	page->first = msc_reader_hex(r, MSC_K_FIRST);
	page->last = msc_reader_hex(r, MSC_K_LAST);
	page->bits = msc_reader_bool(r, MSC_K_MERGEABLE_VMA) ? MSC_KSM_PAGE_MERGEABLE : 0;
	page->bits |= read_seen(r);
}

void msc_reader_found(struct msc_reader *r)
{
	struct msc_ksm_found *found;

	if (!r->s->nr_ksm_pages)
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
	/* As rmap_items have it; but they may all be other processes'. */
	if (!r->s->nr_rmap_items && r->s->nr_ksm_found == 1)
		r->s->facts.ksm_index = !msc_reader_is(r, MSC_K_ITEM_INDEX, "absent");
	if (r->s->facts.ksm_index)
		found->index = msc_reader_hex(r, MSC_K_ITEM_INDEX);
	found->bits = msc_reader_bool(r, MSC_K_OWN) ? MSC_FOUND_OWN : 0;
	found->bits |= msc_reader_bool(r, MSC_K_CHAIN) ? MSC_FOUND_ON_CHAIN : 0;
}

/* struct place - where an rmap_item is, and which one it is, from 1 */
struct place {
	msc_u64 addr;
	msc_u32 item;
};

static int compare_places(const void *x, const void *y)
{
	const struct place *a = x, *b = y;

	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	return a->item < b->item ? -1 : a->item > b->item;
}

/* The mm's own rmap_items by address, the last one of each; their number to *@nr. free() it. */
static struct place *sort_items(struct msc_reader *r, msc_u32 *nr)
{
	const struct msc_snapshot *s = r->s;
	struct place *places = malloc((s->nr_rmap_items + 1) * sizeof(*places));
	msc_u32 i, kept = 0;

	*nr = 0;
	if (!places) {
		msc_reader_fail(r, "no memory for so large a report");
		return NULL;
	}
	for (i = 0; i < s->nr_rmap_items; i++) {
		if (!(s->rmap_items[i].bits & MSC_ITEM_OTHER_MM))
			places[(*nr)++] = (struct place){ s->rmap_items[i].addr, i + 1 };
	}
	qsort(places, *nr, sizeof(*places), compare_places);
	for (i = 0; i < *nr; i++) {
		if (i + 1 == *nr || places[i].addr != places[i + 1].addr)
			places[kept++] = places[i];
	}
	*nr = kept;
	return places;
}

/* Add the page of @item, if it tells of one in VMA @vma. */
static void add_told(struct msc_reader *r, msc_u32 item, msc_u32 vma)
{
	struct msc_ksm_found found;
	struct msc_ksm_page page;

	if (!msc_ksm_page_told(r->s, item, vma, &page, &found) || !msc_reader_make_room(r))
		return;
	page.nr_found = 0;
	page.found = r->s->nr_ksm_found;
	*msc_snapshot_add_ksm_page(r->s) = page;
	*msc_snapshot_add_ksm_found(r->s) = found;
}

/* The rmap_items of the pages that have lines, and behind them the pages that have none. */
static void add_items(struct msc_reader *r, const struct place *places, msc_u32 nr)
{
	const msc_u32 lines = r->s->nr_ksm_pages;
	const struct place *at;
	msc_u32 line = 0, vma = 0;

	for (at = places; at < places + nr && !r->failed; at++) {
		struct msc_snapshot *s = r->s;

		while (line < lines && s->ksm_pages[line].addr < at->addr)
			line++;
		while (vma < s->nr_vmas && s->vmas[vma].end <= at->addr)
			vma++;
		if (line < lines && s->ksm_pages[line].addr == at->addr)
			s->ksm_pages[line].item = at->item;
		else if (vma < s->nr_vmas)
			add_told(r, at->item, vma);
	}
}

static int compare_pages(const void *x, const void *y)
{
	const struct msc_ksm_page *a = x, *b = y;

	return a->addr < b->addr ? -1 : a->addr > b->addr;
}

bool msc_reader_ksm_finish(struct msc_reader *r)
{
	struct place *places;
	msc_u32 nr;

	places = sort_items(r, &nr);
	if (places)
		add_items(r, places, nr);
	free(places);
	if (r->s->nr_ksm_pages)
		qsort(r->s->ksm_pages, r->s->nr_ksm_pages, sizeof(*r->s->ksm_pages),
		      compare_pages);
	return !r->failed;
}
