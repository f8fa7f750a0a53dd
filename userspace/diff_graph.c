// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>

#include "../module/core/rules.h"
#include "diff_facts.h"

typedef unsigned long long ull;

static void compare(struct msc_differ *differ, const char *where, const char *key, msc_u64 a,
		    msc_u64 b)
{
	char texts[2][24];

	if (a == b)
		return;
	snprintf(texts[0], sizeof(texts[0]), "%llu", (ull)a);
	snprintf(texts[1], sizeof(texts[1]), "%llu", (ull)b);
	msc_tell(differ, "changed", where, key, texts[0], texts[1]);
}

static void compare_anon_vma(struct msc_differ *differ, const struct msc_anon_vma *a,
			     const struct msc_anon_vma *b)
{
	char where[32];

	snprintf(where, sizeof(where), "anon_vma a%u", b->id);
	compare(differ, where, "refcount", a->refcount, b->refcount);
	compare(differ, where, "children", a->children, b->children);
	compare(differ, where, "active", a->active, b->active);
	if (a->partial || b->partial)
		return;
	compare(differ, where, "here", a->avcs_here, b->avcs_here);
	compare(differ, where, "elsewhere", a->avcs_elsewhere, b->avcs_elsewhere);
}

static int compare_ids(const void *x, const void *y)
{
	const struct msc_anon_vma *const *a = x, *const *b = y;

	return (*a)->id < (*b)->id ? -1 : (*a)->id > (*b)->id;
}

/* The anon_vmas of @s by id; the caller frees them. NULL if there is no memory. */
static const struct msc_anon_vma **by_id(const struct msc_snapshot *s)
{
	const struct msc_anon_vma **sorted = calloc(s->nr_anon_vmas + 1, sizeof(*sorted));
	msc_u32 i;

	for (i = 0; sorted && i < s->nr_anon_vmas; i++)
		sorted[i] = &s->anon_vmas[i];
	if (sorted)
		qsort(sorted, s->nr_anon_vmas, sizeof(*sorted), compare_ids);
	return sorted;
}

bool msc_facts_anon_vmas(const struct msc_facts_diff *f)
{
	const struct msc_snapshot *a = f->align->a, *b = f->align->b;
	const struct msc_anon_vma **sorted = by_id(b), **found, *wanted;
	struct msc_anon_vma key;
	const msc_u32 *became;
	msc_u32 i;

	if (!sorted)
		return false;
	wanted = &key;
	for (i = 0; i < a->nr_anon_vmas; i++) {
		became = msc_map_find(&f->ids, a->anon_vmas[i].id);
		if (!became)
			continue;
		key.id = *became;
		found = bsearch(&wanted, sorted, b->nr_anon_vmas, sizeof(*sorted), compare_ids);
		if (found)
			compare_anon_vma(f->differ, &a->anon_vmas[i], *found);
	}
	free(sorted);
	return true;
}

void msc_facts_rules(const struct msc_facts_diff *f)
{
	const struct msc_snapshot *a = f->align->a, *b = f->align->b;
	char where[64];
	unsigned int i;

	if (!(a->sections & b->sections & MSC_SECTION_CHECK))
		return;
	for (i = 0; i < MSC_NR_RULES; i++) {
		struct msc_judge of_a = { 0 }, of_b = { 0 };

		msc_rules[i].judge(a, &of_a);
		msc_rules[i].judge(b, &of_b);
		snprintf(where, sizeof(where), "rule %s", msc_rules[i].name);
		compare(f->differ, where, "violations", of_a.violations, of_b.violations);
	}
}
