// SPDX-License-Identifier: GPL-2.0
/* relocate: every obstacle alone, together, and what is not known. */
#include "unit.h"
#include "relocate.h"
#include "world.h"

#define OWN_PAGE MSC_PAGE_EXCLUSIVE
/* The runs of unit_world(): 0 of PLAIN's VMA (four pages), 2 and 3 of OWN's. */
#define PLAIN_RUN 0
#define OWN_VMA 2
#define START 0x10000

static int set_up(void **state)
{
	static struct msc_snapshot s;

	memset(&unit_mem, 0, sizeof(unit_mem));
	msc_snapshot_init(&s, &unit_alloc, MSC_SECTION_WHATIF);
	unit_world(&s, K_6_12);
	*state = &s;
	return 0;
}

#define relocate_test(name) \
	cmocka_unit_test_setup_teardown(name, set_up, unit_snapshot_tear_down)

/* The verdict on VMA @index. */
static struct msc_relocation judge(const struct msc_snapshot *s, msc_u32 index)
{
	struct msc_relocation r;
	msc_u32 at = 0, i;

	for (i = 0; i <= index; i++)
		r = msc_relocate_judge(s, i, &at);
	assert_true(at == s->nr_runs || s->runs[at].vma > index);
	return r;
}

static void assert_tally(const struct msc_tally *tally, msc_u64 count, msc_u64 first)
{
	assert_int_equal(tally->count, count);
	assert_int_equal(tally->first, first);
}

/* @id forbids it, @count times from @first on, and nothing else does. */
static void assert_only(const struct msc_relocation *r, enum msc_obstacle id, msc_u64 count,
			msc_u64 first)
{
	enum msc_obstacle other;

	assert_int_equal(r->safe, MSC_SAFE_NO);
	for (other = 0; other < MSC_NR_OBSTACLES; other++) {
		if (other == id)
			assert_tally(&r->by[other], count, first);
		else
			assert_tally(&r->by[other], 0, 0);
	}
	assert_tally(&r->unknown, 0, 0);
}

static void its_own_pages(void **state)
{
	struct msc_relocation r = judge(*state, 0);
	enum msc_obstacle id;

	assert_int_equal(r.vma, 0);
	assert_int_equal(r.safe, MSC_SAFE_YES);
	assert_int_equal(r.moved, 1);
	assert_int_equal(r.pages, 4);
	assert_int_equal(r.folios, 4);
	for (id = 0; id < MSC_NR_OBSTACLES; id++)
		assert_tally(&r.by[id], 0, 0);
	assert_tally(&r.unknown, 0, 0);
}

static void nothing_mapped(void **state)
{
	struct msc_relocation r = judge(*state, 1);

	assert_int_equal(r.safe, MSC_SAFE_YES);
	assert_int_equal(r.pages, 0);
	assert_int_equal(r.folios, 0);
}

/* An anonymous page by its bits: what each says, and nothing more. */
static void anonymous_pages(void **state)
{
	static const struct {
		msc_u32 bits;
		enum msc_obstacle id;
	} rows[] = {
		{ MSC_PAGE_ELSEWHERE, MSC_O_SHARED },
		{ MSC_PAGE_ELSEWHERE | MSC_PAGE_EXCLUSIVE, MSC_O_SHARED },
		{ 0, MSC_O_EVER_SHARED },
		{ MSC_PAGE_MLOCKED | MSC_PAGE_UFFD_WP, MSC_O_EVER_SHARED },
		{ OWN_PAGE | MSC_PAGE_PINNED, MSC_O_PINNED },
		{ OWN_PAGE | MSC_PAGE_OVER_EDGE, MSC_O_EDGE },
		{ OWN_PAGE | MSC_PAGE_PARTLY, MSC_O_EDGE },
	};
	struct msc_snapshot *s = *state;
	struct msc_relocation r;
	unsigned int i;

	for (i = 0; i < MSC_ARRAY_SIZE(rows); i++) {
		s->runs[PLAIN_RUN].page.bits = rows[i].bits;
		r = judge(s, 0);
		assert_only(&r, rows[i].id, 4, START);
		assert_int_equal(r.pages, 4);
	}
	s->runs[PLAIN_RUN].page.bits = MSC_PAGE_ELSEWHERE | MSC_PAGE_PINNED | MSC_PAGE_OVER_EDGE;
	r = judge(s, 0);
	assert_int_equal(r.safe, MSC_SAFE_NO);
	assert_tally(&r.by[MSC_O_SHARED], 4, START);
	assert_tally(&r.by[MSC_O_EVER_SHARED], 0, 0);
	assert_tally(&r.by[MSC_O_PINNED], 4, START);
	assert_tally(&r.by[MSC_O_EDGE], 4, START);
}

