// SPDX-License-Identifier: GPL-2.0
#include "each.h"
#include "index.h"
#include "relocate.h"

const char *msc_safe_name(enum msc_safe safe)
{
	static const char *const names[MSC_NR_SAFES] = {
		[MSC_SAFE_NO] = "no",
		[MSC_SAFE_YES] = "yes",
		[MSC_SAFE_UNKNOWN] = "unknown",
	};

	return names[safe];
}

const char *msc_obstacle_name(enum msc_obstacle obstacle)
{
	static const char *const names[MSC_NR_OBSTACLES] = {
		[MSC_O_SHARED] = "shared", [MSC_O_EVER_SHARED] = "ever-shared",
		[MSC_O_KSM] = "ksm",	   [MSC_O_PINNED] = "pinned",
		[MSC_O_EDGE] = "edge",	   [MSC_O_HUGETLB] = "hugetlb",
		[MSC_O_FORK] = "fork",
	};

	return names[obstacle];
}

msc_bool msc_relocate_applies(const struct msc_snapshot *s, const struct msc_vma *vma)
{
	if (vma->kind == MSC_KIND_HUGETLB)
		return !(vma->flags & MSC_VM(MS));
	if (vma->file && !s->facts.anon_pgoff)
		return MSC_FALSE;
	return vma->kind == MSC_KIND_ANON || (vma->file && msc_vma_is_cow(vma));
}

msc_bool msc_relocate_is_moved(const struct msc_snapshot *s, const struct msc_vma *vma)
{
	return msc_relocate_applies(s, vma) && vma->kind != MSC_KIND_HUGETLB &&
	       msc_vma_rmap_pgoff(s, vma) != vma->start >> MSC_PAGE_SHIFT;
}

static void count(struct msc_tally *tally, msc_u64 pages, msc_u64 addr)
{
	if (!pages)
		return;
	if (!tally->count)
		tally->first = addr;
	tally->count += pages;
}

/* struct folio_end - where the last folio that was counted ends, at the farthest; bytes */
struct folio_end {
	msc_u64 addr;
	msc_u64 anon_vma, delta;
	msc_u8 order;
};

static msc_bool may_go_on(const struct folio_end *last, const struct msc_run *run)
{
	return last->order == run->page.order && last->anon_vma == run->page.anon_vma &&
	       last->delta == run->page.delta && last->addr > run->start;
}

/*
 * The fewest folios that @run can have pages of and the runs before it have not: what one page in a
 * folio's middle has of its own, like a bit of the entry, parts a run in two and not the folio.
 */
static msc_u64 more_folios(struct folio_end *last, const struct msc_run *run)
{
	const msc_u32 shift = MSC_PAGE_SHIFT + run->page.order;
	msc_u64 from = may_go_on(last, run) ? last->addr : run->start;
	msc_u64 end = msc_run_end(run);
	msc_u64 nr;

	if (!run->page.order)
		return run->pages;
	if (from >= end)
		return 0;
	nr = (end - from + MSC_BIT(shift) - 1) >> shift;
	*last = (struct folio_end){
		.addr = from + (nr << shift),
		.anon_vma = run->page.anon_vma,
		.delta = run->page.delta,
		.order = run->page.order,
	};
	return nr;
}

/*
 * An anonymous page, or the entry in its place with what the swap cache may have for it: each
 * obstacle by itself.
 */
static void judge_anon(struct msc_relocation *r, const struct msc_run *run)
{
	const msc_u32 bits = run->page.bits;

	if (bits & MSC_PAGE_ELSEWHERE)
		count(&r->by[MSC_O_SHARED], run->pages, run->start);
	else if (bits & MSC_PAGE_KSM_FOLIO)
		count(&r->by[MSC_O_KSM], run->pages, run->start);
	else if (!(bits & MSC_PAGE_EXCLUSIVE))
		count(&r->by[MSC_O_EVER_SHARED], run->pages, run->start);
	if (bits & MSC_PAGE_PINNED)
		count(&r->by[MSC_O_PINNED], run->pages, run->start);
	if (bits & (MSC_PAGE_OVER_EDGE | MSC_PAGE_PARTLY))
		count(&r->by[MSC_O_EDGE], run->pages, run->start);
	if (bits & MSC_PAGE_UNSURE)
		count(&r->unknown, run->pages, run->start);
}

