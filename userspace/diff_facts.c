// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "../module/core/index.h"
#include "../module/core/ksm.h"
#include "../module/core/report.h"
#include "../module/core/rules.h"
#include "../module/core/run_text.h"
#include "diff_facts.h"
#include "pairs.h"
#include "prose.h"

typedef unsigned long long ull;

#define TEXT 256

void msc_tell(struct msc_differ *differ, const char *what, const char *where, const char *key,
	      const char *from, const char *to)
{
	const struct msc_change change = { what, where, key, from, to };

	differ->changes++;
	differ->change(differ, &change);
}

static void sum_pages(struct msc_pages_sum *sums, const struct msc_snapshot *s)
{
	const struct msc_run *run;
	unsigned int i;

	for (run = s->runs; run < s->runs + s->nr_runs; run++) {
		struct msc_pages_sum *sum = &sums[run->vma];

		sum->states[run->page.state] += run->pages;
		for (i = 0; i < MSC_ARRAY_SIZE(sum->bits); i++)
			sum->bits[i] += run->page.bits & MSC_BIT(i) ? run->pages : 0;
	}
}

/* The first VMA that has an anon_vma tells what became of it. */
static void match_id(struct msc_facts_diff *f, msc_u32 a, msc_u32 b)
{
	if (a && b && !msc_map_find(&f->ids, a))
		msc_map_add(&f->ids, a, b);
}

static bool match_ids(struct msc_facts_diff *f)
{
	const struct msc_align *align = f->align;
	const struct msc_vma *a, *b;
	msc_u32 i;

	/* Two keys for each match, at most; and three quarters may be used. */
	for (f->ids.max = 1024; f->ids.max / 4 * 3 < 2 * align->nr_matches + 1; f->ids.max *= 2)
		;
	f->ids.slots = calloc(f->ids.max, sizeof(*f->ids.slots));
	if (!f->ids.slots)
		return false;
	for (i = 0; i < align->nr_matches; i++) {
		a = &align->a->vmas[align->matches[i].a];
		b = &align->b->vmas[align->matches[i].b];
		match_id(f, a->anon_vma_id, b->anon_vma_id);
		match_id(f, a->anon_root_id, b->anon_root_id);
	}
	return true;
}

bool msc_facts_init(struct msc_facts_diff *f, struct msc_differ *differ,
		    const struct msc_align *align)
{
	*f = (struct msc_facts_diff){ .differ = differ, .align = align };
	f->pages_a = calloc(align->a->nr_vmas + 1, sizeof(*f->pages_a));
	f->pages_b = calloc(align->b->nr_vmas + 1, sizeof(*f->pages_b));
	if (!f->pages_a || !f->pages_b)
		return false;
	sum_pages(f->pages_a, align->a);
	sum_pages(f->pages_b, align->b);
	return match_ids(f);
}

void msc_facts_free(struct msc_facts_diff *f)
{
	free(f->pages_a);
	free(f->pages_b);
	free(f->ids.slots);
}

/* struct fact - where a value is compared */
struct fact {
	struct msc_differ *differ;
	const char *where;
};

static void compare_text(const struct fact *at, const char *key, const char *a, const char *b)
{
	if (strcmp(a, b))
		msc_tell(at->differ, "changed", at->where, key, a, b);
}

static void compare_number(const struct fact *at, const char *key, msc_u64 a, msc_u64 b)
{
	char texts[2][24];

	if (a == b)
		return;
	snprintf(texts[0], sizeof(texts[0]), "%llu", (ull)a);
	snprintf(texts[1], sizeof(texts[1]), "%llu", (ull)b);
	msc_tell(at->differ, "changed", at->where, key, texts[0], texts[1]);
}

static void compare_bool(const struct fact *at, const char *key, bool a, bool b)
{
	compare_text(at, key, a ? "yes" : "no", b ? "yes" : "no");
}

static const char *merge_any_text(const struct msc_snapshot *s)
{
	if (!s->facts.merge_any)
		return "absent";
	return s->target.merge_any ? "yes" : "no";
}

void msc_facts_process(const struct msc_facts_diff *f)
{
	const struct fact at = { f->differ, "process" };
	const struct msc_snapshot *a = f->align->a, *b = f->align->b;

	compare_number(&at, "vmas", a->nr_vmas, b->nr_vmas);
	compare_text(&at, "merge_any", merge_any_text(a), merge_any_text(b));
	compare_bool(&at, "mergeable", a->target.mergeable, b->target.mergeable);
}