/* Each state by itself: what it forbids, what must be touched. */
static void states(void **state)
{
	static const struct {
		enum msc_page_state state;
		int forbids;		/* -1: nothing */
		msc_u64 pages;
	} rows[] = {
		{ MSC_PAGE_NONE, -1, 0 },
		{ MSC_PAGE_KSM, MSC_O_KSM, 4 },
		{ MSC_PAGE_ZERO, -1, 0 },
		{ MSC_PAGE_HUGE_ZERO, -1, 0 },
		{ MSC_PAGE_FILE, -1, 0 },
		{ MSC_PAGE_SHMEM, -1, 0 },
		{ MSC_PAGE_SWAP, MSC_O_EVER_SHARED, 4 },
		{ MSC_PAGE_SWAP_CACHED, MSC_O_EVER_SHARED, 4 },
		{ MSC_PAGE_HWPOISON, -1, 0 },
		{ MSC_PAGE_MARKER, -1, 0 },
		{ MSC_PAGE_PFN, -1, 0 },
	};
	struct msc_snapshot *s = *state;
	struct msc_relocation r;
	unsigned int i;

	for (i = 0; i < MSC_ARRAY_SIZE(rows); i++) {
		s->runs[PLAIN_RUN].page = (struct msc_page){ .state = (msc_u8)rows[i].state };
		r = judge(s, 0);
		if (rows[i].forbids < 0)
			assert_int_equal(r.safe, MSC_SAFE_YES);
		else
			assert_only(&r, (enum msc_obstacle)rows[i].forbids, 4, START);
		assert_int_equal(r.pages, rows[i].pages);
		/* Of what is not anonymous, not mapped, or KSM's, no folio is to be touched. */
		assert_int_equal(r.folios, rows[i].state == MSC_PAGE_SWAP_CACHED ? 4 : 0);
	}
}

/* An entry that is its process's alone brings back a page that is too. */
static void exclusive_entries(void **state)
{
	static const enum msc_page_state entries[] = {
		MSC_PAGE_SWAP, MSC_PAGE_SWAP_CACHED,
	};
	struct msc_snapshot *s = *state;
	unsigned int i;

	for (i = 0; i < MSC_ARRAY_SIZE(entries); i++) {
		s->runs[PLAIN_RUN].page = (struct msc_page){
			.state = (msc_u8)entries[i], .bits = MSC_PAGE_EXCLUSIVE,
		};
		assert_int_equal(judge(s, 0).safe, MSC_SAFE_YES);
		assert_int_equal(judge(s, 0).pages, 4);
	}
}

/* Of a page on its way to another place nothing is known but what its entry says. */
static void migration(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_relocation r;

	s->runs[PLAIN_RUN].page = (struct msc_page){
		.state = MSC_PAGE_MIGRATION, .bits = MSC_PAGE_EXCLUSIVE,
	};
	r = judge(s, 0);
	assert_int_equal(r.safe, MSC_SAFE_UNKNOWN);
	assert_tally(&r.unknown, 4, START);
	assert_int_equal(r.pages, 4);
	s->runs[PLAIN_RUN].page.bits = 0;
	r = judge(s, 0);
	assert_int_equal(r.safe, MSC_SAFE_NO);
	assert_tally(&r.by[MSC_O_EVER_SHARED], 4, START);
}

