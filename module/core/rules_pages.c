// SPDX-License-Identifier: GPL-2.0
/*
 * The invariants of anonymous pages. A violation is a run of pages that break the rule alike; it
 * counts with each of its pages. What could not be looked at a second time, locked, is unknown.
 */
#include "each.h"
#include "index.h"
#include "rules.h"

/* The index that the first page of @run should have. */
static msc_u64 expected_index(const struct msc_snapshot *s, const struct msc_run *run)
{
	const struct msc_vma *vma = &s->vmas[run->vma];

	return msc_vma_rmap_pgoff(s, vma) + ((run->start - vma->start) >> MSC_PAGE_SHIFT);
}

void msc_judge_run(struct msc_judge *judge, const struct msc_run *run, msc_bool holds,
		   struct msc_finding finding)
{
	if (!holds && (run->page.bits & MSC_PAGE_UNSURE)) {
		judge->unknown += run->pages;
		return;
	}
	judge->checked += run->pages;
	if (holds)
		return;
	judge->violations += run->pages;
	finding.addr = run->start;
	finding.pages = run->pages;
	finding.anon_vma_id = run->page.anon_vma_id;
	if (judge->violation)
		judge->violation(judge, &finding);
}

/* An anonymous page of a VMA that has an anon_vma; the others are vma-anon-present's. */
static msc_bool is_anon(const struct msc_snapshot *s, const struct msc_run *run)
{
	return run->page.state == MSC_PAGE_ANON && s->vmas[run->vma].anon_vma;
}

static struct msc_value value(enum msc_value_kind kind, msc_u64 number)
{
	return (struct msc_value){ kind, number };
}

/* A page of an anonymous folio, KSM's too; but the zero page is none, also where KSM put it. */
static msc_bool is_of_anon_folio(const struct msc_run *run)
{
	return run->page.state == MSC_PAGE_ANON || run->page.state == MSC_PAGE_KSM;
}

void msc_judge_vma_anon_present(const struct msc_snapshot *s, struct msc_judge *judge)
{
	const struct msc_run *run;

	msc_for_each(run, s, runs) {
		if (is_of_anon_folio(run))
			msc_judge_run(judge, run, s->vmas[run->vma].anon_vma != 0,
				   (struct msc_finding){ .what = "anon_vma" });
	}
}

void msc_judge_folio_index(const struct msc_snapshot *s, struct msc_judge *judge)
{
	const struct msc_run *run;
	msc_u64 expected;

	msc_for_each(run, s, runs) {
		/* Where the index does not lead as the page is there twice, folio-once says so. */
		if (run->page.state != MSC_PAGE_ANON || (run->page.bits & MSC_PAGE_TWICE))
			continue;
		expected = expected_index(s, run);
		msc_judge_run(judge, run, !run->page.delta,
			   (struct msc_finding){
				   .what = "index",
				   .expected = value(MSC_VALUE_HEX, expected),
				   .found = value(MSC_VALUE_HEX, expected + run->page.delta) });
	}
}

void msc_judge_folio_root(const struct msc_snapshot *s, struct msc_judge *judge)
{
	const struct msc_run *run;

	msc_for_each(run, s, runs) {
		if (!is_anon(s, run))
			continue;
		msc_judge_run(judge, run, run->page.root == s->vmas[run->vma].anon_root,
			   (struct msc_finding){
				   .what = run->page.root ? "root" : "unreadable",
				   .expected = value(MSC_VALUE_ANON_VMA,
						     s->vmas[run->vma].anon_root_id),
				   .found = value(MSC_VALUE_ANON_VMA, run->page.root_id) });
	}
}

/*
 * folio-reach: the VMA has an AVC on the folio's anon_vma. With the right index that is under an
 * interval that holds it; an AVC that its tree does not find is avc-linked's, and an anon_vma of
 * another root folio-root's.
 */
void msc_judge_folio_reach(const struct msc_snapshot *s, struct msc_judge *judge)
{
	const struct msc_run *run;

	msc_for_each(run, s, runs) {
		if (is_anon(s, run) && run->page.root == s->vmas[run->vma].anon_root)
			msc_judge_run(judge, run, !(run->page.bits & MSC_PAGE_OFF_CHAIN),
				   (struct msc_finding){ .what = "off-chain" });
	}
}

