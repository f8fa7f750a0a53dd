// SPDX-License-Identifier: GPL-2.0
#include "grow.h"
#include "model.h"

/* How much more msc_reserve_ksm() makes room for at the least: most processes have none of it. */
#define MIN_RECORDS (4u * MSC_MAX_FOUND)

int msc_reserve_ksm(struct msc_snapshot *s)
{
	int err;

	err = msc_grow(s, (void **)&s->rmap_items, &s->max_rmap_items,
		       msc_more(s->nr_rmap_items, MIN_RECORDS), sizeof(*s->rmap_items));
	if (!err)
		err = msc_grow(s, (void **)&s->ksm_pages, &s->max_ksm_pages,
			       msc_more(s->nr_ksm_pages, MIN_RECORDS), sizeof(*s->ksm_pages));
	if (!err)
		err = msc_grow(s, (void **)&s->ksm_found, &s->max_ksm_found,
			       msc_more(s->nr_ksm_found, MIN_RECORDS), sizeof(*s->ksm_found));
	if (!err)
		err = msc_grow(s, (void **)&s->stable_nodes, &s->max_stable_nodes,
			       msc_more(s->nr_stable_nodes, MIN_RECORDS),
			       sizeof(*s->stable_nodes));
	if (!err)
		err = msc_grow_map(s, &s->node_map, s->max_stable_nodes);
	return err;
}

msc_bool msc_snapshot_has_ksm_room(const struct msc_snapshot *s)
{
	return s->nr_rmap_items < s->max_rmap_items && s->nr_ksm_pages < s->max_ksm_pages &&
	       s->max_ksm_found - s->nr_ksm_found >= MSC_MAX_FOUND &&
	       s->max_stable_nodes - s->nr_stable_nodes >= 2;
}

struct msc_rmap_item *msc_snapshot_add_rmap_item(struct msc_snapshot *s)
{
	struct msc_rmap_item *item = &s->rmap_items[s->nr_rmap_items++];

	__builtin_memset(item, 0, sizeof(*item));
	return item;
}

struct msc_ksm_page *msc_snapshot_add_ksm_page(struct msc_snapshot *s)
{
	struct msc_ksm_page *page = &s->ksm_pages[s->nr_ksm_pages++];

	__builtin_memset(page, 0, sizeof(*page));
	page->found = s->nr_ksm_found;
	return page;
}

struct msc_ksm_found *msc_snapshot_add_ksm_found(struct msc_snapshot *s)
{
	struct msc_ksm_page *page = &s->ksm_pages[s->nr_ksm_pages - 1];
	struct msc_ksm_found *found;

	if (page->nr_found == MSC_MAX_FOUND)
		return MSC_NULL;
	page->nr_found++;
	found = &s->ksm_found[s->nr_ksm_found++];
	__builtin_memset(found, 0, sizeof(*found));
	return found;
}

msc_u32 msc_snapshot_find_node(const struct msc_snapshot *s, msc_u64 cookie)
{
	msc_u32 *index = msc_map_find(&s->node_map, cookie);

	return index ? *index : 0;
}

msc_u32 msc_snapshot_add_node(struct msc_snapshot *s, const struct msc_stable_node *node)
{
	s->stable_nodes[s->nr_stable_nodes++] = *node;
	msc_map_add(&s->node_map, node->self, s->nr_stable_nodes);
	return s->nr_stable_nodes;
}
