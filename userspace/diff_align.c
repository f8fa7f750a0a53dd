// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "diff_align.h"

static const char *name_of(const struct msc_snapshot *s, const struct msc_vma *vma)
{
	return msc_snapshot_string(s, vma->name);
}

/* Names that stand for one place in a process, and those of files. */
static bool is_anchor(const char *name)
{
	return *name == '/' || !strcmp(name, "[heap]") || !strcmp(name, "[stack]") ||
	       !strcmp(name, "[vdso]") || !strcmp(name, "[vvar]");
}

/* struct anchor - the first VMA of a name */
struct anchor {
	const char *name;
	msc_u64 start;
};

static int compare_anchors(const void *x, const void *y)
{
	const struct anchor *a = x, *b = y;
	int order = strcmp(a->name, b->name);

	if (order)
		return order;
	return a->start < b->start ? -1 : a->start > b->start;
}

/* The anchors of @s, by name, each once. NULL if there is no memory. */
static struct anchor *list_anchors(const struct msc_snapshot *s, msc_u32 *nr)
{
	struct anchor *anchors = calloc(s->nr_vmas + 1, sizeof(*anchors));
	msc_u32 i, kept = 0, found = 0;

	for (i = 0; anchors && i < s->nr_vmas; i++) {
		if (is_anchor(name_of(s, &s->vmas[i])))
			anchors[found++] = (struct anchor){ name_of(s, &s->vmas[i]),
							    s->vmas[i].start };
	}
	if (found)
		qsort(anchors, found, sizeof(*anchors), compare_anchors);
	for (i = 0; i < found; i++) {
		if (!kept || strcmp(anchors[kept - 1].name, anchors[i].name))
			anchors[kept++] = anchors[i];
	}
	*nr = kept;
	return anchors;
}

static int compare_names(const void *x, const void *y)
{
	return strcmp(((const struct anchor *)x)->name, ((const struct anchor *)y)->name);
}

static const struct anchor *find_anchor(const struct anchor *anchors, msc_u32 nr, const char *name)
{
	const struct anchor key = { .name = name };

	return nr ? bsearch(&key, anchors, nr, sizeof(key), compare_names) : NULL;
}

/* Of how many common anchors are the addresses the same? Half of them make one layout. */
static bool is_one_layout(const struct anchor *a, msc_u32 nr_a, const struct anchor *b,
			  msc_u32 nr_b)
{
	msc_u32 common = 0, same = 0, i;
	const struct anchor *other;

	for (i = 0; i < nr_a; i++) {
		other = find_anchor(b, nr_b, a[i].name);
		if (!other)
			continue;
		common++;
		same += other->start == a[i].start;
	}
	return 2 * same >= common;
}

/* A VMA without an anchor's name goes where the nearest one with such a name goes. */
static void spread_shifts(struct msc_align *align, const bool *known)
{
	const struct msc_vma *vmas = align->a->vmas;
	msc_u32 nr = align->a->nr_vmas, i, before = nr, behind = 0;
	msc_u64 gap_before, gap_behind;

	for (i = 0; i < nr; i++) {
		if (known[i]) {
			before = i;
			continue;
		}
		for (behind = behind > i ? behind : i; behind < nr && !known[behind]; behind++)
			;
		gap_before = before < nr ? vmas[i].start - vmas[before].end : ~0ULL;
		gap_behind = behind < nr ? vmas[behind].start - vmas[i].end : ~0ULL;
		if (before < nr && gap_before <= gap_behind)
			align->shifts[i] = align->shifts[before];
		else if (behind < nr)
			align->shifts[i] = align->shifts[behind];
	}
}

