// SPDX-License-Identifier: GPL-2.0
/* pairs: what is counted of a process whose verdicts are known by heart. */
#include "unit.h"
#include "address_space.h"
#include "pairs.h"

static struct msc_snapshot *space(void **state, enum unit_kernel_id k)
{
	struct msc_snapshot *s = *state;

	unit_address_space(s, k);
	return s;
}

/* By hand, from golden/7.3.txt. */
static void counts_of_7_3(void **state)
{
	const struct msc_snapshot *s = space(state, K_7_3);
	struct msc_pairs pairs;
	unsigned int i;
	const struct {
		msc_u64 by, alone;
	} expected[MSC_B_NR] = {
		[MSC_B_FLAGS] = { 4, 1 }, [MSC_B_FILE] = { 2, 0 }, [MSC_B_PGOFF] = { 3, 0 },
		[MSC_B_ANON_PGOFF] = { 1, 1 }, [MSC_B_ANON_VMA] = { 1, 0 },
		[MSC_B_FORK_CHILD] = { 2, 1 }, [MSC_B_POLICY] = { 2, 0 },
		[MSC_B_UFFD] = { 2, 0 }, [MSC_B_NAME] = { 2, 0 },
	};

	msc_pairs_count(s, &pairs);
	assert_int_equal(pairs.outcomes[MSC_LAST], 1);
	assert_int_equal(pairs.outcomes[MSC_HOLE], 4);
	assert_int_equal(pairs.outcomes[MSC_BLOCKED], 7);
	assert_int_equal(pairs.outcomes[MSC_CANDIDATE] + pairs.outcomes[MSC_UNKNOWN], 0);
	for (i = 0; i < MSC_B_NR; i++) {
		assert_int_equal(pairs.by[i], expected[i].by);
		assert_int_equal(pairs.alone[i], expected[i].alone);
	}
	assert_int_equal(pairs.flags[MSC_VMFLAG_WR], 2);
	assert_int_equal(pairs.flags[MSC_VMFLAG_MG], 1);
	/* Ignored in a merge: a difference that keeps nothing apart. */
	assert_int_equal(pairs.flags[MSC_VMFLAG_SD] + pairs.flags[MSC_VMFLAG_GU], 0);
}

/* A seam behind the last VMA leaves open whether there is another. */
static void unknown_ends(void **state)
{
	const struct msc_snapshot *s = space(state, K_6_12);
	struct msc_pairs pairs;

	msc_pairs_count(s, &pairs);
	assert_int_equal(pairs.outcomes[MSC_LAST], 0);
	assert_int_equal(pairs.outcomes[MSC_UNKNOWN], 2);
	assert_int_equal(pairs.outcomes[MSC_CANDIDATE], 1);
}

static void most_frequent_first(void **state)
{
	struct msc_pairs pairs = { 0 };
	enum msc_blocker order[MSC_B_NR];

	(void)state;
	assert_int_equal(msc_pairs_order(&pairs, order), 0);
	pairs.by[MSC_B_NAME] = 5;
	pairs.by[MSC_B_FLAGS] = 5;
	pairs.by[MSC_B_PGOFF] = 9;
	pairs.by[MSC_B_CLOSE] = 1;
	assert_int_equal(msc_pairs_order(&pairs, order), 4);
	assert_int_equal(order[0], MSC_B_PGOFF);
	assert_int_equal(order[1], MSC_B_FLAGS);
	assert_int_equal(order[2], MSC_B_NAME);
	assert_int_equal(order[3], MSC_B_CLOSE);
}

static void assert_amount(const struct msc_amount *amount, msc_u64 vmas, msc_u64 pages)
{
	assert_int_equal(amount->vmas, vmas);
	assert_int_equal(amount->pages, pages);
}

static void ksm_of_7_3(void **state)
{
	const struct msc_snapshot *s = space(state, K_7_3);
	struct msc_ksm_amounts ksm;

	msc_ksm_count(s, &ksm);
	assert_amount(&ksm.states[MSC_KSM_MERGEABLE], 1, 4);
	assert_amount(&ksm.states[MSC_KSM_ELIGIBLE], 7, 18);
	assert_amount(&ksm.states[MSC_KSM_EXCLUDED], 4, 516);
	assert_amount(&ksm.by_flag[MSC_VMFLAG_SH], 2, 513);
	assert_amount(&ksm.by_flag[MSC_VMFLAG_MS], 3, 514);
	assert_amount(&ksm.by_flag[MSC_VMFLAG_DE], 2, 514);
	assert_amount(&ksm.by_flag[MSC_VMFLAG_HT], 1, 512);
	assert_amount(&ksm.by_dax, 1, 1);
	assert_amount(&ksm.late, 4, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_snapshot_test(counts_of_7_3),
		unit_snapshot_test(unknown_ends),
		unit_snapshot_test(most_frequent_first),
		unit_snapshot_test(ksm_of_7_3),
	};

	return cmocka_run_group_tests_name("pairs", tests, NULL, NULL);
}
