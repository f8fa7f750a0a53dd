// SPDX-License-Identifier: GPL-2.0
/* rules: each invariant of VMAs, AVCs and anon_vmas holds, is broken, is not known. */
#include "unit.h"
#include "world.h"

static int set_up(void **state)
{
	static struct msc_snapshot s;

	memset(&unit_mem, 0, sizeof(unit_mem));
	msc_snapshot_init(&s, &unit_alloc, MSC_SECTION_CHECK);
	unit_world(&s, K_6_12);
	*state = &s;
	return 0;
}

#define world_test(name) cmocka_unit_test_setup_teardown(name, set_up, unit_snapshot_tear_down)

/* Judge, and see one finding, @want, of @checked looks; no other rule has any. */
static void assert_one(const struct msc_snapshot *s, enum msc_rule_id id, msc_u64 checked,
		       struct msc_finding want)
{
	struct unit_judged judged = unit_judge(s, id);

	unit_assert_counts(&judged, checked, 1, 0);
	assert_int_equal(judged.nr, 1);
	unit_assert_finding(&judged.findings[0], want);
	unit_assert_only(s, id);
}

static void all_is_well(void **state)
{
	static const msc_u64 checked[MSC_NR_RULES] = {
		[MSC_RULE_VMA_ORDER] = 10,	/* 5 ranges, 4 neighbours, map_count */
		[MSC_RULE_VMA_ACCOUNT] = 4,
		[MSC_RULE_AVC_LINKED] = 8,	/* 3 AVCs, 5 chains */
		[MSC_RULE_AVC_ROOT] = 3,
		[MSC_RULE_ANON_VMA_COUNTS] = 6,
		[MSC_RULE_VMA_ANON_PRESENT] = 8,
		[MSC_RULE_FOLIO_INDEX] = 8,
		[MSC_RULE_FOLIO_ROOT] = 8,
		[MSC_RULE_FOLIO_REACH] = 8,
		[MSC_RULE_FOLIO_EXCLUSIVE] = 8,
		[MSC_RULE_FOLIO_ONCE] = 8,
	};
	enum msc_rule_id id;

	for (id = 0; id < MSC_NR_RULES; id++) {
		struct unit_judged judged = unit_judge(*state, id);

		unit_assert_counts(&judged, checked[id], 0, 0);
		assert_int_equal(judged.nr, 0);
	}
}

static void nothing_to_judge(void **state)
{
	struct msc_snapshot *s = *state;
	enum msc_rule_id id;

	msc_snapshot_clear(s);
	s->target = (struct msc_target){};
	for (id = 0; id < MSC_NR_RULES; id++) {
		struct unit_judged judged = unit_judge(s, id);

		/* No VMA is no VMA, and no page. */
		unit_assert_counts(&judged, id == MSC_RULE_VMA_ORDER ? 1 :
				   id == MSC_RULE_VMA_ACCOUNT ? 4 : 0, 0, 0);
	}
}

static void every_rule_has_its_own_name(void **state)
{
	enum msc_rule_id a, b;

	(void)state;
	for (a = 0; a < MSC_NR_RULES; a++) {
		assert_non_null(msc_rules[a].judge);
		for (b = 0; b < a; b++)
			assert_string_not_equal(msc_rules[a].name, msc_rules[b].name);
	}
}

/* vma-order */

static void order_empty(void **state)
{
	struct msc_snapshot *s = *state;

	s->vmas[1].end = s->vmas[1].start;
	s->target.total_vm -= 2;
	assert_one(s, MSC_RULE_VMA_ORDER, 10,
		   (struct msc_finding){ .what = "empty", .addr = 0x14000,
					 .found = UNIT_HEX(0x14000) });
}

