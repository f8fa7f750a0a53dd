// SPDX-License-Identifier: GPL-2.0
/* rules_pages: each invariant of anonymous pages holds, is broken, is not known. */
#include "unit.h"
#include "world.h"

/* Run 0 is of PLAIN, run 2 of OWN, run 3 of PARENTS. */
static struct msc_page *page(struct msc_snapshot *s, unsigned int run)
{
	return &s->runs[run].page;
}

/*
 * Judge, and see the finding @want and no other rule's; the same of a page that could not be looked
 * at again is not known.
 */
static void assert_run(struct msc_snapshot *s, enum msc_rule_id id, unsigned int run,
		       msc_u64 checked, struct msc_finding want)
{
	struct unit_judged judged = unit_judge(s, id);

	want.addr = s->runs[run].start;
	want.pages = s->runs[run].pages;
	want.anon_vma_id = page(s, run)->anon_vma_id;
	unit_assert_counts(&judged, checked, want.pages, 0);
	assert_int_equal(judged.nr, 1);
	unit_assert_finding(&judged.findings[0], want);
	unit_assert_only(s, id);

	page(s, run)->bits |= MSC_PAGE_UNSURE;
	judged = unit_judge(s, id);
	unit_assert_counts(&judged, checked - want.pages, 0, want.pages);
	page(s, run)->bits &= ~MSC_PAGE_UNSURE;
}

/* What could not be locked, and yet is right, is right. */
static void unsure_and_right(void **state)
{
	struct msc_snapshot *s = *state;
	enum msc_rule_id id;

	page(s, 2)->bits |= MSC_PAGE_UNSURE;
	for (id = MSC_RULE_VMA_ANON_PRESENT; id <= MSC_RULE_FOLIO_ONCE; id++) {
		struct unit_judged judged = unit_judge(s, id);

		unit_assert_counts(&judged, 8, 0, 0);
	}
}

/* Only pages that are anonymous and not KSM's have an index and a root. */
static void other_states(void **state)
{
	struct msc_snapshot *s = *state;
	enum msc_page_state other;
	enum msc_rule_id id;

	page(s, 0)->delta = 5;
	page(s, 0)->root = 0;
	page(s, 0)->bits = MSC_PAGE_OFF_CHAIN | MSC_PAGE_TWICE | MSC_PAGE_ELSEWHERE |
			   MSC_PAGE_WRITABLE;
	for (other = 0; other < MSC_NR_PAGE_STATES; other++) {
		if (other == MSC_PAGE_ANON)
			continue;
		page(s, 0)->state = (msc_u8)other;
		for (id = MSC_RULE_VMA_ANON_PRESENT; id <= MSC_RULE_FOLIO_ONCE; id++) {
			struct unit_judged judged = unit_judge(s, id);
			bool ksm = other == MSC_PAGE_KSM &&
				   (id == MSC_RULE_FOLIO_EXCLUSIVE ||
				    id == MSC_RULE_VMA_ANON_PRESENT);

			unit_assert_counts(&judged, ksm ? 8 : 4, 0, 0);
		}
	}
}

static void anon_present(void **state)
{
	struct msc_snapshot *s = *state;

	s->vmas[0].anon_vma = 0;
	s->vmas[0].anon_root = 0;
	/* No chain either, so it is off it; that follows. */
	page(s, 0)->bits |= MSC_PAGE_OFF_CHAIN;
	assert_run(s, MSC_RULE_VMA_ANON_PRESENT, 0, 8,
		   (struct msc_finding){ .what = "anon_vma" });
	/* So are KSM's pages anonymous, and not the zero page, also where KSM put it. */
	*page(s, 0) = (struct msc_page){ .state = MSC_PAGE_KSM };
	assert_run(s, MSC_RULE_VMA_ANON_PRESENT, 0, 8,
		   (struct msc_finding){ .what = "anon_vma" });
	*page(s, 0) = (struct msc_page){ .state = MSC_PAGE_ZERO, .bits = MSC_PAGE_KSM_ZERO };
	unit_assert_only(s, MSC_NR_RULES);
}