static void compare_flags(const struct fact *at, const struct msc_vma *a, const struct msc_vma *b)
{
	msc_u64 flags = a->flags ^ b->flags, other = a->other_flags ^ b->other_flags;

	if (flags || other)
		msc_tell(at->differ, "changed", at->where, "flags",
			 msc_flags_text(a->flags & flags, a->other_flags & other),
			 msc_flags_text(b->flags & flags, b->other_flags & other));
}

/*
 * @moved is how many pages further the address is, if the offset goes with the address. That of a
 * stack does not: it was made at the top, and moved (fs/exec.c:setup_arg_pages()).
 */
static void compare_pgoff(const struct fact *at, const char *key, msc_u64 a, msc_u64 b,
			  msc_u64 moved)
{
	char texts[2][24];

	if (a == b || a + moved == b)
		return;
	snprintf(texts[0], sizeof(texts[0]), "0x%llx", (ull)a);
	snprintf(texts[1], sizeof(texts[1]), "0x%llx", (ull)b);
	msc_tell(at->differ, "changed", at->where, key, texts[0], texts[1]);
}

/* Of the first page that both have. Anonymous memory goes by address, a file by its contents. */
static void compare_pgoffs(const struct msc_facts_diff *f, const struct fact *at,
			   const struct msc_match *match)
{
	const struct msc_vma *a = &f->align->a->vmas[match->a], *b = &f->align->b->vmas[match->b];
	msc_u64 shift = f->align->shifts[match->a], start = a->start + shift;
	msc_u64 first = start > b->start ? start : b->start;
	msc_u64 into_a = (first - start) >> MSC_PAGE_SHIFT;
	msc_u64 into_b = (first - b->start) >> MSC_PAGE_SHIFT;
	msc_u64 moved = (msc_u64)((long long)shift >> MSC_PAGE_SHIFT);
	bool by_address = a->kind == MSC_KIND_ANON && !a->file && !b->file;

	compare_pgoff(at, "pgoff", a->pgoff + into_a, b->pgoff + into_b, by_address ? moved : 0);
	if (f->align->a->facts.anon_pgoff && f->align->b->facts.anon_pgoff && !by_address)
		compare_pgoff(at, "anon_pgoff", a->anon_pgoff + into_a, b->anon_pgoff + into_b,
			      moved);
}

/* Ids are the same if one became the other. */
static void compare_ids(const struct msc_facts_diff *f, const struct fact *at, const char *key,
			msc_u32 a, msc_u32 b)
{
	const msc_u32 *became = a ? msc_map_find(&f->ids, a) : NULL;
	char texts[2][24] = { "none", "none" };

	if ((became ? *became : 0) == b && !a == !b)
		return;
	if (a)
		snprintf(texts[0], sizeof(texts[0]), "a%u", a);
	if (b)
		snprintf(texts[1], sizeof(texts[1]), "a%u", b);
	msc_tell(at->differ, "changed", at->where, key, texts[0], texts[1]);
}

static void compare_policies(const struct msc_facts_diff *f, const struct fact *at,
			     const struct msc_vma *a, const struct msc_vma *b)
{
	const struct msc_policy *pa = a->policy ? &f->align->a->policies[a->policy - 1] : NULL;
	const struct msc_policy *pb = b->policy ? &f->align->b->policies[b->policy - 1] : NULL;
	char texts[2][24] = { "none", "none" };

	if (pa && pb && !memcmp(pa, pb, sizeof(*pa)))
		return;
	if (pa)
		snprintf(texts[0], sizeof(texts[0]), "p%u", a->policy);
	if (pb)
		snprintf(texts[1], sizeof(texts[1]), "p%u", b->policy);
	if (pa || pb)
		msc_tell(at->differ, "changed", at->where, "policy", texts[0], texts[1]);
}

static const char *ksm_text(const struct msc_snapshot *s, const struct msc_vma *vma)
{
	switch (msc_ksm_judge(s, vma).state) {
	case MSC_KSM_MERGEABLE:
		return "mergeable";
	case MSC_KSM_ELIGIBLE:
		return "eligible";
	default:
		return "excluded";
	}
}

