// SPDX-License-Identifier: GPL-2.0
#include "each.h"
#include "format.h"
#include "index.h"
#include "ksm_reach.h"
#include "ksm_text.h"
#include "run_text.h"

const char *msc_ksm_lists_name(unsigned int index)
{
	static const char *const names[MSC_NR_KSM_LISTS] = {
		[MSC_KSM_OFF] = "off",
		[MSC_KSM_READ] = "read",
		[MSC_KSM_BUSY] = "ksmd-busy",
		[MSC_KSM_MMAP_BUSY] = "mmap-busy",
		[MSC_KSM_OFFLINE] = "offlining",
		[MSC_KSM_TOO_LONG] = "too-long",
		[MSC_KSM_BROKEN] = "broken",
	};

	return names[index];
}

const char *msc_node_kind_name(unsigned int index)
{
	static const char *const names[MSC_NR_NODE_KINDS] = {
		[MSC_NODE_UNKNOWN] = "unknown",
		[MSC_NODE_TREE] = "tree",
		[MSC_NODE_DUP] = "dup",
		[MSC_NODE_MIGRATING] = "migrating",
		[MSC_NODE_CHAIN] = "chain",
	};

	return names[index];
}

const char *msc_node_page_name(unsigned int index)
{
	static const char *const names[MSC_NR_NODE_PAGES] = {
		[MSC_NODE_PAGE_UNKNOWN] = "unknown",
		[MSC_NODE_PAGE_MATCH] = "match",
		[MSC_NODE_PAGE_GONE] = "gone",
		[MSC_NODE_PAGE_OTHER] = "other",
	};

	return names[index];
}

const char *msc_item_now_name(unsigned int index)
{
	static const char *const names[MSC_NR_ITEM_NOWS] = {
		[MSC_NOW_NONE] = "-",
		[MSC_NOW_MAPS] = "maps",
		[MSC_NOW_NO_VMA] = "no-vma",
		[MSC_NOW_MOVED] = "moved",
		[MSC_NOW_CHANGED] = "changed",
	};

	return names[index];
}

const char *msc_item_state_name(unsigned int index)
{
	static const char *const names[MSC_NR_ITEM_STATES] = {
		[MSC_ITEM_IDLE] = "idle",
		[MSC_ITEM_UNSTABLE] = "unstable",
		[MSC_ITEM_STABLE] = "stable",
		[MSC_ITEM_BOTH] = "both",
	};

	return names[index];
}

const char *msc_ksm_reach_name(unsigned int index)
{
	static const char *const names[MSC_NR_REACHES] = {
		[MSC_REACH_OWN] = "own",
		[MSC_REACH_FORK] = "fork",
		[MSC_REACH_PENDING] = "pending",
		[MSC_REACH_MISSED] = "missed",
		[MSC_REACH_UNKNOWN] = "unknown",
	};

	return names[index];
}

/* Of a counter, or of something else that not every kernel or record has. */
static void put_dec_or(struct msc_sink *sink, const char *key, msc_bool has, msc_u64 value,
		       const char *otherwise)
{
	if (has)
		msc_put_field_dec(sink, key, value);
	else
		msc_put_field(sink, key, otherwise);
}

void msc_report_ksm(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index)
{
	const struct msc_ksm_mm *ksm = &s->ksm;

	(void)index;
	msc_put(sink, MSC_L_KSM);
	msc_put_field(sink, MSC_K_LISTS, msc_ksm_lists_name(ksm->lists));
	if (s->facts.ksm_off)
		msc_put_field_quoted(sink, MSC_K_WHY, s->facts.ksm_off);
	msc_put_field_bool(sink, MSC_K_KSM_RUN, ksm->runs);
	put_dec_or(sink, MSC_K_SCANS, ksm->has_scans, ksm->scans, "unknown");
	msc_put_field_dec(sink, MSC_K_ITEMS, s->nr_rmap_items);
	msc_put_field_dec(sink, MSC_K_STABLE, msc_ksm_stable_items(s));
	msc_put_field_dec(sink, MSC_K_PAGES, s->nr_ksm_pages);
	msc_put_field_dec(sink, MSC_K_RMAP_ITEMS, ksm->rmap_items);
	msc_put_field_dec(sink, MSC_K_MERGING_PAGES, ksm->merging_pages);
	put_dec_or(sink, MSC_K_ZERO_PAGES, ksm->has_zero_pages, ksm->zero_pages, "absent");
	msc_put_field_dec(sink, MSC_K_LET_GO, ksm->let_go);
	msc_put_field_dec(sink, MSC_K_LONGEST_US, ksm->longest_us);
	msc_put(sink, "\n");
}