static void order_backwards(void **state)
{
	struct msc_snapshot *s = *state;
	struct unit_judged judged;

	s->vmas[1].end = 0x13000;
	judged = unit_judge(s, MSC_RULE_VMA_ORDER);
	unit_assert_counts(&judged, 10, 1, 0);
	unit_assert_finding(&judged.findings[0],
			    (struct msc_finding){ .what = "empty", .addr = 0x14000,
						  .found = UNIT_HEX(0x13000) });
}

static void order_overlap(void **state)
{
	struct msc_snapshot *s = *state;

	s->vmas[1].start -= 0x1000;
	s->vmas[1].end -= 0x1000;
	assert_one(s, MSC_RULE_VMA_ORDER, 10,
		   (struct msc_finding){ .what = "overlap", .addr = 0x13000,
					 .expected = UNIT_HEX(0x14000),
					 .found = UNIT_HEX(0x13000) });
}

static void order_map_count(void **state)
{
	struct msc_snapshot *s = *state;
	msc_u64 wrong;

	for (wrong = 4; wrong <= 6; wrong += 2) {
		s->target.map_count = wrong;
		assert_one(s, MSC_RULE_VMA_ORDER, 10,
			   (struct msc_finding){ .what = "map_count", .expected = UNIT_DEC(5),
						 .found = UNIT_DEC(wrong) });
	}
}

/* Where the lock was let go and a writer may have come, neighbours prove nothing. */
static void order_at_a_seam(void **state)
{
	static const msc_u8 seams[] = { MSC_SEAM_TORN, MSC_SEAM_UNPROVED };
	struct msc_snapshot *s = *state;
	struct unit_judged judged;
	unsigned int i;

	s->vmas[1].start -= 0x1000;
	s->vmas[1].end -= 0x1000;
	for (i = 0; i < MSC_ARRAY_SIZE(seams); i++) {
		s->vmas[1].bits = seams[i];
		judged = unit_judge(s, MSC_RULE_VMA_ORDER);
		unit_assert_counts(&judged, 9, 0, 1);
	}
	/* Other bits are no excuse. */
	s->vmas[1].bits = MSC_VMA_CLOSE | MSC_VMA_NAME_CUT;
	judged = unit_judge(s, MSC_RULE_VMA_ORDER);
	unit_assert_counts(&judged, 10, 1, 0);
}

/* A count over all VMAs is only as good as the snapshot is one moment. */
static void sums_of_a_torn_snapshot(void **state)
{
	struct msc_snapshot *s = *state;
	struct unit_judged order, account;
	unsigned int i;

	s->target.map_count = 4;
	s->target.total_vm = 0;
	for (i = 0; i < 3; i++) {
		/* torn; let go, and no sequence that tells; let go, and nobody came */
		s->lock.torn = i == 0;
		s->lock.let_go = 1;
		s->facts.lock_seq = i != 1;
		order = unit_judge(s, MSC_RULE_VMA_ORDER);
		account = unit_judge(s, MSC_RULE_VMA_ACCOUNT);
		if (i < 2) {
			unit_assert_counts(&order, 9, 0, 1);
			unit_assert_counts(&account, 0, 0, 4);
		} else {
			unit_assert_counts(&order, 10, 1, 0);
			unit_assert_counts(&account, 4, 1, 0);
		}
	}
	/* Held throughout, a kernel without a sequence is as good as another. */
	s->lock = (struct msc_lock_stats){};
	s->facts.lock_seq = 0;
	order = unit_judge(s, MSC_RULE_VMA_ORDER);
	unit_assert_counts(&order, 10, 1, 0);
}

/* vma-account */

