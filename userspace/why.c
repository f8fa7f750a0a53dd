// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "../module/core/report.h"
#include "judge.h"
#include "pairs.h"
#include "prose.h"
#include "reason.h"
#include "why.h"

typedef unsigned long long ull;

/* Pairs shown for each reason, at most. */
#define MAX_EXAMPLES 2
/* Flags named for the reason flags. */
#define MAX_FLAGS 5

static void put_process(FILE *out, const struct msc_snapshot *s)
{
	msc_prose(out, 0, "%s (%d), kernel %s: %s.", msc_plain(s->target.comm), s->target.pid,
		  msc_plain(s->facts.release), msc_count(s->nr_vmas, "VMA"));
	if (!s->facts.merge_rules_known)
		msc_prose(out, 0, "Nobody has read the merge code of this very series: what "
			  "follows takes it to be that of %s.", msc_plain(s->facts.merge_rules));
	if (s->lock.torn)
		msc_prose(out, 0, "The report is torn: the process changed its VMAs at %s while "
			  "it was taken.", msc_count(s->lock.torn, "place"));
}

/* "mg 30, wr 12": the flags that keep most pairs apart. */
static void put_top_flags(FILE *out, const struct msc_pairs *pairs)
{
	msc_u64 left[MSC_NR_VMFLAGS];
	unsigned int n, i, top;

	memcpy(left, pairs->flags, sizeof(left));
	for (n = 0; n < MAX_FLAGS; n++) {
		top = 0;
		for (i = 1; i < MSC_NR_VMFLAGS; i++) {
			if (left[i] > left[top])
				top = i;
		}
		if (!left[top])
			return;
		fprintf(out, "%s%s %llu", n ? ", " : ": ", msc_vmflag_code(top), (ull)left[top]);
		left[top] = 0;
	}
}

static void put_table(FILE *out, const struct msc_pairs *pairs, const enum msc_blocker *order,
		      unsigned int nr)
{
	unsigned int i;

	fprintf(out, "\n   pairs   alone  because\n");
	for (i = 0; i < nr; i++) {
		fprintf(out, "%8llu%8llu  %s: %s", (ull)pairs->by[order[i]],
			(ull)pairs->alone[order[i]], msc_blocker_name(order[i]),
			msc_reasons[order[i]].title);
		if (order[i] == MSC_B_FLAGS)
			put_top_flags(out, pairs);
		fputc('\n', out);
	}
}

static void put_sums(FILE *out, const struct msc_pairs *pairs)
{
	msc_u64 apart = pairs->outcomes[MSC_BLOCKED], holes = pairs->outcomes[MSC_HOLE];
	msc_u64 candidates = pairs->outcomes[MSC_CANDIDATE];
	msc_u64 unknown = pairs->outcomes[MSC_UNKNOWN];
	msc_u64 all = apart + holes + candidates + unknown;

	msc_prose(out, 0, "Of %s of neighbours %llu %s a hole between them.",
		  msc_count(all, "pair"), (ull)holes, holes == 1 ? "has" : "have");
	if (unknown)
		msc_prose(out, 0, "Of %llu nothing can be said: the lock was let go in between.",
			  (ull)unknown);
	if (candidates)
		msc_prose(out, 0, "Nothing keeps %s apart: the kernel merges VMAs only when a "
			  "system call modifies one of them (mprotect(), madvise(), mlock(), "
			  "...), and has had no occasion.", msc_count(candidates, "pair"));
	if (apart)
		msc_prose(out, 0, "%s %s kept apart:", msc_count(apart, "pair"),
			  apart == 1 ? "is" : "are");
	else
		msc_prose(out, 0, "No two VMAs that touch are kept apart.");
}

/* Pair @index, and what @blocker says of it; @others are its other blockers. */
static void put_example(FILE *out, const struct msc_snapshot *s, msc_u32 index,
			enum msc_blocker blocker, msc_u32 others)
{
	const char *separator = "      also apart by ";
	unsigned int i;

	fprintf(out, "    %s\n    %s\n", msc_vma_text(s, &s->vmas[index]),
		msc_vma_text(s, &s->vmas[index + 1]));
	msc_why_pair(out, 6, s, index, MSC_BIT(blocker));
	for (i = 0; i < MSC_B_NR; i++) {
		if (!(others & MSC_BIT(i)))
			continue;
		fprintf(out, "%s%s", separator, msc_blocker_name(i));
		separator = ", ";
	}
	if (others)
		fputc('\n', out);
}

/* The first pairs that are apart by @blocker; those that are by it alone tell most. */
static void put_examples(FILE *out, const struct msc_snapshot *s, enum msc_blocker blocker,
			 bool alone)
{
	unsigned int shown = 0;
	struct msc_verdict v;
	msc_u32 i, others;

	for (i = 0; i + 1 < s->nr_vmas && shown < MAX_EXAMPLES; i++) {
		v = msc_pairs_verdict(s, i);
		if (v.outcome != MSC_BLOCKED || !(v.blockers & MSC_BIT(blocker)))
			continue;
		others = v.blockers & ~MSC_BIT(blocker);
		if (alone && others)
			continue;
		put_example(out, s, i, blocker, others);
		shown++;
	}
}

