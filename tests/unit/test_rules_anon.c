// SPDX-License-Identifier: GPL-2.0
/* rules: each invariant of AVCs and anon_vmas holds, is broken, is not known. */
#include "unit.h"
#include "world.h"

/* avc-linked */

static void linked_not_found(void **state)
{
	struct msc_snapshot *s = *state;

	struct msc_finding want = { .what = "not-found", .addr = 0x20000,
				    .expected = UNIT_HEX(0x123), .anon_vma_id = OWN_ID };

	s->avcs[1].bits &= ~MSC_AVC_FOUND;
	unit_assert_one(s, MSC_RULE_AVC_LINKED, 8, want);
	s->avcs[1].bits &= ~MSC_AVC_CACHED;
	unit_assert_one(s, MSC_RULE_AVC_LINKED, 8, want);
}

static void linked_cached_range(void **state)
{
	struct msc_snapshot *s = *state;

	s->avcs[0].bits &= ~MSC_AVC_CACHED;
	s->avcs[0].subtree_last = 0x200;
	unit_assert_one(s, MSC_RULE_AVC_LINKED, 8,
			(struct msc_finding){ .what = "cached-range", .addr = 0x10000,
					      .expected = UNIT_HEX(0x113), .found = UNIT_HEX(0x200),
					      .anon_vma_id = PLAIN_ID });
}

static void linked_other_vma(void **state)
{
	struct msc_snapshot *s = *state;

	s->avcs[2].bits = 0;
	s->avcs[2].of = s->vmas[1].self;
	unit_assert_one(s, MSC_RULE_AVC_LINKED, 8,
			(struct msc_finding){ .what = "other-vma", .addr = 0x20000,
					      .expected = UNIT_HEX(0x20000),
					      .found = UNIT_HEX(0x14000),
					      .anon_vma_id = PARENTS_ID });
	/* Of another process, or nothing at all. */
	s->avcs[2].of = STRANGER;
	unit_assert_one(s, MSC_RULE_AVC_LINKED, 8,
			(struct msc_finding){ .what = "other-vma", .addr = 0x20000,
					      .expected = UNIT_HEX(0x20000),
					      .anon_vma_id = PARENTS_ID });
}

/* Too many VMAs at one range: whether the AVC is among them is not known. */
static void linked_not_searched(void **state)
{
	struct msc_snapshot *s = *state;
	struct unit_judged judged;

	s->avcs[2].bits = MSC_AVC_BACK;
	judged = unit_judge(s, MSC_RULE_AVC_LINKED);
	unit_assert_counts(&judged, 7, 0, 1);
}

static void linked_own_not_on_chain(void **state)
{
	struct msc_snapshot *s = *state;

	s->avcs[1].anon_vma = STRANGER;
	unit_assert_one(s, MSC_RULE_AVC_LINKED, 8,
			(struct msc_finding){ .what = "own-not-on-chain", .addr = 0x20000,
					      .expected = UNIT_ANON_VMA(OWN_ID),
					      .anon_vma_id = OWN_ID });
}

/* The parent of its own anon_vma is in none of its AVCs. */
static void linked_parent_not_on_chain(void **state)
{
	struct msc_snapshot *s = *state;

	s->nr_avcs = 2;
	msc_snapshot_link(s);
	unit_assert_one(s, MSC_RULE_AVC_LINKED, 7,
			(struct msc_finding){ .what = "parent-not-on-chain", .addr = 0x20000,
					      .expected = UNIT_ANON_VMA(PARENTS_ID),
					      .anon_vma_id = OWN_ID });
}

/* It is, but on the chain of another VMA; and the first of two is told. */
static void linked_parent_on_other_chain(void **state)
{
	struct msc_snapshot *s = *state;
	struct unit_judged judged;

	s->avcs[0].anon_vma = OWN;
	s->avcs[0].anon_vma_id = OWN_ID;
	s->avcs[0].parent = PARENTS;
	s->avcs[0].parent_id = PARENTS_ID;
	s->avcs[1].anon_vma = PLAIN;
	s->avcs[1].anon_vma_id = PLAIN_ID;
	s->avcs[1].parent = STRANGER;
	s->avcs[1].vma = 0;
	s->vmas[2].anon_vma = PARENTS;
	msc_snapshot_link(s);
	judged = unit_judge(s, MSC_RULE_AVC_LINKED);
	unit_assert_counts(&judged, 8, 1, 0);
	unit_assert_finding(&judged.findings[0],
			    (struct msc_finding){ .what = "parent-not-on-chain", .addr = 0x10000,
						  .expected = UNIT_ANON_VMA(PARENTS_ID),
						  .anon_vma_id = OWN_ID });
}