/* What the swap cache has for an entry. */
static void swap_cache(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_page *page = &s->runs[PLAIN_RUN].page;
	struct msc_relocation r;

	*page = (struct msc_page){ .state = MSC_PAGE_SWAP_CACHED, .bits = MSC_PAGE_KSM_FOLIO };
	r = judge(s, 0);
	assert_only(&r, MSC_O_KSM, 4, START);
	page->bits = MSC_PAGE_EXCLUSIVE | MSC_PAGE_UNSURE;
	r = judge(s, 0);
	assert_int_equal(r.safe, MSC_SAFE_UNKNOWN);
	assert_tally(&r.unknown, 4, START);
	page->bits = MSC_PAGE_EXCLUSIVE;
	page->order = 2;
	r = judge(s, 0);
	assert_int_equal(r.safe, MSC_SAFE_YES);
	assert_int_equal(r.folios, 1);
}

/* Large folios count once, a part of one as one. */
static void folios(void **state)
{
	static const struct {
		msc_u8 order;
		msc_u64 folios;
	} rows[] = { { 0, 4 }, { 1, 2 }, { 2, 1 }, { 3, 1 }, { 9, 1 } };
	struct msc_snapshot *s = *state;
	unsigned int i;

	for (i = 0; i < MSC_ARRAY_SIZE(rows); i++) {
		s->runs[PLAIN_RUN].page.order = rows[i].order;
		assert_int_equal(judge(s, 0).folios, rows[i].folios);
	}
	s->runs[PLAIN_RUN].page.order = 1;
	s->runs[PLAIN_RUN].pages = 3;
	assert_int_equal(judge(s, 0).folios, 2);
}

/* Runs of one folio, and of several: as few folios as they can be of. */
static void folios_in_runs(void **state)
{
	enum { AT, PAGES, ORDER, DELTA, ANON_VMA, NR };
	static const struct {
		msc_u64 runs[3][NR];	/* AT: in pages, from the VMA's start */
		msc_u64 folios;
	} rows[] = {
		/* Every entry of a folio is another than the one before it. */
		{ { { 0, 1, 2 }, { 1, 1, 2 }, { 2, 2, 2 } }, 1 },
		{ { { 0, 3, 2 }, { 3, 4, 2 }, { 7, 1, 2 } }, 2 },
		{ { { 0, 3, 2 }, { 3, 4, 2 }, { 7, 2, 2 } }, 3 },
		{ { { 0, 6, 2 }, { 6, 2, 2 }, { 8, 1, 2 } }, 3 },
		/* A piece was given back, or copied. */
		{ { { 0, 1, 2 }, { 3, 1, 2 }, { 4, 1, 2 } }, 2 },
		{ { { 0, 1, 2 }, { 1, 2, 0 }, { 3, 1, 2 } }, 3 },
		/* Others: farther than it reaches, of another order, index or anon_vma. */
		{ { { 0, 1, 2 }, { 7, 2, 2 }, { 9, 1, 2 } }, 2 },
		{ { { 0, 1, 3 }, { 1, 2, 1 }, { 3, 3, 1 } }, 4 },
		{ { { 0, 1, 2 }, { 1, 1, 2, 5 }, { 2, 1, 2, 5 } }, 2 },
		{ { { 0, 1, 2 }, { 1, 1, 2, 0, 5 }, { 2, 1, 2, 0, 6 } }, 3 },
	};
	struct msc_snapshot *s = *state;
	struct msc_page *page;
	unsigned int i, j;

	for (i = 0; i < MSC_ARRAY_SIZE(rows); i++) {
		for (j = 0; j < MSC_ARRAY_SIZE(rows[i].runs); j++) {
			const msc_u64 *run = rows[i].runs[j];

			s->runs[j].vma = 0;
			s->runs[j].start = START + (run[AT] << MSC_PAGE_SHIFT);
			s->runs[j].pages = run[PAGES];
			page = &s->runs[j].page;
			page->state = MSC_PAGE_ANON;
			page->order = (msc_u8)run[ORDER];
			page->delta = run[DELTA];
			page->anon_vma = run[ANON_VMA];
		}
		assert_int_equal(judge(s, 0).folios, rows[i].folios);
	}
}

/* Counted over all runs of the VMA, with the address of the first. */
static void several_runs(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_relocation r;

	s->runs[2].page.bits = MSC_PAGE_ELSEWHERE;
	s->runs[3].page.bits = MSC_PAGE_ELSEWHERE;
	r = judge(s, OWN_VMA);
	assert_tally(&r.by[MSC_O_SHARED], 4, 0x20000);
	s->runs[2].page.bits = OWN_PAGE;
	r = judge(s, OWN_VMA);
	assert_tally(&r.by[MSC_O_SHARED], 2, 0x22000);
	assert_int_equal(r.pages, 4);
}