void msc_report_node(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index)
{
	const struct msc_stable_node *node = &s->stable_nodes[index];

	msc_put(sink, MSC_L_NODE);
	msc_put_field_id(sink, MSC_K_ID, 'n', index + 1);
	msc_put_field(sink, MSC_K_KIND, msc_node_kind_name(node->kind));
	msc_put_field_signed(sink, MSC_K_LEN, node->len);
	put_dec_or(sink, MSC_K_FOUND_LEN, node->counted, node->found, "unknown");
	msc_put_field(sink, MSC_K_PAGE, msc_node_page_name(node->page));
	put_dec_or(sink, MSC_K_NID, node->nid >= 0, (msc_u32)node->nid, "-");
	if (node->kind == MSC_NODE_DUP && !node->chain)
		msc_put_field(sink, MSC_K_DUP_CHAIN, "unknown");
	else
		msc_put_field_id(sink, MSC_K_DUP_CHAIN, 'c', node->chain_id);
	if (node->page == MSC_NODE_PAGE_OTHER)
		msc_put_field_signed(sink, MSC_K_KPFN_OFF, node->kpfn_off);
	if (s->facts.pointers) {
		msc_put_field_hex(sink, MSC_K_PTR_NODE, node->self);
		msc_put_field_hex(sink, MSC_K_PTR_CHAIN, node->chain);
	}
	msc_put(sink, "\n");
}

/* What only a stable rmap_item has. */
static void put_stable(struct msc_sink *sink, const struct msc_snapshot *s,
		       const struct msc_rmap_item *item)
{
	msc_put_field_id(sink, MSC_K_NODE, 'n', item->node);
	msc_put_field_id(sink, MSC_K_ANON_VMA, 'a', item->anon_vma_id);
	if (s->facts.ksm_index && item->state == MSC_ITEM_STABLE)
		msc_put_field_hex(sink, MSC_K_ITEM_INDEX, item->index);
	else
		msc_put_field(sink, MSC_K_ITEM_INDEX, s->facts.ksm_index ? "-" : "absent");
	msc_put_field_hex(sink, MSC_K_VMA_INDEX, item->expected);
	msc_put_field(sink, MSC_K_NOW, msc_item_now_name(item->now));
	if (item->state != MSC_ITEM_STABLE)
		return;
	msc_put_field_bool(sink, MSC_K_LISTED, item->bits & MSC_ITEM_LISTED);
	msc_put_field_bool(sink, MSC_K_CHAIN, item->bits & MSC_ITEM_ON_CHAIN);
}

/* 7.3's stable rmap_items keep their page index where the others have their age. */
static void put_age(struct msc_sink *sink, const struct msc_snapshot *s,
		    const struct msc_rmap_item *item)
{
	if (!s->facts.ksm_age)
		msc_put_field(sink, MSC_K_AGE, "absent");
	else
		put_dec_or(sink, MSC_K_AGE,
			   !s->facts.ksm_index || item->state != MSC_ITEM_STABLE, item->age, "-");
}

void msc_report_item(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index)
{
	const struct msc_rmap_item *item = &s->rmap_items[index];

	msc_put(sink, MSC_L_ITEM);
	msc_put_field_hex(sink, MSC_K_ADDR, item->addr);
	msc_put_field(sink, MSC_K_STATE, msc_item_state_name(item->state));
	put_age(sink, s, item);
	put_dec_or(sink, MSC_K_SCANS_AGO,
		   item->state == MSC_ITEM_UNSTABLE && s->ksm.has_scans, item->scans_ago, "-");
	msc_put_field(sink, MSC_K_PAGE, msc_page_state_name(item->page));
	put_stable(sink, s, item);
	if (item->bits & MSC_ITEM_OTHER_MM)
		msc_put_field(sink, MSC_K_WRONG, "mm");
	else if (item->bits & MSC_ITEM_BAD_ADDR)
		msc_put_field(sink, MSC_K_WRONG, "address");
	if (s->facts.pointers)
		msc_put_field_hex(sink, MSC_K_PTR_ITEM, item->self);
	msc_put(sink, "\n");
}

static void put_found(struct msc_sink *sink, const struct msc_snapshot *s,
		      const struct msc_ksm_found *found)
{
	msc_put(sink, MSC_L_FOUND);
	msc_put_field_hex(sink, MSC_K_ADDR, found->addr);
	msc_put_field_bool(sink, MSC_K_OWN, found->bits & MSC_FOUND_OWN);
	msc_put_field_id(sink, MSC_K_ANON_VMA, 'a', found->anon_vma_id);
	if (s->facts.ksm_index)
		msc_put_field_hex(sink, MSC_K_ITEM_INDEX, found->index);
	else
		msc_put_field(sink, MSC_K_ITEM_INDEX, "absent");
	msc_put_field_bool(sink, MSC_K_CHAIN, found->bits & MSC_FOUND_ON_CHAIN);
	msc_put(sink, "\n");
}

const char *msc_ksm_seen_name(msc_u8 bits)
{
	if (bits & MSC_KSM_PAGE_UNSURE)
		return "no";
	return bits & MSC_KSM_PAGE_MORE ? "part" : "all";
}

msc_bool msc_ksm_page_told(const struct msc_snapshot *s, msc_u32 item, msc_u32 vma,
			   struct msc_ksm_page *page, struct msc_ksm_found *found)
{
	const msc_u8 leads = MSC_ITEM_LISTED | MSC_ITEM_ON_CHAIN;
	const struct msc_rmap_item *own = &s->rmap_items[item - 1];
	const struct msc_vma *at = &s->vmas[vma];