static void linked_parent_on_both_chains(void **state)
{
	struct msc_snapshot *s = *state;
	struct unit_judged judged;

	s->avcs[0].anon_vma = s->avcs[0].parent = PARENTS;
	s->vmas[0].anon_vma = PARENTS;
	msc_snapshot_link(s);
	judged = unit_judge(s, MSC_RULE_AVC_LINKED);
	unit_assert_counts(&judged, 8, 0, 0);
}

/* Another anon_vma at the address of one that was freed while the lock was let go. */
static void linked_anon_vma_made_anew(void **state)
{
	struct msc_snapshot *s = *state;
	struct unit_judged judged;

	s->anon_vmas[0].parent = s->anon_vmas[0].root = PARENTS;
	msc_snapshot_link(s);
	judged = unit_judge(s, MSC_RULE_AVC_LINKED);
	unit_assert_counts(&judged, 8, 0, 0);
	judged = unit_judge(s, MSC_RULE_AVC_ROOT);
	unit_assert_counts(&judged, 3, 0, 0);
}

/* As of a saved report that has not the line of an anon_vma. */
static void linked_parent_not_known(void **state)
{
	struct msc_snapshot *s = *state;
	struct unit_judged judged;

	s->avcs[1].parent = 0;
	msc_snapshot_link(s);
	judged = unit_judge(s, MSC_RULE_AVC_LINKED);
	unit_assert_counts(&judged, 8, 0, 0);
}

static void linked_no_chain(void **state)
{
	struct msc_snapshot *s = *state;
	struct unit_judged judged;

	/* The last AVCs are those of VMA 2: nothing is left behind VMA 0's. */
	s->nr_avcs = 1;
	judged = unit_judge(s, MSC_RULE_AVC_LINKED);
	unit_assert_counts(&judged, 6, 1, 0);
	unit_assert_finding(&judged.findings[0],
			    (struct msc_finding){ .what = "own-not-on-chain", .addr = 0x20000,
						  .expected = UNIT_ANON_VMA(OWN_ID),
						  .anon_vma_id = OWN_ID });
}

/* avc-root */

static void root_differs(void **state)
{
	struct msc_snapshot *s = *state;

	/* VMA 2's chain leads to VMA 0's anon_vma; then VMA 0's to VMA 2's. */
	s->avcs[2].anon_vma = PLAIN;
	s->avcs[2].root = s->avcs[2].parent = s->avcs[1].parent = PLAIN;
	assert_int_equal(msc_snapshot_number(s), 0);
	unit_assert_one(s, MSC_RULE_AVC_ROOT, 3,
			(struct msc_finding){ .what = "root", .addr = 0x20000,
					      .expected = UNIT_ANON_VMA(PARENTS_ID),
					      .found = UNIT_ANON_VMA(PLAIN_ID),
					      .anon_vma_id = PLAIN_ID });
	msc_snapshot_clear(s);
	unit_world(s, K_6_12);
	s->vmas[0].anon_root = STRANGER;
	s->vmas[0].anon_root_id = 9;
	s->avcs[0].root = PARENTS;
	s->avcs[0].root_id = PARENTS_ID;
	s->avcs[0].anon_vma = OWN;
	s->vmas[0].anon_vma = OWN;
	s->runs[0].page.root = STRANGER;
	unit_assert_one(s, MSC_RULE_AVC_ROOT, 3,
			(struct msc_finding){ .what = "root", .addr = 0x10000,
					      .expected = UNIT_ANON_VMA(9),
					      .found = UNIT_ANON_VMA(PARENTS_ID),
					      .anon_vma_id = PLAIN_ID });
}

/* Of neither there is a record. */
static void root_without_record(void **state)
{
	struct msc_snapshot *s = *state;
	struct unit_judged judged;

	s->avcs[2].anon_vma = STRANGER;
	s->avcs[2].root = STRANGER;
	s->avcs[2].anon_vma_id = 77;
	s->avcs[2].root_id = 78;
	judged = unit_judge(s, MSC_RULE_AVC_ROOT);
	unit_assert_counts(&judged, 3, 1, 0);
	unit_assert_finding(&judged.findings[0],
			    (struct msc_finding){ .what = "root", .addr = 0x20000,
						  .expected = UNIT_ANON_VMA(PARENTS_ID),
						  .found = UNIT_ANON_VMA(78),
						  .anon_vma_id = 77 });
}