static struct msc_anon_vma *own_record(struct msc_snapshot *s)
{
	return &s->anon_vmas[msc_snapshot_find_anon_vma(s, PLAIN) - 1];
}

/* A child has more than its own AVC, a parent others' AVCs in its tree. */
static void forks(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_relocation r;

	s->runs[3].page.bits = OWN_PAGE;
	r = judge(s, OWN_VMA);
	assert_only(&r, MSC_O_FORK, 1, 0x20000);

	own_record(s)->avcs_elsewhere = 3;
	r = judge(s, 0);
	assert_only(&r, MSC_O_FORK, 3, START);

	s->vmas[0].avcs = 4;
	r = judge(s, 0);
	assert_only(&r, MSC_O_FORK, 6, START);

	/* The tree was not walked to its end, but far enough. */
	own_record(s)->counted = 0;
	r = judge(s, 0);
	assert_only(&r, MSC_O_FORK, 6, START);
}

static void hugetlb(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_relocation r;

	s->vmas[0].flags |= MSC_VM(HT);
	s->vmas[0].kind = MSC_KIND_HUGETLB;
	s->runs[PLAIN_RUN].page = (struct msc_page){ .state = MSC_PAGE_HUGETLB };
	r = judge(s, 0);
	assert_only(&r, MSC_O_HUGETLB, 4, START);
	assert_int_equal(r.moved, 0);
	assert_int_equal(r.pages, 0);
}

/* Not known: pages that were not looked at, or not twice, or of another device. */
static void unknown_pages(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_relocation r;

	s->runs[PLAIN_RUN].page.bits = OWN_PAGE | MSC_PAGE_UNSURE;
	r = judge(s, 0);
	assert_int_equal(r.safe, MSC_SAFE_UNKNOWN);
	assert_tally(&r.unknown, 4, START);

	s->runs[PLAIN_RUN].page = (struct msc_page){ .state = MSC_PAGE_DEVICE };
	r = judge(s, 0);
	assert_int_equal(r.safe, MSC_SAFE_UNKNOWN);
	assert_tally(&r.unknown, 4, START);
	assert_int_equal(r.pages, 4);

	/* Beyond "range", at either end. */
	s->runs[PLAIN_RUN].page = (struct msc_page){ .state = MSC_PAGE_NONE };
	s->runs[PLAIN_RUN].start += 0x1000;
	s->runs[PLAIN_RUN].pages = 2;
	r = judge(s, 0);
	assert_int_equal(r.safe, MSC_SAFE_UNKNOWN);
	assert_tally(&r.unknown, 2, START);
	s->runs[PLAIN_RUN].pages = 3;
	r = judge(s, 0);
	assert_tally(&r.unknown, 1, START);
	s->runs[PLAIN_RUN].start = START;
	r = judge(s, 0);
	assert_tally(&r.unknown, 1, START + 0x3000);

	/* What forbids it forbids it, whatever else is not known. */
	s->runs[PLAIN_RUN].page.state = MSC_PAGE_KSM;
	r = judge(s, 0);
	assert_int_equal(r.safe, MSC_SAFE_NO);
	assert_tally(&r.unknown, 1, START + 0x3000);
}

static void unknown_anon_vma(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_relocation r;

	own_record(s)->counted = 0;
	r = judge(s, 0);
	assert_int_equal(r.safe, MSC_SAFE_UNKNOWN);
	assert_tally(&r.unknown, 4, START);

	own_record(s)->counted = 1;
	s->vmas[0].anon_vma = STRANGER;
	r = judge(s, 0);
	assert_int_equal(r.safe, MSC_SAFE_UNKNOWN);
	assert_tally(&r.unknown, 4, START);

	s->vmas[0].anon_vma = 0;
	s->vmas[0].avcs = 0;
	assert_int_equal(judge(s, 0).safe, MSC_SAFE_YES);
}