static void judge_run(struct msc_relocation *r, const struct msc_run *run, struct folio_end *last)
{
	switch (run->page.state) {
	case MSC_PAGE_ANON:
	case MSC_PAGE_SWAP_CACHED:
		judge_anon(r, run);
		r->folios += more_folios(last, run);
		break;
	case MSC_PAGE_SWAP:
		judge_anon(r, run);
		break;
	case MSC_PAGE_MIGRATION:
		judge_anon(r, run);
		/* The folio may be a large one across the VMA's edge. */
		count(&r->unknown, run->pages, run->start);
		break;
	case MSC_PAGE_KSM:
		count(&r->by[MSC_O_KSM], run->pages, run->start);
		break;
	case MSC_PAGE_DEVICE:
		/* Behind its entry there may be an anonymous folio. */
		count(&r->unknown, run->pages, run->start);
		break;
	default:
		/* Nothing, or nothing that has an index of this VMA's. */
		return;
	}
	r->pages += run->pages;
}

/* What is not known of a VMA: the pages that the snapshot leaves out. */
static void judge_runs(struct msc_relocation *r, const struct msc_snapshot *s, msc_u32 *at)
{
	const struct msc_vma *vma = &s->vmas[r->vma];
	msc_u64 expected = vma->start;
	struct folio_end last = {};
	const struct msc_run *run;

	for (; *at < s->nr_runs && s->runs[*at].vma == r->vma; ++*at) {
		run = &s->runs[*at];
		count(&r->unknown, (run->start - expected) >> MSC_PAGE_SHIFT, expected);
		expected = msc_run_end(run);
		judge_run(r, run, &last);
	}
	count(&r->unknown, (vma->end - expected) >> MSC_PAGE_SHIFT, expected);
}

/*
 * Does somebody else's VMA hang on the anon_vmas of this chain? A VMA that came through fork has
 * more than its own; one that was forked from has the child's AVC in its tree.
 */
static void judge_anon_vma(struct msc_relocation *r, const struct msc_snapshot *s)
{
	const struct msc_vma *vma = &s->vmas[r->vma];
	const struct msc_anon_vma *record = msc_anon_vma_of_cookie(s, vma->anon_vma);

	if (!vma->anon_vma)
		return;
	if (vma->avcs > 1)
		count(&r->by[MSC_O_FORK], vma->avcs - 1, vma->start);
	if (!record)
		count(&r->unknown, msc_vma_pages(vma), vma->start);
	else if (record->avcs_elsewhere)
		count(&r->by[MSC_O_FORK], record->avcs_elsewhere, vma->start);
	else if (!record->counted)
		count(&r->unknown, msc_vma_pages(vma), vma->start);
}

static enum msc_safe safety(const struct msc_relocation *r)
{
	unsigned int i;

	for (i = 0; i < MSC_NR_OBSTACLES; i++) {
		if (r->by[i].count)
			return MSC_SAFE_NO;
	}
	return r->unknown.count ? MSC_SAFE_UNKNOWN : MSC_SAFE_YES;
}

struct msc_relocation msc_relocate_judge(const struct msc_snapshot *s, msc_u32 index, msc_u32 *at)
{
	const struct msc_vma *vma = &s->vmas[index];
	struct msc_relocation r = {
		.vma = index,
		.moved = msc_relocate_is_moved(s, vma),
	};

	if (vma->flags & MSC_VM(HT))
		count(&r.by[MSC_O_HUGETLB], msc_vma_pages(vma), vma->start);
	judge_runs(&r, s, at);
	judge_anon_vma(&r, s);
	r.safe = (msc_u8)safety(&r);
	return r;
}

msc_bool msc_relocate_ksm_items(const struct msc_snapshot *s, const struct msc_vma *vma,
				msc_u32 *nr)
{
	msc_u32 at = msc_first_from(s, rmap_items, addr, vma->start);

	*nr = 0;
	for (; at < s->nr_rmap_items && s->rmap_items[at].addr < vma->end; at++)
		*nr += s->rmap_items[at].state == MSC_ITEM_STABLE;
	return (s->shown & MSC_SECTION_KSM) && s->ksm.lists == MSC_KSM_READ;
}