static void root_of_a_vma_without_anon_vma(void **state)
{
	struct msc_snapshot *s = *state;
	struct unit_judged judged;

	s->vmas[2].anon_vma = 0;
	s->vmas[2].anon_root = 0;
	judged = unit_judge(s, MSC_RULE_AVC_ROOT);
	unit_assert_counts(&judged, 1, 0, 2);
}

/* anon-vma-counts */

static void counts_differ(void **state)
{
	struct msc_snapshot *s = *state;

	s->anon_vmas[2].children = 3;
	unit_assert_one(s, MSC_RULE_ANON_VMA_COUNTS, 6,
			(struct msc_finding){ .what = "num_children", .addr = 0x20000,
					      .expected = UNIT_DEC(2), .found = UNIT_DEC(3),
					      .anon_vma_id = PARENTS_ID });
	s->anon_vmas[2].children = 2;
	s->anon_vmas[0].active = 0;
	unit_assert_one(s, MSC_RULE_ANON_VMA_COUNTS, 6,
			(struct msc_finding){ .what = "num_active_vmas", .addr = 0x10000,
					      .expected = UNIT_DEC(1), .found = UNIT_DEC(0),
					      .anon_vma_id = PLAIN_ID });
}

static void counts_of_a_large_tree(void **state)
{
	struct msc_snapshot *s = *state;
	struct unit_judged judged;

	s->anon_vmas[2].counted = 0;
	s->anon_vmas[2].found_children = 0;
	s->anon_vmas[2].found_active = 0;
	judged = unit_judge(s, MSC_RULE_ANON_VMA_COUNTS);
	unit_assert_counts(&judged, 4, 0, 2);
}

/* An AVC that its tree does not show is avc-linked's: the counts follow from it. */
static void counts_of_a_tree_that_lost_one(void **state)
{
	struct msc_snapshot *s = *state;
	struct unit_judged judged;

	s->avcs[0].bits &= ~(MSC_AVC_FOUND | MSC_AVC_CACHED);
	s->anon_vmas[0].found_active = 0;
	judged = unit_judge(s, MSC_RULE_ANON_VMA_COUNTS);
	unit_assert_counts(&judged, 4, 0, 2);
	unit_assert_only(s, MSC_RULE_AVC_LINKED);
	/* That of another anon_vma explains nothing. */
	s->avcs[0].bits |= MSC_AVC_FOUND | MSC_AVC_CACHED;
	s->avcs[1].bits &= ~(MSC_AVC_FOUND | MSC_AVC_CACHED);
	judged = unit_judge(s, MSC_RULE_ANON_VMA_COUNTS);
	unit_assert_counts(&judged, 6, 1, 0);
}

/* A VMA that lost its anon_vma is not among the active ones: vma-anon-present's. */
static void counts_of_a_vma_without_anon_vma(void **state)
{
	struct msc_snapshot *s = *state;
	struct unit_judged judged;

	s->vmas[0].anon_vma = 0;
	s->vmas[0].anon_root = 0;
	s->anon_vmas[0].found_active = 0;
	judged = unit_judge(s, MSC_RULE_ANON_VMA_COUNTS);
	unit_assert_counts(&judged, 4, 0, 2);
	unit_assert_only(s, MSC_RULE_VMA_ANON_PRESENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(linked_not_found),
		world_test(linked_cached_range),
		world_test(linked_other_vma),
		world_test(linked_not_searched),
		world_test(linked_own_not_on_chain),
		world_test(linked_parent_not_on_chain),
		world_test(linked_parent_on_other_chain),
		world_test(linked_parent_on_both_chains),
		world_test(linked_anon_vma_made_anew),
		world_test(linked_parent_not_known),
		world_test(linked_no_chain),
		world_test(root_differs),
		world_test(root_without_record),
		world_test(root_of_a_vma_without_anon_vma),
		world_test(counts_differ),
		world_test(counts_of_a_large_tree),
		world_test(counts_of_a_tree_that_lost_one),
		world_test(counts_of_a_vma_without_anon_vma),
	};

	return cmocka_run_group_tests_name("rules_anon", tests, NULL, NULL);
}