/* What a walker looks at again, locked. */
static void irregular_ksm_pages(void **state)
{
	static const struct {
		msc_u32 bits;
		msc_u64 vma_anon_vma;
		bool irregular;
	} rows[] = {
		{ 0, OWN, false },
		{ MSC_PAGE_ELSEWHERE, OWN, false },
		{ MSC_PAGE_EXCLUSIVE, OWN, true },
		{ MSC_PAGE_WRITABLE, OWN, true },
		{ 0, 0, true },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < MSC_ARRAY_SIZE(rows); i++) {
		struct msc_page page = { .state = MSC_PAGE_KSM, .bits = rows[i].bits };

		assert_int_equal(msc_page_is_irregular(&page, rows[i].vma_anon_vma, PARENTS),
				 rows[i].irregular);
	}
}

static void index_off(void **state)
{
	static const struct {
		unsigned int run;
		msc_u64 delta, expected, found;
	} rows[] = {
		{ 0, 1, 0x110, 0x111 },
		{ 2, (msc_u64)-1, 0x120, 0x11f },
		{ 3, 0x1000, 0x122, 0x1122 },
	};
	struct msc_snapshot *s = *state;
	unsigned int i;

	for (i = 0; i < MSC_ARRAY_SIZE(rows); i++) {
		page(s, rows[i].run)->delta = rows[i].delta;
		assert_run(s, MSC_RULE_FOLIO_INDEX, rows[i].run, 8,
			   (struct msc_finding){ .what = "index",
						 .expected = UNIT_HEX(rows[i].expected),
						 .found = UNIT_HEX(rows[i].found) });
		page(s, rows[i].run)->delta = 0;
	}
}

/* Where the kernel keeps two page offsets, the anonymous one counts. */
static void index_with_two_offsets(void **state)
{
	struct msc_snapshot *s = *state;

	msc_snapshot_clear(s);
	unit_world(s, K_7_3);
	unit_assert_only(s, MSC_NR_RULES);
	page(s, 3)->delta = 2;
	assert_run(s, MSC_RULE_FOLIO_INDEX, 3, 8,
		   (struct msc_finding){ .what = "index", .expected = UNIT_HEX(0x122),
					 .found = UNIT_HEX(0x124) });
}

static void root_differs(void **state)
{
	struct msc_snapshot *s = *state;

	page(s, 2)->root = STRANGER;
	page(s, 2)->bits |= MSC_PAGE_OFF_CHAIN;
	assert_int_equal(msc_snapshot_number(s), 0);
	assert_run(s, MSC_RULE_FOLIO_ROOT, 2, 8,
		   (struct msc_finding){ .what = "root",
					 .expected = UNIT_ANON_VMA(PARENTS_ID),
					 .found = UNIT_ANON_VMA(PARENTS_ID + 1) });
	page(s, 2)->root = 0;
	assert_int_equal(msc_snapshot_number(s), 0);
	assert_run(s, MSC_RULE_FOLIO_ROOT, 2, 8,
		   (struct msc_finding){ .what = "unreadable",
					 .expected = UNIT_ANON_VMA(PARENTS_ID),
					 .found = UNIT_ANON_VMA(0) });
}

static void off_the_chain(void **state)
{
	struct msc_snapshot *s = *state;

	page(s, 3)->bits |= MSC_PAGE_OFF_CHAIN;
	assert_run(s, MSC_RULE_FOLIO_REACH, 3, 8, (struct msc_finding){ .what = "off-chain" });
}

static void exclusive_ways(void **state)
{
	static const struct {
		enum msc_page_state state;
		msc_u16 bits;
		const char *what;
	} rows[] = {
		{ MSC_PAGE_ANON, 0, NULL },
		{ MSC_PAGE_ANON, MSC_PAGE_ELSEWHERE, NULL },
		{ MSC_PAGE_ANON, MSC_PAGE_EXCLUSIVE, NULL },
		{ MSC_PAGE_ANON, MSC_PAGE_EXCLUSIVE | MSC_PAGE_WRITABLE, NULL },
		{ MSC_PAGE_ANON, MSC_PAGE_WRITABLE, "writable" },
		{ MSC_PAGE_ANON, MSC_PAGE_WRITABLE | MSC_PAGE_ELSEWHERE, "writable" },
		{ MSC_PAGE_ANON, MSC_PAGE_EXCLUSIVE | MSC_PAGE_ELSEWHERE, "mapped-elsewhere" },
		{ MSC_PAGE_KSM, MSC_PAGE_ELSEWHERE, NULL },
		/* That is ksm-protect's. */
		{ MSC_PAGE_KSM, MSC_PAGE_WRITABLE, NULL },
		{ MSC_PAGE_KSM, MSC_PAGE_EXCLUSIVE, "ksm" },
	};
	struct msc_snapshot *s = *state;
	unsigned int i;

	for (i = 0; i < MSC_ARRAY_SIZE(rows); i++) {
		page(s, 3)->state = (msc_u8)rows[i].state;
		page(s, 3)->bits = rows[i].bits;
		if (rows[i].what)
			assert_run(s, MSC_RULE_FOLIO_EXCLUSIVE, 3, 8,
				   (struct msc_finding){ .what = rows[i].what });
		else if (rows[i].state == MSC_PAGE_KSM && (rows[i].bits & MSC_PAGE_WRITABLE))
			unit_assert_only(s, MSC_RULE_KSM_PROTECT);
		else
			unit_assert_only(s, MSC_NR_RULES);
	}
}

