// SPDX-License-Identifier: GPL-2.0
/*
 * The facts of KSM's lists: what ksmd remembers of a page, and what it makes of it. An rmap_item
 * may be left of a place at which no VMA is any more, so these facts are of places.
 */
#include <stddef.h>

#include "../module/core/ksm_reach.h"
#include "../module/core/ksm_text.h"
#include "expect_fact.h"

/* The rmap_item at the first page; NULL if there is none, or, as @value says, it is not known. */
static const struct msc_rmap_item *item_at(const struct scn_where *w, struct scn_value *value)
{
	uint64_t address = scn_address(w->at.first);
	const struct msc_rmap_item *item;

	value->unknown = w->s->ksm.lists != MSC_KSM_READ;
	for (item = w->s->rmap_items; item < w->s->rmap_items + w->s->nr_rmap_items; item++) {
		if (item->addr == address && !(item->bits & MSC_ITEM_OTHER_MM))
			return item;
	}
	return NULL;
}

/* The same of the KSM page that is mapped there. */
static const struct msc_ksm_page *page_at(const struct scn_where *w, struct scn_value *value)
{
	uint64_t address = scn_address(w->at.first);
	const struct msc_ksm_page *page;

	value->unknown = w->s->ksm.lists != MSC_KSM_READ;
	for (page = w->s->ksm_pages; page < w->s->ksm_pages + w->s->nr_ksm_pages; page++) {
		if (page->addr == address)
			return page;
	}
	return NULL;
}

static void set_node(const struct scn_where *w, struct scn_value *value, uint32_t node)
{
	scn_set_object(value, node ? w->s->stable_nodes[node - 1].self : 0);
}

/* Words, the last one of which is for a place without an rmap_item, or without a KSM page. */

static const char *item_word(unsigned int index)
{
	if (index == MSC_NR_ITEM_STATES)
		return "none";
	return index < MSC_NR_ITEM_STATES ? msc_item_state_name(index) : NULL;
}

static void get_item(const struct scn_where *w, struct scn_value *value)
{
	const struct msc_rmap_item *item = item_at(w, value);

	value->number = item ? item->state : MSC_NR_ITEM_STATES;
}

static const char *now_word(unsigned int index)
{
	return index < MSC_NR_ITEM_NOWS ? msc_item_now_name(index) : NULL;
}

/* Of one that is not stable it is absent. */
static void get_item_now(const struct scn_where *w, struct scn_value *value)
{
	const struct msc_rmap_item *item = item_at(w, value);

	value->none = !item || item->now == MSC_NOW_NONE;
	value->number = item ? item->now : 0;
}

static void get_item_index(const struct scn_where *w, struct scn_value *value)
{
	const struct msc_rmap_item *item = item_at(w, value);

	value->none = !w->s->facts.ksm_index || !item || item->state != MSC_ITEM_STABLE;
	value->number = item ? item->index : 0;
}

static void get_item_anon_vma(const struct scn_where *w, struct scn_value *value)
{
	const struct msc_rmap_item *item = item_at(w, value);

	scn_set_object(value, item ? item->anon_vma : 0);
}

static void get_item_node(const struct scn_where *w, struct scn_value *value)
{
	const struct msc_rmap_item *item = item_at(w, value);

	set_node(w, value, item ? item->node : 0);
}

static void get_items(const struct scn_where *w, struct scn_value *value)
{
	uint64_t start = scn_address(w->at.first), end = scn_address(w->at.first + w->at.pages);
	const struct msc_rmap_item *item;

	value->unknown = w->s->ksm.lists != MSC_KSM_READ;
	for (item = w->s->rmap_items; item < w->s->rmap_items + w->s->nr_rmap_items; item++)
		value->number += start <= item->addr && item->addr < end;
}

static const char *reach_word(unsigned int index)
{
	if (index == MSC_NR_REACHES)
		return "none";
	return index < MSC_NR_REACHES ? msc_ksm_reach_name(index) : NULL;
}

static void get_reach(const struct scn_where *w, struct scn_value *value)
{
	const struct msc_ksm_page *page = page_at(w, value);

	value->number = page ? msc_ksm_reach(w->s, page) : MSC_NR_REACHES;
}

static void get_stable_node(const struct scn_where *w, struct scn_value *value)
{
	const struct msc_ksm_page *page = page_at(w, value);

	set_node(w, value, page ? page->node : 0);
}

/* What the mm counts of itself. */

static void get_merging_pages(const struct scn_where *w, struct scn_value *value)
{
	value->number = w->s->ksm.merging_pages;
}

static void get_zero_pages(const struct scn_where *w, struct scn_value *value)
{
	value->none = !w->s->ksm.has_zero_pages;
	value->number = w->s->ksm.zero_pages;
}

const struct scn_fact scn_ksm_facts[] = {
	{ "merging_pages", SCN_NUMBER, SCN_OF_PROCESS, get_merging_pages, NULL },
	{ "reach", SCN_WORD, SCN_OF_PLACES, get_reach, reach_word },
	{ "rmap_item", SCN_WORD, SCN_OF_PLACES, get_item, item_word },
	{ "rmap_item_anon_vma", SCN_OBJECT, SCN_OF_PLACES, get_item_anon_vma, NULL },
	{ "rmap_item_index", SCN_NUMBER, SCN_OF_PLACES, get_item_index, NULL },
	{ "rmap_item_node", SCN_OBJECT, SCN_OF_PLACES, get_item_node, NULL },
	{ "rmap_item_now", SCN_WORD, SCN_OF_PLACES, get_item_now, now_word },
	{ "rmap_items", SCN_NUMBER, SCN_OF_RANGE, get_items, NULL },
	{ "stable_node", SCN_OBJECT, SCN_OF_PLACES, get_stable_node, NULL },
	{ "zero_pages", SCN_NUMBER, SCN_OF_PROCESS, get_zero_pages, NULL },
	{ 0 },
};