/* "anon 4 (writable 4, exclusive 4)": all that the runs add up to. */
static void pages_text(const struct msc_pages_sum *sum, char text[TEXT])
{
	const char *name;
	size_t len = 0;
	unsigned int i;
	msc_u32 bit;

	text[0] = '\0';
	for (i = 0; i < MSC_NR_PAGE_STATES; i++) {
		if (sum->states[i] && len < TEXT)
			len += (size_t)snprintf(text + len, TEXT - len, "%s%s %llu",
						len ? ", " : "", msc_page_state_name(i),
						(ull)sum->states[i]);
	}
	for (i = 0; (name = msc_page_bit_name(i, &bit)); i++) {
		msc_u64 pages = sum->bits[__builtin_ctz(bit)];

		if (pages && len < TEXT)
			len += (size_t)snprintf(text + len, TEXT - len, ", %s %llu", name,
						(ull)pages);
	}
}

static void compare_pages(const struct msc_facts_diff *f, const struct fact *at,
			  const struct msc_match *match)
{
	char texts[2][TEXT];

	pages_text(&f->pages_a[match->a], texts[0]);
	pages_text(&f->pages_b[match->b], texts[1]);
	/* Only what both have looked at. */
	if (texts[0][0] && texts[1][0])
		compare_text(at, "pages", texts[0], texts[1]);
}

/* "blocked by pgoff,flags", "hole" and so on. */
static void verdict_text(const struct msc_snapshot *s, msc_u32 index, char text[TEXT])
{
	static const char *const outcomes[] = {
		[MSC_LAST] = "last", [MSC_HOLE] = "hole", [MSC_CANDIDATE] = "merged-candidate",
		[MSC_BLOCKED] = "blocked by ", [MSC_UNKNOWN] = "unknown",
	};
	struct msc_verdict v = msc_pairs_verdict(s, index);
	size_t len = (size_t)snprintf(text, TEXT, "%s", outcomes[v.outcome]);
	const char *separator = "";
	unsigned int i;

	for (i = 0; v.outcome == MSC_BLOCKED && i < MSC_B_NR; i++) {
		if (!(v.blockers & MSC_BIT(i)))
			continue;
		len += (size_t)snprintf(text + len, TEXT - len, "%s%s", separator,
					msc_blocker_name(i));
		separator = ",";
	}
}

/* What only VMAs of one range have in common. */
static void compare_whole(const struct msc_facts_diff *f, const struct fact *at,
			  const struct msc_match *match)
{
	const struct msc_vma *a = &f->align->a->vmas[match->a], *b = &f->align->b->vmas[match->b];
	msc_u64 shift = f->align->shifts[match->a];
	char texts[2][TEXT];

	if (a->end + shift == b->end) {
		verdict_text(f->align->a, match->a, texts[0]);
		verdict_text(f->align->b, match->b, texts[1]);
		compare_text(at, "next", texts[0], texts[1]);
		if (a->start + shift == b->start) {
			compare_pages(f, at, match);
			msc_facts_runs(f, match, at->where);
		}
	}
	if (f->align->nr_of_a[match->a] == 1 && f->align->nr_of_b[match->b] == 1 &&
	    (a->start + shift != b->start || a->end + shift != b->end))
		compare_number(at, "pages_in_all", msc_vma_pages(a), msc_vma_pages(b));
}

void msc_facts_vmas(const struct msc_facts_diff *f, const struct msc_match *match)
{
	const struct msc_snapshot *sa = f->align->a, *sb = f->align->b;
	const struct msc_vma *a = &sa->vmas[match->a], *b = &sb->vmas[match->b];
	char where[512];
	const struct fact at = { f->differ, where };

	/* The buffer that the text is in is used again on the way. */
	snprintf(where, sizeof(where), "%s", msc_vma_text(sb, b));
	compare_text(&at, "kind", msc_kind_name(a->kind), msc_kind_name(b->kind));
	compare_flags(&at, a, b);
	compare_pgoffs(f, &at, match);
	compare_ids(f, &at, "anon_vma", a->anon_vma_id, b->anon_vma_id);
	compare_ids(f, &at, "root", a->anon_root_id, b->anon_root_id);
	compare_number(&at, "avcs", a->avcs, b->avcs);
	compare_policies(f, &at, a, b);
	compare_bool(&at, "uffd", a->uffd, b->uffd);
	compare_bool(&at, "close", a->bits & MSC_VMA_CLOSE, b->bits & MSC_VMA_CLOSE);
	compare_text(&at, "name", msc_plain(msc_snapshot_string(sa, a->name)),
		     msc_plain(msc_snapshot_string(sb, b->name)));
	compare_text(&at, "ksm", ksm_text(sa, a), ksm_text(sb, b));
	compare_whole(f, &at, match);
}