/* An exclusive page of which the kernel does not count how often it is mapped. */
static void elsewhere_unknown(void **state)
{
	struct msc_snapshot *s = *state;
	struct unit_judged judged;

	page(s, 3)->bits = MSC_PAGE_EXCLUSIVE | MSC_PAGE_ELSEWHERE_UNKNOWN;
	judged = unit_judge(s, MSC_RULE_FOLIO_EXCLUSIVE);
	unit_assert_counts(&judged, 8 - s->runs[3].pages, 0, s->runs[3].pages);
	/* Of another one that does not matter. */
	page(s, 3)->bits = MSC_PAGE_ELSEWHERE_UNKNOWN;
	judged = unit_judge(s, MSC_RULE_FOLIO_EXCLUSIVE);
	unit_assert_counts(&judged, 8, 0, 0);
	page(s, 3)->bits |= MSC_PAGE_WRITABLE;
	assert_run(s, MSC_RULE_FOLIO_EXCLUSIVE, 3, 8, (struct msc_finding){ .what = "writable" });
}

/* The second place is wrong by its index too, and yet that is one fault. */
static void mapped_twice(void **state)
{
	struct msc_snapshot *s = *state;

	page(s, 3)->bits |= MSC_PAGE_TWICE;
	page(s, 3)->delta = (msc_u64)-1;
	assert_run(s, MSC_RULE_FOLIO_ONCE, 3, 8, (struct msc_finding){ .what = "twice" });
}

/* Run 2, swapped out; a folio of OWN, whose root is PARENTS, is in the swap cache. */
static struct msc_page *swapped(struct msc_snapshot *s)
{
	page(s, 2)->state = MSC_PAGE_SWAP_CACHED;
	page(s, 2)->bits = MSC_PAGE_EXCLUSIVE;
	return page(s, 2);
}

static void swap_index(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_page *cached = swapped(s);

	unit_assert_only(s, MSC_NR_RULES);
	cached->delta = 4;
	assert_run(s, MSC_RULE_SWAP_INDEX, 2, 2,
		   (struct msc_finding){ .what = "index", .expected = UNIT_HEX(0x120),
					 .found = UNIT_HEX(0x124) });
	cached->delta = 0;
	cached->root = PLAIN;
	cached->root_id = PLAIN_ID;
	assert_run(s, MSC_RULE_SWAP_INDEX, 2, 2,
		   (struct msc_finding){ .what = "root", .expected = UNIT_ANON_VMA(PARENTS_ID),
					 .found = UNIT_ANON_VMA(PLAIN_ID) });
	/* Where both are wrong, that is one finding. */
	cached->delta = (msc_u64)-1;
	assert_run(s, MSC_RULE_SWAP_INDEX, 2, 2,
		   (struct msc_finding){ .what = "index", .expected = UNIT_HEX(0x120),
					 .found = UNIT_HEX(0x11f) });
}

/* What may legitimately be of another place: swap-in copies it, and that is all. */
static void swap_index_of_others(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_page *cached = swapped(s);
	struct unit_judged judged;

	cached->delta = 4;
	cached->bits = MSC_PAGE_COPY;
	judged = unit_judge(s, MSC_RULE_SWAP_INDEX);
	unit_assert_counts(&judged, 0, 0, 0);
	/* Read ahead; or KSM's. */
	cached->bits = MSC_PAGE_EXCLUSIVE;
	cached->anon_vma = 0;
	judged = unit_judge(s, MSC_RULE_SWAP_INDEX);
	unit_assert_counts(&judged, 0, 0, 0);
	cached->anon_vma = OWN;
	s->vmas[2].anon_vma = 0;
	judged = unit_judge(s, MSC_RULE_SWAP_INDEX);
	unit_assert_counts(&judged, 0, 0, 0);
}

