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
	msc_u64 start, end;
	bool stays;	/* some VMA of this name is at the same address in both */
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
			anchors[found++] = (struct anchor){ .name = name_of(s, &s->vmas[i]),
							    .start = s->vmas[i].start,
							    .end = s->vmas[i].end };
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

static struct anchor *find_anchor(struct anchor *anchors, msc_u32 nr, const char *name)
{
	const struct anchor key = { .name = name };

	return nr ? bsearch(&key, anchors, nr, sizeof(key), compare_names) : NULL;
}

/* Can one have become the other? A file's mapping is not another file's. */
static bool is_alike(const struct msc_align *align, msc_u32 i, msc_u32 j)
{
	const struct msc_vma *a = &align->a->vmas[i], *b = &align->b->vmas[j];

	if (a->file && b->file)
		return a->anon_name || b->anon_name ||
		       !strcmp(name_of(align->a, a), name_of(align->b, b));
	return a->kind == b->kind;
}

/* A VMA that both have at one address has not moved. */
static void find_exact(struct msc_align *align, bool *known)
{
	const struct msc_snapshot *a = align->a, *b = align->b;
	msc_u32 i = 0, j = 0;

	while (i < a->nr_vmas && j < b->nr_vmas) {
		if (a->vmas[i].start == b->vmas[j].start)
			known[i] = is_alike(align, i, j);
		if (a->vmas[i].start <= b->vmas[j].start)
			i++;
		else
			j++;
	}
}

static void find_staying(const struct msc_align *align, const bool *known, struct anchor *of_a,
			 msc_u32 nr_a)
{
	struct anchor *from;
	msc_u32 i;

	for (i = 0; i < align->a->nr_vmas; i++) {
		from = find_anchor(of_a, nr_a, name_of(align->a, &align->a->vmas[i]));
		if (from && known[i])
			from->stays = true;
	}
}

/*
 * Is it one layout, where a file at another address was moved by the process? Randomisation chooses
 * where the stack and the vDSO are when a program is executed (fs/binfmt_elf.c:load_elf_binary()):
 * if one of them stays, the other was moved too. Without either, go by most of the anchors. The
 * stack grows down: it stays if its end does.
 */
static bool is_one_layout(const struct anchor *of_a, msc_u32 nr_a, struct anchor *of_b,
			  msc_u32 nr_b)
{
	msc_u32 both = 0, staying = 0, i;
	bool chosen = false;

	for (i = 0; i < nr_a; i++) {
		const struct anchor *to = find_anchor(of_b, nr_b, of_a[i].name);
		bool stays = to && (of_a[i].stays || to->end == of_a[i].end);

		if (!to)
			continue;
		both++;
		staying += stays;
		if (strcmp(to->name, "[stack]") && strcmp(to->name, "[vdso]"))
			continue;
		if (stays)
			return true;
		chosen = true;
	}
	return !chosen && 2 * staying > both;
}

/* A file, the heap or the stack that is nowhere where it was: go by the first VMA of its name. */
static void shift_by_anchors(struct msc_align *align, bool *known, struct anchor *of_a,
			     msc_u32 nr_a, struct anchor *of_b, msc_u32 nr_b)
{
	const struct anchor *from, *to;
	const char *name;
	msc_u32 i;

	for (i = 0; i < align->a->nr_vmas; i++) {
		name = name_of(align->a, &align->a->vmas[i]);
		from = find_anchor(of_a, nr_a, name);
		to = from ? find_anchor(of_b, nr_b, name) : NULL;
		if (!to || known[i])
			continue;
		align->shifts[i] = from->stays ? 0 : to->start - from->start;
		known[i] = true;
	}
}

/* All else goes where the nearest one goes of which it is known. */
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

static bool find_shifts(struct msc_align *align)
{
	bool *known = calloc(align->a->nr_vmas + 1, sizeof(*known));
	struct anchor *of_a, *of_b;
	msc_u32 nr_a, nr_b;
	bool ok;

	of_a = list_anchors(align->a, &nr_a);
	of_b = list_anchors(align->b, &nr_b);
	ok = known && of_a && of_b;
	if (ok) {
		find_exact(align, known);
		find_staying(align, known, of_a, nr_a);
	}
	if (ok && !is_one_layout(of_a, nr_a, of_b, nr_b)) {
		shift_by_anchors(align, known, of_a, nr_a, of_b, nr_b);
		spread_shifts(align, known);
	}
	free(known);
	free(of_a);
	free(of_b);
	return ok;
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