static bool shift_by_anchors(struct msc_align *align, const struct anchor *a, msc_u32 nr_a,
			     const struct anchor *b, msc_u32 nr_b)
{
	bool *known = calloc(align->a->nr_vmas + 1, sizeof(*known));
	const struct anchor *from, *to;
	const char *name;
	msc_u32 i;

	if (!known)
		return false;
	for (i = 0; i < align->a->nr_vmas; i++) {
		name = name_of(align->a, &align->a->vmas[i]);
		from = find_anchor(a, nr_a, name);
		to = from ? find_anchor(b, nr_b, name) : NULL;
		if (!to)
			continue;
		align->shifts[i] = to->start - from->start;
		known[i] = true;
	}
	spread_shifts(align, known);
	free(known);
	return true;
}

static bool find_shifts(struct msc_align *align)
{
	struct anchor *a, *b;
	msc_u32 nr_a, nr_b;
	bool ok;

	a = list_anchors(align->a, &nr_a);
	b = list_anchors(align->b, &nr_b);
	ok = a && b && (is_one_layout(a, nr_a, b, nr_b) ||
			shift_by_anchors(align, a, nr_a, b, nr_b));
	free(a);
	free(b);
	return ok;
}

/* Can one have become the other? A file's mapping is not another file's. */
static bool is_alike(const struct msc_align *align, msc_u32 i, msc_u32 j)
{
	const struct msc_vma *a = &align->a->vmas[i], *b = &align->b->vmas[j];

	if (a->kind != b->kind)
		return false;
	return a->kind == MSC_KIND_ANON || a->anon_name || b->anon_name ||
	       !strcmp(name_of(align->a, a), name_of(align->b, b));
}

/* struct place - a VMA of a, where it would lie in b */
struct place {
	msc_u64 start, end;
	msc_u32 index;
};

static int compare_places(const void *x, const void *y)
{
	const struct place *a = x, *b = y;

	return a->start < b->start ? -1 : a->start > b->start;
}

static struct place *list_places(const struct msc_align *align)
{
	msc_u32 nr = align->a->nr_vmas, i;
	struct place *places = calloc(nr + 1, sizeof(*places));

	for (i = 0; places && i < nr; i++)
		places[i] = (struct place){ align->a->vmas[i].start + align->shifts[i],
					    align->a->vmas[i].end + align->shifts[i], i };
	if (places)
		qsort(places, nr, sizeof(*places), compare_places);
	return places;
}

static void add_match(struct msc_align *align, msc_u32 i, msc_u32 j)
{
	if (!is_alike(align, i, j))
		return;
	align->matches[align->nr_matches++] = (struct msc_match){ i, j };
	align->nr_of_a[i]++;
	align->nr_of_b[j]++;
}

/* Both go by address: what ends first has no more matches. */
static void find_matches(struct msc_align *align, const struct place *places)
{
	msc_u32 i = 0, j = 0;

	while (i < align->a->nr_vmas && j < align->b->nr_vmas) {
		const struct msc_vma *b = &align->b->vmas[j];

		if (places[i].start < b->end && b->start < places[i].end)
			add_match(align, places[i].index, j);
		if (places[i].end <= b->end)
			i++;
		else
			j++;
	}
}

bool msc_align(struct msc_align *align, const struct msc_snapshot *a, const struct msc_snapshot *b,
	       bool same_addresses)
{
	struct place *places;

	*align = (struct msc_align){ .a = a, .b = b };
	align->shifts = calloc(a->nr_vmas + 1, sizeof(*align->shifts));
	/* Each step of the search is done with one VMA. */
	align->matches = calloc((size_t)a->nr_vmas + b->nr_vmas + 1, sizeof(*align->matches));
	align->nr_of_a = calloc(a->nr_vmas + 1, sizeof(*align->nr_of_a));
	align->nr_of_b = calloc(b->nr_vmas + 1, sizeof(*align->nr_of_b));
	if (!align->shifts || !align->matches || !align->nr_of_a || !align->nr_of_b)
		return false;
	if (!same_addresses && !find_shifts(align))
		return false;
	places = list_places(align);
	if (!places)
		return false;
	find_matches(align, places);
	free(places);
	return true;
}

void msc_align_free(struct msc_align *align)
{
	free(align->shifts);
	free(align->matches);
	free(align->nr_of_a);
	free(align->nr_of_b);
}