/* Whose question it is, and who was moved. */
static void what_it_applies_to(void **state)
{
	static const struct {
		msc_u8 kind;
		msc_u32 file;
		msc_u64 flags;
		bool before_7_3, in_7_3;
	} rows[] = {
		{ MSC_KIND_ANON, 0, MSC_VM(MW), true, true },
		{ MSC_KIND_ANON, 1, MSC_VM(MW), false, true },
		{ MSC_KIND_PRIVATE_FILE, 1, MSC_VM(MW), false, true },
		{ MSC_KIND_PRIVATE_FILE, 1, 0, false, false },
		{ MSC_KIND_SHARED_FILE, 1, MSC_VM(MW) | MSC_VM(SH) | MSC_VM(MS), false, false },
		{ MSC_KIND_SHMEM, 1, MSC_VM(MW), false, true },
		{ MSC_KIND_SPECIAL, 0, MSC_VM(MW), false, false },
		{ MSC_KIND_HUGETLB, 1, MSC_VM(MW) | MSC_VM(HT), true, true },
		{ MSC_KIND_HUGETLB, 1, MSC_VM(MW) | MSC_VM(HT) | MSC_VM(SH) | MSC_VM(MS), false,
		  false },
	};
	struct msc_snapshot *s = *state;
	unsigned int i, k;

	for (i = 0; i < MSC_ARRAY_SIZE(rows); i++) {
		for (k = 0; k < NR_KERNELS; k++) {
			bool applies = k == K_7_3 ? rows[i].in_7_3 : rows[i].before_7_3;
			struct msc_vma vma = {
				.start = 0x5000, .end = 0x6000, .kind = rows[i].kind,
				.file = rows[i].file, .flags = rows[i].flags,
				.pgoff = k == K_7_3 ? 77 : 5, .anon_pgoff = k == K_7_3 ? 5 : 77,
			};

			s->facts = unit_kernels[k].facts;
			assert_int_equal(msc_relocate_applies(s, &vma), applies);
			assert_false(msc_relocate_is_moved(s, &vma));
			vma.start += 0x1000;
			assert_int_equal(msc_relocate_is_moved(s, &vma),
					 applies && rows[i].kind != MSC_KIND_HUGETLB);
		}
	}
}

/* Stable rmap_items within the VMA, of lists that were read to their end, and only if shown. */
static void ksm_items(void **state)
{
	static const struct {
		msc_u64 addr;
		msc_u8 state;
	} items[] = {
		{ START - 0x1000, MSC_ITEM_STABLE }, { START, MSC_ITEM_STABLE },
		{ START + 0x1000, MSC_ITEM_UNSTABLE }, { START + 0x3000, MSC_ITEM_STABLE },
		{ START + 0x4000, MSC_ITEM_STABLE },
	};
	const struct msc_vma vma = { .start = START, .end = START + 0x4000 };
	struct msc_rmap_item records[MSC_ARRAY_SIZE(items)] = {};
	struct msc_snapshot s = {
		.rmap_items = records, .nr_rmap_items = MSC_ARRAY_SIZE(items),
	};
	unsigned int i, lists;
	msc_u32 nr;

	(void)state;
	for (i = 0; i < MSC_ARRAY_SIZE(items); i++) {
		records[i].addr = items[i].addr;
		records[i].state = items[i].state;
	}
	for (lists = 0; lists < MSC_NR_KSM_LISTS; lists++) {
		s.ksm.lists = (msc_u8)lists;
		s.shown = MSC_SECTION_ALL;
		assert_int_equal(msc_relocate_ksm_items(&s, &vma, &nr), lists == MSC_KSM_READ);
		assert_int_equal(nr, 2);
		s.shown = MSC_SECTION_WHATIF;
		assert_false(msc_relocate_ksm_items(&s, &vma, &nr));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		relocate_test(its_own_pages),
		relocate_test(nothing_mapped),
		relocate_test(anonymous_pages),
		relocate_test(states),
		relocate_test(exclusive_entries),
		relocate_test(migration),
		relocate_test(swap_cache),
		relocate_test(folios),
		relocate_test(folios_in_runs),
		relocate_test(several_runs),
		relocate_test(forks),
		relocate_test(hugetlb),
		relocate_test(unknown_pages),
		relocate_test(unknown_anon_vma),
		relocate_test(what_it_applies_to),
		cmocka_unit_test(ksm_items),
	};

	return cmocka_run_group_tests_name("relocate", tests, NULL, NULL);
}
