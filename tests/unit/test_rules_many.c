// SPDX-License-Identifier: GPL-2.0
/* rules, over as many records as a crafted report can have. */
#include "unit.h"
#include "world.h"

static int set_up(void **state)
{
	unit_snapshot_set_up(state);
	msc_snapshot_init(*state, &unit_alloc, MSC_SECTION_CHECK);
	unit_world(*state, K_7_3);
	return 0;
}

#define many_test(name) cmocka_unit_test_setup_teardown(name, set_up, unit_snapshot_tear_down)

/* A report may say anything, of as many as it likes: that must not take long. */
static void counts_of_many(void **state)
{
	const unsigned int many = 200000;
	struct msc_snapshot *s = *state;
	struct unit_judged judged;
	unsigned int i;

	for (i = 0; i < many; i++) {
		if (s->nr_avcs == s->max_avcs || s->nr_anon_vmas == s->max_anon_vmas)
			assert_int_equal(msc_snapshot_reserve(s, 0), 0);
		*msc_snapshot_add_avc(s) = (struct msc_avc){
			.vma = 2, .anon_vma = STRANGER + i, .bits = i ? MSC_AVC_FOUND : 0 };
		msc_snapshot_add_anon_vma(s, &(struct msc_anon_vma){
			.self = STRANGER + i, .children = 1, .counted = 1 });
	}
	msc_snapshot_link(s);
	unit_begin_in_time();
	judged = unit_judge(s, MSC_RULE_ANON_VMA_COUNTS);
	unit_end_in_time();
	unit_assert_counts(&judged, 6 + 2 * (many - 1), many - 1, 2);
	assert_int_equal(judged.findings[0].addr, 0x20000);
	unit_begin_in_time();
	unit_judge(s, MSC_RULE_AVC_LINKED);
	unit_end_in_time();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		many_test(counts_of_many),
	};

	return cmocka_run_group_tests_name("rules_many", tests, NULL, NULL);
}