static void swap_cache_not_known(void **state)
{
	struct msc_snapshot *s = *state;
	struct unit_judged judged;

	page(s, 0)->state = MSC_PAGE_SWAP;
	judged = unit_judge(s, MSC_RULE_SWAP_INDEX);
	unit_assert_counts(&judged, 0, 0, 0);
	page(s, 0)->bits |= MSC_PAGE_SWAPIN_UNKNOWN;
	judged = unit_judge(s, MSC_RULE_SWAP_INDEX);
	unit_assert_counts(&judged, 0, 0, 4);
	page(s, 0)->bits = 0;
	s->facts.swap_cache = 0;
	judged = unit_judge(s, MSC_RULE_SWAP_INDEX);
	unit_assert_counts(&judged, 0, 0, 4);
}

/* Which swapped pages a walker looks at twice. */
static void irregular_swap_entries(void **state)
{
	static const struct {
		msc_u64 anon_vma, root, delta;
		msc_u32 bits;
		bool irregular;
	} rows[] = {
		{ OWN, PARENTS, 0, MSC_PAGE_EXCLUSIVE, false },
		{ OWN, PARENTS, 1, MSC_PAGE_EXCLUSIVE, true },
		{ OWN, STRANGER, 0, MSC_PAGE_EXCLUSIVE, true },
		{ OWN, STRANGER, 1, 0, false },
		{ OWN, STRANGER, 1, MSC_PAGE_COPY, true },
		{ 0, 0, 0, MSC_PAGE_EXCLUSIVE, false },
		{ 0, 0, 0, MSC_PAGE_COPY, true },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < MSC_ARRAY_SIZE(rows); i++) {
		struct msc_page page = {
			.state = MSC_PAGE_SWAP_CACHED, .anon_vma = rows[i].anon_vma,
			.root = rows[i].root, .delta = rows[i].delta, .bits = rows[i].bits,
		};

		assert_int_equal(msc_page_is_irregular(&page, OWN, PARENTS), rows[i].irregular);
		page.state = MSC_PAGE_SWAP;
		assert_false(msc_page_is_irregular(&page, OWN, PARENTS));
	}
}

/* Every page counted, and each as often as it is mapped. */
static void count_all(struct msc_snapshot *s)
{
	msc_u32 i;

	s->facts.deep = 1;
	for (i = 0; i < s->nr_runs; i++) {
		page(s, i)->bits |= MSC_PAGE_COUNTED;
		page(s, i)->mapcount = i;
		page(s, i)->reached = i;
	}
}

static void mapcount(void **state)
{
	struct msc_snapshot *s = *state;
	struct unit_judged judged;

	count_all(s);
	judged = unit_judge(s, MSC_RULE_FOLIO_MAPCOUNT);
	unit_assert_counts(&judged, 8, 0, 0);
	page(s, 3)->mapcount = 2;
	assert_run(s, MSC_RULE_FOLIO_MAPCOUNT, 3, 8,
		   (struct msc_finding){ .what = "mapcount", .expected = UNIT_DEC(3),
					 .found = UNIT_DEC(2) });
	page(s, 3)->mapcount = 4;
	assert_run(s, MSC_RULE_FOLIO_MAPCOUNT, 3, 8,
		   (struct msc_finding){ .what = "mapcount", .expected = UNIT_DEC(3),
					 .found = UNIT_DEC(4) });
	/* The numbers say nothing of what was not counted, or is no anonymous page. */
	page(s, 3)->bits &= ~MSC_PAGE_COUNTED;
	page(s, 4)->reached = 9;
	judged = unit_judge(s, MSC_RULE_FOLIO_MAPCOUNT);
	unit_assert_counts(&judged, 6, 0, 2);
	s->facts.deep = 0;
	judged = unit_judge(s, MSC_RULE_FOLIO_MAPCOUNT);
	unit_assert_counts(&judged, 0, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(unsure_and_right),
		world_test(other_states),
		world_test(anon_present),
		world_test(index_off),
		world_test(index_with_two_offsets),
		world_test(root_differs),
		world_test(off_the_chain),
		world_test(exclusive_ways),
		world_test(elsewhere_unknown),
		world_test(mapped_twice),
		world_test(swap_index),
		world_test(swap_index_of_others),
		world_test(swap_cache_not_known),
		cmocka_unit_test(irregular_swap_entries),
		cmocka_unit_test(irregular_ksm_pages),
		world_test(mapcount),
	};

	return cmocka_run_group_tests_name("rules_pages", tests, NULL, NULL);
}
