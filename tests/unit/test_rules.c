// SPDX-License-Identifier: GPL-2.0
/* rules: each invariant of VMAs holds, is broken, is not known. */
#include "unit.h"
#include "world.h"

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
	unit_assert_one(s, MSC_RULE_VMA_ORDER, 10,
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
	unit_assert_one(s, MSC_RULE_VMA_ORDER, 10,
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
		unit_assert_one(s, MSC_RULE_VMA_ORDER, 10,
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
		unit_assert_one(s, MSC_RULE_VMA_ACCOUNT, 4,
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
	};

	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
