// SPDX-License-Identifier: GPL-2.0
#include "../module/core/index.h"
#include "../module/core/ksm.h"
#include "../module/core/report.h"
#include "../module/core/run_text.h"
#include "pairs.h"
#include "prose.h"
#include "reason.h"
#include "why.h"

typedef unsigned long long ull;

static void merge_remedies(FILE *out, msc_u32 blockers)
{
	unsigned int i;

	for (i = 0; i < MSC_B_NR; i++) {
		if (blockers & MSC_BIT(i))
			msc_prose(out, 4, "What would help against %s: %s", msc_blocker_name(i),
				  msc_reasons[i].remedy);
	}
}

static const char *which_text(const struct msc_verdict *v)
{
	if (v->either)
		return "either";
	return v->side == MSC_MODIFY_RIGHT ? "the second" : "the first";
}

/* VMA @index and the next; @other is the one of the two that the reader does not look at. */
static void describe_pair(FILE *out, const struct msc_snapshot *s, msc_u32 index, const char *side,
			  const struct msc_vma *other)
{
	struct msc_verdict v = msc_pairs_verdict(s, index);

	switch (v.outcome) {
	case MSC_LAST:
		break;
	case MSC_HOLE:
		msc_prose(out, 2, "%s: %s lie between it and the VMA %s.", side,
			  msc_size_text((s->vmas[index + 1].start - s->vmas[index].end) >>
					MSC_PAGE_SHIFT),
			  msc_vma_text(s, other));
		break;
	case MSC_UNKNOWN:
		msc_prose(out, 2, "%s: not known, the lock was let go in between.", side);
		break;
	case MSC_CANDIDATE:
		msc_prose(out, 2, "%s: nothing keeps it apart from %s. They merge when %s of the "
			  "two is modified over its whole length (mprotect(), madvise(), "
			  "mlock(), ...).",
			  side, msc_vma_text(s, other), which_text(&v));
		break;
	case MSC_BLOCKED:
		msc_prose(out, 2, "%s: kept apart from %s by", side, msc_vma_text(s, other));
		msc_why_pair(out, 4, s, index, v.blockers);
		merge_remedies(out, v.blockers);
		break;
	}
}

static void describe_anon(FILE *out, const struct msc_vma *vma)
{
	if (!vma->anon_vma)
		msc_prose(out, 2, "It has no anon_vma: no page of it has been written to.");
	else if (vma->avcs > 1)
		msc_prose(out, 2, "Its anon_vma a%u came through fork: %s lead to it and to "
			  "those it was cloned from; root a%u.", vma->anon_vma_id,
			  msc_count(vma->avcs, "AVC"), vma->anon_root_id);
	else
		msc_prose(out, 2, "Its anon_vma is a%u, root a%u.", vma->anon_vma_id,
			  vma->anon_root_id);
}

static void describe_ksm(FILE *out, const struct msc_snapshot *s, const struct msc_vma *vma)
{
	struct msc_ksm_verdict v = msc_ksm_judge(s, vma);

	if (v.state == MSC_KSM_MERGEABLE)
		msc_prose(out, 2, "KSM: mergeable, VM_MERGEABLE is set.");
	else if (v.state == MSC_KSM_EXCLUDED)
		msc_prose(out, 2, "KSM: left out, because of %s%s.",
			  v.excluding_flags ? msc_flags_text(v.excluding_flags, 0) : "",
			  v.dax ? v.excluding_flags ? " and DAX" : "DAX" : "");
	else if (msc_ksm_when(s, vma) == MSC_KSM_LATE)
		msc_prose(out, 2, "KSM: eligible, not mergeable. PR_SET_MEMORY_MERGE would set "
			  "VM_MERGEABLE on a new mapping like this one only after it was tried to "
			  "merge it with its neighbours.");
	else
		msc_prose(out, 2, "KSM: eligible; madvise(MADV_MERGEABLE) makes it mergeable.");
}

static void describe_pages(FILE *out, const struct msc_snapshot *s, msc_u32 index)
{
	msc_u64 pages[MSC_NR_PAGE_STATES] = { 0 }, off = 0, nr = 0;
	const struct msc_run *run;
	unsigned int i;

	for (run = s->runs; run < s->runs + s->nr_runs; run++) {
		if (run->vma != index)
			continue;
		pages[run->page.state] += run->pages;
		off += run->page.state == MSC_PAGE_ANON && run->page.delta ? run->pages : 0;
		nr++;
	}
	if (!nr)
		return;
	fprintf(out, "  Pages:");
	for (i = 0; i < MSC_NR_PAGE_STATES; i++) {
		if (pages[i])
			fprintf(out, " %s %llu", msc_page_state_name(i), (ull)pages[i]);
	}
	fprintf(out, ", in %s.\n", msc_count(nr, "run"));
	if (off)
		msc_prose(out, 2, "%s of them have an index that their address does not ask for: "
			  "the reverse map will not find them.", msc_count(off, "page"));
}

/* Anonymous memory begins at its address; a private /dev/zero has its file's page offset. */
static bool has_moved(const struct msc_vma *vma)
{
	return vma->kind == MSC_KIND_ANON && !vma->file &&
	       vma->pgoff != vma->start >> MSC_PAGE_SHIFT;
}

static void describe(FILE *out, const struct msc_snapshot *s, msc_u32 index)
{
	const struct msc_vma *vma = &s->vmas[index];

	msc_prose(out, 0, "%s: %s, %s", msc_vma_text(s, vma), msc_kind_name(vma->kind),
		  msc_count(msc_vma_pages(vma), "page"));
	msc_prose(out, 2, "Page offset 0x%llx%s. Flags: %s.", (ull)vma->pgoff,
		  has_moved(vma) ? ", which is not its address: it was moved after it was touched"
				 : "",
		  msc_flags_text(vma->flags & ~MSC_VM_PKEY, vma->other_flags));
	if (s->facts.anon_pgoff && vma->anon_pgoff != vma->pgoff)
		msc_prose(out, 2, "Its anonymous pages have the page offset 0x%llx.",
			  (ull)vma->anon_pgoff);
	describe_anon(out, vma);
	if (index)
		describe_pair(out, s, index - 1, "Before it", vma - 1);
	if (index + 1 < s->nr_vmas)
		describe_pair(out, s, index, "Behind it", vma + 1);
	describe_ksm(out, s, vma);
	describe_pages(out, s, index);
}

bool msc_why_at(FILE *out, const struct msc_snapshot *s, msc_u64 addr)
{
	msc_u32 i;

	for (i = 0; i < s->nr_vmas; i++) {
		if (s->vmas[i].start <= addr && addr < s->vmas[i].end) {
			describe(out, s, i);
			return true;
		}
	}
	return false;
}