static void account_counters(void **state)
{
	struct msc_snapshot *s = *state;
	struct {
		msc_u64 *counter;
		const char *what;
		msc_u64 expected;
	} rows[] = {
		{ &s->target.total_vm, "total_vm", 13 }, { &s->target.data_vm, "data_vm", 8 },
		{ &s->target.exec_vm, "exec_vm", 1 }, { &s->target.stack_vm, "stack_vm", 2 },
	};
	unsigned int i;

	for (i = 0; i < MSC_ARRAY_SIZE(rows); i++) {
		*rows[i].counter += 7;
		assert_one(s, MSC_RULE_VMA_ACCOUNT, 4,
			   (struct msc_finding){ .what = rows[i].what,
						 .expected = UNIT_DEC(rows[i].expected),
						 .found = UNIT_DEC(rows[i].expected + 7) });
		*rows[i].counter -= 7;
	}
}

/* mm/internal.h: is_exec_mapping() before is_stack_mapping() before is_data_mapping(). */
static void account_kinds(void **state)
{
	enum kind { NO, DATA, EXEC, STACK };
	static const struct {
		msc_u64 flags;
		enum kind kind;
	} rows[] = {
		{ 0, NO },
		{ MSC_VM(RD), NO },
		{ MSC_VM(RD) | MSC_VM(WR), DATA },
		{ MSC_VM(WR) | MSC_VM(EX), DATA },
		{ MSC_VM(WR) | MSC_VM(SH), NO },
		{ MSC_VM(WR) | MSC_VM(MS), DATA },
		{ MSC_VM(EX), EXEC },
		{ MSC_VM(EX) | MSC_VM(RD), EXEC },
		{ MSC_VM(EX) | MSC_VM(SH), EXEC },
		{ MSC_VM(EX) | MSC_VM(SS), EXEC },
		{ MSC_VM(GD), STACK },
		{ MSC_VM(GD) | MSC_VM(WR), STACK },
		{ MSC_VM(GD) | MSC_VM(EX), STACK },
		{ MSC_VM(GD) | MSC_VM(WR) | MSC_VM(SH), STACK },
		{ MSC_VM(SS) | MSC_VM(WR), STACK },
	};
	struct msc_snapshot *s = *state;
	unsigned int i;

	for (i = 0; i < MSC_ARRAY_SIZE(rows); i++) {
		enum kind kind = rows[i].kind;
		struct unit_judged judged;

		s->vmas[1].flags = rows[i].flags;
		s->target.data_vm = 8 + (kind == DATA ? 2 : 0);
		s->target.exec_vm = 1 + (kind == EXEC ? 2 : 0);
		s->target.stack_vm = 2 + (kind == STACK ? 2 : 0);
		judged = unit_judge(s, MSC_RULE_VMA_ACCOUNT);
		unit_assert_counts(&judged, 4, 0, 0);
	}
}

/* avc-linked */

static void linked_not_found(void **state)
{
	struct msc_snapshot *s = *state;

	struct msc_finding want = { .what = "not-found", .addr = 0x20000,
				    .expected = UNIT_HEX(0x123), .anon_vma_id = OWN_ID };

	s->avcs[1].bits &= ~MSC_AVC_FOUND;
	assert_one(s, MSC_RULE_AVC_LINKED, 8, want);
	s->avcs[1].bits &= ~MSC_AVC_CACHED;
	assert_one(s, MSC_RULE_AVC_LINKED, 8, want);
}

static void linked_cached_range(void **state)
{
	struct msc_snapshot *s = *state;

	s->avcs[0].bits &= ~MSC_AVC_CACHED;
	s->avcs[0].subtree_last = 0x200;
	assert_one(s, MSC_RULE_AVC_LINKED, 8,
		   (struct msc_finding){ .what = "cached-range", .addr = 0x10000,
					 .expected = UNIT_HEX(0x113), .found = UNIT_HEX(0x200),
					 .anon_vma_id = PLAIN_ID });
}