	*page = (struct msc_ksm_page){
		.addr = own->addr, .vma = vma, .node = own->node, .item = item, .nr_found = 1,
		.first = msc_vma_rmap_pgoff(s, at),
		.last = msc_vma_rmap_pgoff(s, at) + msc_vma_pages(at) - 1,
		.bits = at->flags & MSC_VM(MG) ? MSC_KSM_PAGE_MERGEABLE : 0,
	};
	*found = (struct msc_ksm_found){
		.addr = own->addr, .anon_vma = own->anon_vma, .index = own->index,
		.anon_vma_id = own->anon_vma_id, .bits = MSC_FOUND_OWN | MSC_FOUND_ON_CHAIN,
	};
	return own->now == MSC_NOW_MAPS && (own->bits & leads) == leads &&
	       !(own->bits & MSC_ITEM_OTHER_MM) && !msc_ksm_item_trouble(s, own) &&
	       at->start <= own->addr && own->addr < at->end &&
	       !msc_vma_nth(s, vma, own->addr);
}

/* Is @page, with what was found for it, as its own rmap_item tells? */
static msc_bool is_told(const struct msc_snapshot *s, const struct msc_ksm_page *page)
{
	const struct msc_ksm_found *found = &s->ksm_found[page->found];
	struct msc_ksm_found found_told;
	struct msc_ksm_page told;

	if (!page->item || page->nr_found != 1 ||
	    !msc_ksm_page_told(s, page->item, page->vma, &told, &found_told))
		return MSC_FALSE;
	return page->addr == told.addr && page->node == told.node && page->bits == told.bits &&
	       page->first == told.first && page->last == told.last &&
	       found->addr == found_told.addr && found->anon_vma == found_told.anon_vma &&
	       (!s->facts.ksm_index || found->index == found_told.index) &&
	       found->bits == found_told.bits;
}

void msc_report_ksm_page(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index)
{
	const struct msc_ksm_page *page = &s->ksm_pages[index];
	msc_u32 nth = msc_vma_nth(s, page->vma, page->addr), i;

	if (is_told(s, page))
		return;
	msc_put(sink, MSC_L_KSM_PAGE);
	msc_put_field_hex(sink, MSC_K_ADDR, page->addr);
	if (nth)
		msc_put_field_dec(sink, MSC_K_NTH, nth);
	msc_put_field_id(sink, MSC_K_NODE, 'n', page->node);
	msc_put_field_hex(sink, MSC_K_FIRST, page->first);
	msc_put_field_hex(sink, MSC_K_LAST, page->last);
	msc_put_field_bool(sink, MSC_K_MERGEABLE_VMA, page->bits & MSC_KSM_PAGE_MERGEABLE);
	msc_put_field(sink, MSC_K_SEEN, msc_ksm_seen_name(page->bits));
	msc_put_field(sink, MSC_K_REACH, msc_ksm_reach_name(msc_ksm_reach(s, page)));
	msc_put(sink, "\n");
	for (i = 0; i < page->nr_found; i++)
		put_found(sink, s, &s->ksm_found[page->found + i]);
}

void msc_report_ksm_vma(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index)
{
	const struct msc_vma *vma = &s->vmas[index];
	msc_u32 items = msc_first_from(s, rmap_items, addr, vma->end) -
			msc_first_from(s, rmap_items, addr, vma->start);
	msc_u32 at = msc_first_from(s, ksm_pages, addr, vma->start);
	msc_u32 end = msc_first_from(s, ksm_pages, addr, vma->end);
	msc_u32 nth = msc_vma_nth(s, index, vma->start);
	msc_u32 reached[MSC_NR_REACHES] = {};
	msc_u32 pages = end - at;

	if (!items && !pages)
		return;
	for (; at < end; at++)
		reached[msc_ksm_reach(s, &s->ksm_pages[at])]++;
	msc_put(sink, MSC_L_KSM_VMA);
	msc_put_field_hex(sink, MSC_K_START, vma->start);
	if (nth)
		msc_put_field_dec(sink, MSC_K_NTH, nth);
	msc_put_field_dec(sink, MSC_K_PAGES, pages);
	msc_put_field_dec(sink, MSC_K_ITEMS, items);
	msc_put_field_dec(sink, MSC_K_REACH_OWN, reached[MSC_REACH_OWN]);
	msc_put_field_dec(sink, MSC_K_REACH_FORK, reached[MSC_REACH_FORK]);
	msc_put_field_dec(sink, MSC_K_REACH_PENDING, reached[MSC_REACH_PENDING]);
	msc_put_field_dec(sink, MSC_K_REACH_MISSED, reached[MSC_REACH_MISSED]);
	msc_put_field_dec(sink, MSC_K_UNKNOWN, reached[MSC_REACH_UNKNOWN]);
	msc_put(sink, "\n");
}
