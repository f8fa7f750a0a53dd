// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "world.h"

#define RW (MSC_VM(RD) | MSC_VM(WR) | MSC_VM(MR) | MSC_VM(MW) | MSC_VM(ME))

static const struct msc_vma vmas[] = {
	{ .start = 0x10000, .end = 0x14000, .flags = RW, .avcs = 1, .anon_vma = PLAIN,
	  .anon_root = PLAIN },
	{ .start = 0x14000, .end = 0x16000 },
	{ .start = 0x20000, .end = 0x24000, .flags = RW, .avcs = 2, .anon_vma = OWN,
	  .anon_root = PARENTS },
	{ .start = 0x30000, .end = 0x31000, .flags = MSC_VM(RD) | MSC_VM(EX),
	  .kind = MSC_KIND_PRIVATE_FILE },
	{ .start = 0x40000, .end = 0x42000, .flags = RW | MSC_VM(GD) },
};

/* Those of a VMA together. Page offsets are 0x100 above the address. */
static const struct msc_avc avcs[] = {
	{ .self = 1, .vma = 0, .anon_vma = PLAIN, .root = PLAIN, .parent = PLAIN, .first = 0x110,
	  .last = 0x113, .subtree_last = 0x113 },
	{ .self = 2, .vma = 2, .anon_vma = OWN, .root = PARENTS, .parent = PARENTS,
	  .first = 0x120, .last = 0x123, .subtree_last = 0x123 },
	{ .self = 3, .vma = 2, .anon_vma = PARENTS, .root = PARENTS, .parent = PARENTS,
	  .first = 0x120, .last = 0x123, .subtree_last = 0x150 },
};

static const struct msc_anon_vma anon_vmas[] = {
	{ .self = PLAIN, .root = PLAIN, .parent = PLAIN, .refcount = 1, .children = 1,
	  .active = 1, .avcs_here = 1, .found_children = 1, .found_active = 1, .counted = 1 },
	{ .self = OWN, .root = PARENTS, .parent = PARENTS, .refcount = 1, .active = 1,
	  .avcs_here = 1, .found_active = 1, .counted = 1 },
	{ .self = PARENTS, .root = PARENTS, .parent = PARENTS, .refcount = 2, .children = 2,
	  .active = 1, .avcs_here = 1, .avcs_elsewhere = 1, .found_children = 2,
	  .found_active = 1, .counted = 1 },
};

static const struct msc_run runs[] = {
	{ 0x10000, 4, 0, { .state = MSC_PAGE_ANON, .anon_vma = PLAIN, .root = PLAIN,
			   .bits = MSC_PAGE_WRITABLE | MSC_PAGE_EXCLUSIVE } },
	{ 0x14000, 2, 1, { .state = MSC_PAGE_NONE } },
	{ 0x20000, 2, 2, { .state = MSC_PAGE_ANON, .anon_vma = OWN, .root = PARENTS,
			   .bits = MSC_PAGE_WRITABLE | MSC_PAGE_EXCLUSIVE } },
	{ 0x22000, 2, 2, { .state = MSC_PAGE_ANON, .anon_vma = PARENTS, .root = PARENTS,
			   .bits = MSC_PAGE_ELSEWHERE } },
	{ 0x30000, 1, 3, { .state = MSC_PAGE_FILE, .bits = MSC_PAGE_ELSEWHERE } },
	{ 0x40000, 2, 4, { .state = MSC_PAGE_NONE } },
};

static void add_vmas(struct msc_snapshot *s)
{
	struct msc_vma *vma;
	unsigned int i;

	for (i = 0; i < MSC_ARRAY_SIZE(vmas); i++) {
		vma = msc_snapshot_add_vma(s);
		assert_non_null(vma);
		*vma = vmas[i];
		vma->self = 0x100 + i;
		vma->pgoff = (vma->start >> 12) + 0x100;
		if (s->facts.anon_pgoff) {
			vma->anon_pgoff = vma->pgoff;
			vma->pgoff = 0x7000;
		}
	}
}