static void linked_other_vma(void **state)
{
	struct msc_snapshot *s = *state;

	s->avcs[2].bits = 0;
	s->avcs[2].of = s->vmas[1].self;
	assert_one(s, MSC_RULE_AVC_LINKED, 8,
		   (struct msc_finding){ .what = "other-vma", .addr = 0x20000,
					 .expected = UNIT_HEX(0x20000),
					 .found = UNIT_HEX(0x14000),
					 .anon_vma_id = PARENTS_ID });
	/* Of another process, or nothing at all. */
	s->avcs[2].of = STRANGER;
	assert_one(s, MSC_RULE_AVC_LINKED, 8,
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
	assert_one(s, MSC_RULE_AVC_LINKED, 8,
		   (struct msc_finding){ .what = "own-not-on-chain", .addr = 0x20000,
					 .expected = UNIT_ANON_VMA(OWN_ID),
					 .anon_vma_id = OWN_ID });
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
	s->avcs[2].root = PLAIN;
	s->avcs[2].anon_vma_id = PLAIN_ID;
	assert_one(s, MSC_RULE_AVC_ROOT, 3,
		   (struct msc_finding){ .what = "root", .addr = 0x20000,
					 .expected = UNIT_ANON_VMA(PARENTS_ID),
					 .found = UNIT_ANON_VMA(PLAIN_ID),
					 .anon_vma_id = PLAIN_ID });
	msc_snapshot_clear(s);
	unit_world(s, K_6_12);
	s->vmas[0].anon_root = STRANGER;
	s->vmas[0].anon_root_id = 9;
	s->avcs[0].root = PARENTS;
	s->avcs[0].anon_vma = OWN;
	s->vmas[0].anon_vma = OWN;
	s->runs[0].page.root = STRANGER;
	assert_one(s, MSC_RULE_AVC_ROOT, 3,
		   (struct msc_finding){ .what = "root", .addr = 0x10000,
					 .expected = UNIT_ANON_VMA(9),
					 .found = UNIT_ANON_VMA(PARENTS_ID),
					 .anon_vma_id = PLAIN_ID });
}

/* The id of a root that no record has is not known; that it is another one is. */
static void root_without_record(void **state)
{
	struct msc_snapshot *s = *state;
	struct unit_judged judged;

	s->avcs[2].anon_vma = STRANGER;
	s->avcs[2].root = STRANGER;
	s->avcs[2].anon_vma_id = 77;
	judged = unit_judge(s, MSC_RULE_AVC_ROOT);
	unit_assert_counts(&judged, 3, 1, 0);
	unit_assert_finding(&judged.findings[0],
			    (struct msc_finding){ .what = "root", .addr = 0x20000,
						  .expected = UNIT_ANON_VMA(PARENTS_ID),
						  .found = UNIT_ANON_VMA(0),
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
	assert_one(s, MSC_RULE_ANON_VMA_COUNTS, 6,
		   (struct msc_finding){ .what = "num_children", .addr = 0x20000,
					 .expected = UNIT_DEC(2), .found = UNIT_DEC(3),
					 .anon_vma_id = PARENTS_ID });
	s->anon_vmas[2].children = 2;
	s->anon_vmas[0].active = 0;
	assert_one(s, MSC_RULE_ANON_VMA_COUNTS, 6,
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
		world_test(all_is_well),
		world_test(nothing_to_judge),
		world_test(every_rule_has_its_own_name),
		world_test(order_empty),
		world_test(order_backwards),
		world_test(order_overlap),
		world_test(order_map_count),
		world_test(order_at_a_seam),
		world_test(sums_of_a_torn_snapshot),
		world_test(account_counters),
		world_test(account_kinds),
		world_test(linked_not_found),
		world_test(linked_cached_range),
		world_test(linked_other_vma),
		world_test(linked_not_searched),
		world_test(linked_own_not_on_chain),
		world_test(linked_no_chain),
		world_test(root_differs),
		world_test(root_without_record),
		world_test(root_of_a_vma_without_anon_vma),
		world_test(counts_differ),
		world_test(counts_of_a_large_tree),
		world_test(counts_of_a_tree_that_lost_one),
		world_test(counts_of_a_vma_without_anon_vma),
	};

	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
