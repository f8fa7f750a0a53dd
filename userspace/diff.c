// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../module/core/index.h"
#include "diff.h"
#include "diff_align.h"
#include "diff_facts.h"
#include "prose.h"

/* VMAs named on one side of a split or a merge. */
#define MAX_NAMED 4
#define TEXT 2048

/* struct moves - what vanished in one place and is found in another */
struct moves {
	const struct msc_align *align;
	const struct msc_vma **sources;	/* VMAs of a that can have been moved, by page offset */
	msc_u32 nr;
	bool *moved;			/* of each VMA of a: some of it was found */
};

static int compare_pgoff(const void *x, const void *y)
{
	const struct msc_vma *const *a = x, *const *b = y;

	if ((*a)->pgoff != (*b)->pgoff)
		return (*a)->pgoff < (*b)->pgoff ? -1 : 1;
	return *a < *b ? -1 : *a > *b;
}

static bool find_sources(struct moves *m, const struct msc_align *align)
{
	const struct msc_snapshot *a = align->a;
	msc_u32 i;

	*m = (struct moves){ .align = align };
	m->sources = calloc(a->nr_vmas + 1, sizeof(*m->sources));
	m->moved = calloc(a->nr_vmas + 1, sizeof(*m->moved));
	if (!m->sources || !m->moved)
		return false;
	for (i = 0; i < a->nr_vmas; i++) {
		/* A file's contents can be mapped twice; anonymous memory is in one place. */
		if (a->vmas[i].kind == MSC_KIND_ANON || !align->nr_of_a[i])
			m->sources[m->nr++] = &a->vmas[i];
	}
	qsort(m->sources, m->nr, sizeof(*m->sources), compare_pgoff);
	return true;
}

static bool is_displaced(const struct msc_vma *vma)
{
	return vma->pgoff != vma->start >> MSC_PAGE_SHIFT;
}

/*
 * Can anonymous @b be memory of @a, by where they are? Memory that was touched keeps its page
 * offset when it moves. At the address of its page offset @b may as well be new; not if it was
 * touched, and the displaced VMA that had its page offset is there no more.
 */
static bool has_come_from(const struct moves *m, const struct msc_vma *a, const struct msc_vma *b)
{
	return is_displaced(b) || (b->anon_vma && a->anon_vma && is_displaced(a) &&
				   !m->align->nr_of_a[a - m->align->a->vmas]);
}

static bool can_be_source(const struct moves *m, const struct msc_vma *a, const struct msc_vma *b)
{
	const struct msc_snapshot *sa = m->align->a, *sb = m->align->b;

	if (a->kind != b->kind || b->pgoff - a->pgoff >= msc_vma_pages(a) ||
	    msc_vma_pages(b) > msc_vma_pages(a) - (b->pgoff - a->pgoff))
		return false;
	if (a->kind == MSC_KIND_ANON)
		return has_come_from(m, a, b);
	return !strcmp(msc_snapshot_string(sa, a->name), msc_snapshot_string(sb, b->name));
}

/*
 * Where @b, which has appeared, was before; NULL if nowhere. Looks at the few that begin last
 * before its page offset.
 */
static const struct msc_vma *source_of(struct moves *m, const struct msc_vma *b)
{
	msc_u32 low = 0, high = m->nr, middle, tried;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (m->sources[middle]->pgoff <= b->pgoff)
			low = middle + 1;
		else
			high = middle;
	}
	for (tried = 0; low && tried < 16; tried++) {
		if (can_be_source(m, m->sources[--low], b))
			return m->sources[low];
	}
	return NULL;
}

/* @text in a buffer of one's own: the functions of prose.h use theirs again. */
static void keep(char to[TEXT], const char *text)
{
	snprintf(to, TEXT, "%s", text);
}

static void tell_appeared(struct moves *m, struct msc_differ *differ)
{
	const struct msc_snapshot *a = m->align->a, *b = m->align->b;
	char from[TEXT], to[TEXT];
	const struct msc_vma *source;
	msc_u32 i;

	for (i = 0; i < b->nr_vmas; i++) {
		if (m->align->nr_of_b[i])
			continue;
		keep(to, msc_vma_text(b, &b->vmas[i]));
		source = source_of(m, &b->vmas[i]);
		if (!source) {
			msc_tell(differ, "appeared", to, NULL, NULL, NULL);
			continue;
		}
		m->moved[source - a->vmas] = true;
		keep(from, msc_vma_text(a, source));
		msc_tell(differ, "moved", to, NULL, from, to);
	}
}

