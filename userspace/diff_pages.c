// SPDX-License-Identifier: GPL-2.0
/* Facts of single pages compared: of many that differ the first is told, and how many there are. */
#include <stdio.h>
#include <string.h>

#include "../module/core/each.h"
#include "../module/core/index.h"
#include "../module/core/ksm_reach.h"
#include "../module/core/ksm_text.h"
#include "diff_facts.h"

typedef unsigned long long ull;

#define TEXT 96

/* struct first - the first difference of a kind, and how many pages differ */
struct first {
	char from[TEXT], to[TEXT];
	msc_u64 addr;		/* in the newer one */
	msc_u64 pages;
};

static void note(struct first *first, msc_u64 addr, msc_u64 pages, const char *from, const char *to)
{
	if (!first->pages) {
		snprintf(first->from, sizeof(first->from), "%s", from);
		snprintf(first->to, sizeof(first->to), "%s", to);
		first->addr = addr;
	}
	first->pages += pages;
}

static void tell(struct msc_differ *differ, const char *where, const char *key,
		 const struct first *first)
{
	char to[TEXT + 64];

	if (!first->pages)
		return;
	snprintf(to, sizeof(to), "%s at 0x%llx, pages %llu", first->to, (ull)first->addr,
		 (ull)first->pages);
	msc_tell(differ, "changed", where, key, first->from, to);
}

static void index_text(char text[TEXT], msc_u64 delta)
{
	snprintf(text, TEXT, "%+lld", (long long)delta);
}

/* The index relative to the address's, and the order of the folio, where both have a page. */
static void compare_parts(const struct msc_run *a, const struct msc_run *b, msc_u64 addr,
			  msc_u64 pages, struct first *index, struct first *order)
{
	char from[TEXT], to[TEXT];

	if (a->page.state != b->page.state)
		return;
	if (a->page.order != b->page.order) {
		snprintf(from, sizeof(from), "%u", a->page.order);
		snprintf(to, sizeof(to), "%u", b->page.order);
		note(order, addr, pages, from, to);
	}
	if (a->page.state == MSC_PAGE_ANON && a->page.delta != b->page.delta) {
		index_text(from, a->page.delta);
		index_text(to, b->page.delta);
		note(index, addr, pages, from, to);
	}
}

void msc_facts_runs(const struct msc_facts_diff *f, const struct msc_match *match,
		    const char *where)
{
	const struct msc_snapshot *sa = f->align->a, *sb = f->align->b;
	const struct msc_vma *vma_a = &sa->vmas[match->a], *vma_b = &sb->vmas[match->b];
	msc_u64 shift = f->align->shifts[match->a], start, end, end_a, end_b;
	msc_u32 i = msc_first_from(sa, runs, start, vma_a->start);
	msc_u32 j = msc_first_from(sb, runs, start, vma_b->start);
	struct first index = { 0 }, order = { 0 };

	while (i < sa->nr_runs && sa->runs[i].vma == match->a && j < sb->nr_runs &&
	       sb->runs[j].vma == match->b) {
		const struct msc_run *a = &sa->runs[i], *b = &sb->runs[j];

		end_a = msc_run_end(a) + shift;
		end_b = msc_run_end(b);
		start = a->start + shift > b->start ? a->start + shift : b->start;
		end = end_a < end_b ? end_a : end_b;
		if (start < end)
			compare_parts(a, b, start, (end - start) >> MSC_PAGE_SHIFT, &index, &order);
		i += end_a <= end_b;
		j += end_b <= end_a;
	}
	tell(f->differ, where, "index", &index);
	tell(f->differ, where, "order", &order);
}

/* Where what is at @addr of a lies in b. */
static msc_u64 moved(const struct msc_align *align, msc_u64 addr)
{
	const struct msc_snapshot *a = align->a;
	msc_u32 behind = msc_first_from(a, vmas, start, addr + 1);

	return behind && addr < a->vmas[behind - 1].end ? addr + align->shifts[behind - 1] : addr;
}