static void put_reason(FILE *out, const struct msc_snapshot *s, const struct msc_pairs *pairs,
		       enum msc_blocker blocker)
{
	const struct msc_reason *reason = &msc_reasons[blocker];

	fprintf(out, "\n%s: %s\n", msc_blocker_name(blocker), reason->title);
	msc_prose(out, 2, "%s", reason->meaning);
	msc_prose(out, 2, "What would merge them: %s", reason->remedy);
	fprintf(out, "  For example:\n");
	put_examples(out, s, blocker, pairs->alone[blocker]);
}

static void put_gain(FILE *out, const struct msc_pairs *pairs)
{
	msc_u64 alone = 0;
	unsigned int i;

	for (i = 0; i < MSC_B_NR; i++)
		alone += pairs->alone[i];
	fputc('\n', out);
	if (alone)
		msc_prose(out, 0, "\"alone\": nothing else keeps these pairs apart. Without "
			  "their one reason there would be up to %s less.",
			  msc_count(alone, "VMA"));
	else
		msc_prose(out, 0, "\"alone\": nothing else keeps these pairs apart. Here each "
			  "pair has more than one reason.");
}

static void put_pairs(FILE *out, const struct msc_snapshot *s)
{
	enum msc_blocker order[MSC_B_NR];
	struct msc_pairs pairs;
	unsigned int nr, i;

	msc_pairs_count(s, &pairs);
	put_sums(out, &pairs);
	nr = msc_pairs_order(&pairs, order);
	if (!nr)
		return;
	put_table(out, &pairs, order, nr);
	put_gain(out, &pairs);
	for (i = 0; i < nr; i++)
		put_reason(out, s, &pairs, order[i]);
}

static void put_amount(FILE *out, const struct msc_amount *amount, const char *what)
{
	fprintf(out, "  %s, %s: %s\n", msc_count(amount->vmas, "VMA"),
		msc_size_text(amount->pages), what);
}

static void put_ksm_exclusions(FILE *out, const struct msc_ksm_amounts *ksm)
{
	unsigned int i;

	put_amount(out, &ksm->states[MSC_KSM_EXCLUDED], "left out by KSM, because of");
	for (i = 0; i < MSC_NR_VMFLAGS; i++) {
		if (ksm->by_flag[i].vmas)
			fprintf(out, "    %s in %s, %s\n", msc_vmflag_code(i),
				msc_count(ksm->by_flag[i].vmas, "VMA"),
				msc_size_text(ksm->by_flag[i].pages));
	}
	if (ksm->by_dax.vmas)
		fprintf(out, "    DAX in %s, %s\n", msc_count(ksm->by_dax.vmas, "VMA"),
			msc_size_text(ksm->by_dax.pages));
}

static const char *merge_any_text(const struct msc_snapshot *s)
{
	if (!s->facts.merge_any)
		return "this kernel has no PR_SET_MEMORY_MERGE (before 6.4)";
	return s->target.merge_any ? "PR_SET_MEMORY_MERGE is in force"
				   : "PR_SET_MEMORY_MERGE is not in force";
}

static void put_ksm(FILE *out, const struct msc_snapshot *s)
{
	struct msc_ksm_amounts ksm;

	msc_ksm_count(s, &ksm);
	fputs("\nKSM\n", out);
	msc_prose(out, 2, "%s; ksmd %s this process.", merge_any_text(s),
		  s->target.mergeable ? "knows" : "does not know");
	if (ksm.states[MSC_KSM_MERGEABLE].vmas)
		put_amount(out, &ksm.states[MSC_KSM_MERGEABLE], "mergeable");
	if (ksm.states[MSC_KSM_ELIGIBLE].vmas)
		put_amount(out, &ksm.states[MSC_KSM_ELIGIBLE],
			   "eligible: madvise(MADV_MERGEABLE) would make them mergeable");
	if (ksm.states[MSC_KSM_EXCLUDED].vmas)
		put_ksm_exclusions(out, &ksm);
	if (ksm.late.vmas)
		msc_prose(out, 2, "Under PR_SET_MEMORY_MERGE %s would not merge with mergeable "
			  "neighbours when mapped: VM_MERGEABLE comes after the attempt.",
			  msc_count(ksm.late.vmas, "VMA"));
}

static void put_rules(FILE *out, const struct msc_snapshot *s)
{
	struct msc_judge judge = msc_judge_all(s);

	if (!(s->sections & MSC_SECTION_CHECK))
		return;
	fputs("\nInvariants\n", out);
	if (judge.violations)
		msc_prose(out, 2, "%s: mergescope check says where.",
			  msc_count(judge.violations, "violation"));
	else
		msc_prose(out, 2, "All hold: %s, %llu of them without an answer.",
			  msc_count(judge.checked + judge.unknown, "check"), (ull)judge.unknown);
}

void msc_why(FILE *out, const struct msc_snapshot *s)
{
	put_process(out, s);
	if (s->nr_vmas > 1)
		put_pairs(out, s);
	put_ksm(out, s);
	put_rules(out, s);
}