/* In which way a page breaks folio-exclusive; NULL if it does not. */
static const char *exclusive_trouble(const struct msc_page *page)
{
	msc_bool exclusive = page->bits & MSC_PAGE_EXCLUSIVE;

	if (page->state == MSC_PAGE_KSM)
		return exclusive ? "ksm" : MSC_NULL;
	if (exclusive)
		return page->bits & MSC_PAGE_ELSEWHERE ? "mapped-elsewhere" : MSC_NULL;
	return page->bits & MSC_PAGE_WRITABLE ? "writable" : MSC_NULL;
}

void msc_judge_folio_exclusive(const struct msc_snapshot *s, struct msc_judge *judge)
{
	const struct msc_run *run;
	const char *trouble;

	msc_for_each(run, s, runs) {
		if (!is_of_anon_folio(run))
			continue;
		if ((run->page.bits & MSC_PAGE_EXCLUSIVE) &&
		    (run->page.bits & MSC_PAGE_ELSEWHERE_UNKNOWN)) {
			judge->unknown += run->pages;
			continue;
		}
		trouble = exclusive_trouble(&run->page);
		msc_judge_run(judge, run, !trouble, (struct msc_finding){ .what = trouble });
	}
}

void msc_judge_folio_once(const struct msc_snapshot *s, struct msc_judge *judge)
{
	const struct msc_run *run;

	msc_for_each(run, s, runs) {
		if (run->page.state == MSC_PAGE_ANON)
			msc_judge_run(judge, run, !(run->page.bits & MSC_PAGE_TWICE),
				   (struct msc_finding){ .what = "twice" });
	}
}

/* A swap entry whose folio in the swap cache, if it has one, is this VMA's own for certain. */
static void judge_swap_cached(const struct msc_snapshot *s, struct msc_judge *judge,
			      const struct msc_run *run)
{
	const struct msc_vma *vma = &s->vmas[run->vma];
	msc_u64 expected = expected_index(s, run);
	struct msc_finding finding = {
		.what = "index",
		.expected = value(MSC_VALUE_HEX, expected),
		.found = value(MSC_VALUE_HEX, expected + run->page.delta),
	};

	if (!run->page.delta)
		finding = (struct msc_finding){
			.what = "root",
			.expected = value(MSC_VALUE_ANON_VMA, vma->anon_root_id),
			.found = value(MSC_VALUE_ANON_VMA, run->page.root_id),
		};
	msc_judge_run(judge, run, !run->page.delta && run->page.root == vma->anon_root, finding);
}

/*
 * swap-index: a folio in the swap cache that has an anon_vma has the index and the root that the
 * VMA asks for whose swap entry it stands for. Judged of exclusive entries: the page was mapped by
 * this entry alone when it was unmapped (mm/rmap.c:try_to_unmap_one()), nobody else can have read
 * it back since, and UFFDIO_MOVE, which moves such an entry, moves the folio's index too. A shared
 * one may have been a KSM page. That it was is lost in the swap area: who reads it first gives the
 * folio an index of his own, and swap-in copies it for the others.
 */
void msc_judge_swap_index(const struct msc_snapshot *s, struct msc_judge *judge)
{
	const struct msc_run *run;

	msc_for_each(run, s, runs) {
		if (run->page.state == MSC_PAGE_SWAP &&
		    (!s->facts.swap_cache || (run->page.bits & MSC_PAGE_SWAPIN_UNKNOWN)))
			judge->unknown += run->pages;
		if (run->page.state == MSC_PAGE_SWAP_CACHED && run->page.anon_vma &&
		    (run->page.bits & MSC_PAGE_EXCLUSIVE) && s->vmas[run->vma].anon_vma)
			judge_swap_cached(s, judge, run);
	}
}

/*
 * folio-mapcount: the reverse map finds as many mappings of a folio as it counts. Only a snapshot
 * with facts.deep can tell; a page that breaks another rule is not counted, nor is one whose
 * mappings change all the time.
 */
void msc_judge_folio_mapcount(const struct msc_snapshot *s, struct msc_judge *judge)
{
	const struct msc_run *run;

	msc_for_each(run, s, runs) {
		if (!s->facts.deep || run->page.state != MSC_PAGE_ANON)
			continue;
		if (run->page.bits & MSC_PAGE_COUNTED)
			msc_judge_run(judge, run, run->page.mapcount == run->page.reached,
				   (struct msc_finding){
					   .what = "mapcount",
					   .expected = value(MSC_VALUE_DEC, run->page.reached),
					   .found = value(MSC_VALUE_DEC, run->page.mapcount) });
		else
			judge->unknown += run->pages;
	}
}