/* What ksmd remembers; how old it is, and which node, differs from run to run. */
static void item_text(const struct msc_snapshot *s, msc_u32 i, char text[TEXT])
{
	const struct msc_rmap_item *item = &s->rmap_items[i];
	const char *now = item->now != MSC_NOW_NONE ? msc_item_now_name(item->now) : NULL;
	size_t len;

	len = (size_t)snprintf(text, TEXT, "%s%s%s", msc_item_state_name(item->state),
			       now ? " " : "", now ? now : "");
	if (s->facts.ksm_index && item->state == MSC_ITEM_STABLE && item->expected)
		snprintf(text + len, TEXT - len, " index %+lld",
			 (long long)(item->index - item->expected));
}

static void page_text(const struct msc_snapshot *s, msc_u32 i, char text[TEXT])
{
	snprintf(text, TEXT, "%s", msc_ksm_reach_name(msc_ksm_reach(s, &s->ksm_pages[i])));
}

/* struct kind - records that have an address, in the order of which they are */
struct kind {
	const char *key;
	msc_u32 (*nr)(const struct msc_snapshot *s);
	msc_u64 (*addr)(const struct msc_snapshot *s, msc_u32 i);
	msc_u32 (*from)(const struct msc_snapshot *s, msc_u64 addr);
	void (*text)(const struct msc_snapshot *s, msc_u32 i, char text[TEXT]);
};

static msc_u32 nr_items(const struct msc_snapshot *s)
{
	return s->nr_rmap_items;
}

static msc_u64 item_addr(const struct msc_snapshot *s, msc_u32 i)
{
	return s->rmap_items[i].addr;
}

static msc_u32 items_from(const struct msc_snapshot *s, msc_u64 addr)
{
	return msc_first_from(s, rmap_items, addr, addr);
}

static msc_u32 nr_pages(const struct msc_snapshot *s)
{
	return s->nr_ksm_pages;
}

static msc_u64 page_addr(const struct msc_snapshot *s, msc_u32 i)
{
	return s->ksm_pages[i].addr;
}

static msc_u32 pages_from(const struct msc_snapshot *s, msc_u64 addr)
{
	return msc_first_from(s, ksm_pages, addr, addr);
}

static const struct kind kinds[] = {
	{ "rmap_item", nr_items, item_addr, items_from, item_text },
	{ "reach", nr_pages, page_addr, pages_from, page_text },
};

/* Those of b before @end that a has none of. */
static void note_new(const struct kind *kind, const struct msc_snapshot *b, msc_u32 *next,
		     msc_u32 end, struct first *first)
{
	char to[TEXT];

	for (; *next < end; ++*next) {
		kind->text(b, *next, to);
		note(first, kind->addr(b, *next), 1, "none", to);
	}
}

static void compare_kind(const struct msc_facts_diff *f, const struct kind *kind)
{
	const struct msc_snapshot *a = f->align->a, *b = f->align->b;
	struct first first = { 0 };
	char from[TEXT], to[TEXT];
	msc_u32 i, j, next = 0;
	msc_u64 addr;

	for (i = 0; i < kind->nr(a); i++) {
		addr = moved(f->align, kind->addr(a, i));
		j = kind->from(b, addr);
		note_new(kind, b, &next, j, &first);
		kind->text(a, i, from);
		strcpy(to, "none");
		if (j < kind->nr(b) && kind->addr(b, j) == addr) {
			kind->text(b, j, to);
			next = j + 1;
		}
		if (strcmp(from, to) != 0)
			note(&first, addr, 1, from, to);
	}
	note_new(kind, b, &next, kind->nr(b), &first);
	tell(f->differ, "process", kind->key, &first);
}

void msc_facts_ksm(const struct msc_facts_diff *f)
{
	unsigned int i;

	if (f->align->a->ksm.lists != MSC_KSM_READ || f->align->b->ksm.lists != MSC_KSM_READ)
		return;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		compare_kind(f, &kinds[i]);
}