static void tell_vanished(const struct moves *m, struct msc_differ *differ)
{
	const struct msc_snapshot *a = m->align->a;
	char where[TEXT];
	msc_u32 i;

	for (i = 0; i < a->nr_vmas; i++) {
		if (m->align->nr_of_a[i] || m->moved[i])
			continue;
		keep(where, msc_vma_text(a, &a->vmas[i]));
		msc_tell(differ, "vanished", where, NULL, NULL, NULL);
	}
}

/* "X, Y and 3 more" of @nr VMAs. */
static void add_name(char text[TEXT], unsigned int index, unsigned int nr, const char *name)
{
	size_t len = strlen(text);

	if (index < MAX_NAMED)
		snprintf(text + len, TEXT - len, "%s%s", index ? ", " : "", name);
	else if (index == MAX_NAMED)
		snprintf(text + len, TEXT - len, " and %u more", nr - MAX_NAMED);
}

/* How many matches from @i on are of one VMA of a, or (@of_b) of b: they follow one another. */
static msc_u32 count_same(const struct msc_align *align, msc_u32 i, bool of_b)
{
	const struct msc_match *match = &align->matches[i];
	msc_u32 nr = 1;

	while (i + nr < align->nr_matches &&
	       (of_b ? match[nr].b == match->b : match[nr].a == match->a))
		nr++;
	return nr;
}

static void tell_splits(const struct msc_align *align, struct msc_differ *differ)
{
	char from[TEXT], to[TEXT];
	msc_u32 i, n, nr;

	for (i = 0; i < align->nr_matches; i += nr) {
		const struct msc_match *match = &align->matches[i];

		nr = count_same(align, i, false);
		if (nr < 2)
			continue;
		keep(from, msc_vma_text(align->a, &align->a->vmas[match->a]));
		to[0] = '\0';
		for (n = 0; n < nr; n++)
			add_name(to, n, nr, msc_vma_text(align->b, &align->b->vmas[match[n].b]));
		msc_tell(differ, "split", from, NULL, from, to);
	}
}

static void tell_merges(const struct msc_align *align, struct msc_differ *differ)
{
	char from[TEXT], to[TEXT];
	msc_u32 i, n, nr;

	for (i = 0; i < align->nr_matches; i += nr) {
		const struct msc_match *match = &align->matches[i];

		nr = count_same(align, i, true);
		if (nr < 2)
			continue;
		keep(to, msc_vma_text(align->b, &align->b->vmas[match->b]));
		from[0] = '\0';
		for (n = 0; n < nr; n++)
			add_name(from, n, nr,
				 msc_vma_text(align->a, &align->a->vmas[match[n].a]));
		msc_tell(differ, "merged", to, NULL, from, to);
	}
}

static bool tell_all(const struct msc_align *align, struct moves *m, struct msc_facts_diff *f,
		     struct msc_differ *differ)
{
	msc_u32 i;

	msc_facts_process(f);
	tell_vanished(m, differ);
	tell_splits(align, differ);
	tell_merges(align, differ);
	for (i = 0; i < align->nr_matches; i++)
		msc_facts_vmas(f, &align->matches[i]);
	msc_facts_ksm(f);
	msc_facts_rules(f);
	return msc_facts_anon_vmas(f);
}

bool msc_diff(const struct msc_snapshot *a, const struct msc_snapshot *b,
	      struct msc_differ *differ)
{
	struct msc_facts_diff f = { 0 };
	struct msc_align align;
	struct moves m = { 0 };
	bool ok;

	ok = msc_align(&align, a, b, differ->same_addresses) && find_sources(&m, &align) &&
	     msc_facts_init(&f, differ, &align);
	if (ok) {
		/* First: what is found somewhere else has not vanished. */
		tell_appeared(&m, differ);
		ok = tell_all(&align, &m, &f, differ);
	}
	free(m.sources);
	free(m.moved);
	msc_facts_free(&f);
	msc_align_free(&align);
	return ok;
}