void unit_world(struct msc_snapshot *s, enum unit_kernel_id k)
{
	unsigned int i;

	assert_int_equal(msc_snapshot_reserve(s, 16), 0);
	s->facts = unit_kernels[k].facts;
	s->target = (struct msc_target){
		.map_count = 5, .total_vm = 13, .data_vm = 8, .exec_vm = 1, .stack_vm = 2,
	};
	add_vmas(s);
	for (i = 0; i < MSC_ARRAY_SIZE(avcs); i++) {
		struct msc_avc *avc = msc_snapshot_add_avc(s);

		assert_non_null(avc);
		*avc = avcs[i];
		avc->of = s->vmas[avc->vma].self;
		avc->bits = MSC_AVC_BACK | MSC_AVC_SEARCHED | MSC_AVC_FOUND | MSC_AVC_CACHED;
	}
	for (i = 0; i < MSC_ARRAY_SIZE(anon_vmas); i++)
		assert_int_equal(msc_snapshot_add_anon_vma(s, &anon_vmas[i]), i + 1);
	for (i = 0; i < MSC_ARRAY_SIZE(runs); i++)
		s->runs[s->nr_runs++] = runs[i];
	assert_int_equal(msc_snapshot_number(s), 0);
}

int unit_world_set_up(void **state)
{
	static struct msc_snapshot s;

	memset(&unit_mem, 0, sizeof(unit_mem));
	msc_snapshot_init(&s, &unit_alloc, MSC_SECTION_CHECK);
	unit_world(&s, K_6_12);
	*state = &s;
	return 0;
}

static void keep(struct msc_judge *judge, const struct msc_finding *finding)
{
	struct unit_judged *judged = (struct unit_judged *)judge;

	if (judged->nr < UNIT_MAX_FINDINGS)
		judged->findings[judged->nr] = *finding;
	judged->nr++;
}

struct unit_judged unit_judge(const struct msc_snapshot *s, enum msc_rule_id id)
{
	struct unit_judged judged = { .judge.violation = keep };
	struct msc_judge count = {};

	msc_rules[id].judge(s, &judged.judge);
	/* Nobody need listen. */
	msc_rules[id].judge(s, &count);
	assert_int_equal(count.checked, judged.judge.checked);
	assert_int_equal(count.violations, judged.judge.violations);
	assert_int_equal(count.unknown, judged.judge.unknown);
	return judged;
}

void unit_assert_only(const struct msc_snapshot *s, enum msc_rule_id id)
{
	enum msc_rule_id other;

	for (other = 0; other < MSC_NR_RULES; other++) {
		struct unit_judged judged = unit_judge(s, other);

		if (other != id && judged.nr)
			fail_msg("%s: %s", msc_rules[other].name, judged.findings[0].what);
	}
}

void unit_assert_counts(const struct unit_judged *judged, msc_u64 checked, msc_u64 violations,
			msc_u64 unknown)
{
	assert_int_equal(judged->judge.checked, checked);
	assert_int_equal(judged->judge.violations, violations);
	assert_int_equal(judged->judge.unknown, unknown);
}

static void assert_value(struct msc_value have, struct msc_value want)
{
	assert_int_equal(have.kind, want.kind);
	assert_int_equal(have.value, want.value);
}

void unit_assert_finding(const struct msc_finding *have, struct msc_finding want)
{
	assert_string_equal(have->what, want.what);
	assert_int_equal(have->addr, want.addr);
	assert_int_equal(have->pages, want.pages);
	assert_value(have->expected, want.expected);
	assert_value(have->found, want.found);
	assert_int_equal(have->anon_vma_id, want.anon_vma_id);
}

void unit_assert_one(const struct msc_snapshot *s, enum msc_rule_id id, msc_u64 checked,
		     struct msc_finding want)
{
	struct unit_judged judged = unit_judge(s, id);

	unit_assert_counts(&judged, checked, 1, 0);
	assert_int_equal(judged.nr, 1);
	unit_assert_finding(&judged.findings[0], want);
	unit_assert_only(s, id);
}
