// SPDX-License-Identifier: GPL-2.0
/*
 * merge: every blocker alone, in every combination, the verdict's direction, and where none is due.
 */
#include "unit.h"
#include "index.h"
#include "pair.h"

#define MODIFY_SIDES(side) side = MSC_MODIFY_RIGHT; side <= MSC_MODIFY_LEFT; side++

/* What a kernel makes of a spoiled pair, and the line of its source that says so. */
struct answer {
	msc_u32 blockers;
	const char *line;
};

/* One thing that is wrong with a pair. */
struct spoil {
	const char *what;
	void (*apply)(struct unit_pair *p, enum msc_side side);
	struct answer by[NR_KERNELS];
};

static void special_both(struct unit_pair *p, enum msc_side side)
{
	(void)side;
	p->left.flags |= MSC_VM(DE);
	p->right.flags |= MSC_VM(DE);
}

static void flag_on_target(struct unit_pair *p, enum msc_side side)
{
	unit_target(p, side)->flags |= MSC_VM(AC);
}

static void other_flag_on_source(struct unit_pair *p, enum msc_side side)
{
	unit_source(p, side)->other_flags |= MSC_BIT(50);
}

static void soft_dirty_on_source(struct unit_pair *p, enum msc_side side)
{
	unit_source(p, side)->flags |= MSC_VM(SD);
}

static void guard_on_target(struct unit_pair *p, enum msc_side side)
{
	unit_target(p, side)->flags |= MSC_VM(GU);
}

static void other_file(struct unit_pair *p, enum msc_side side)
{
	unit_target(p, side)->file = 2;
}

static void pgoff_off_by_one(struct unit_pair *p, enum msc_side side)
{
	(void)side;
	p->right.pgoff++;
}

static void anon_pgoff_off_by_one(struct unit_pair *p, enum msc_side side)
{
	(void)side;
	p->right.anon_pgoff--;
}

static void policy_on_source(struct unit_pair *p, enum msc_side side)
{
	unit_source(p, side)->policy = 1;
}

static void uffd_on_target(struct unit_pair *p, enum msc_side side)
{
	unit_target(p, side)->uffd = 0xffff888000001000;
}

static void names_differ(struct unit_pair *p, enum msc_side side)
{
	unit_target(p, side)->anon_name = 1;
	unit_source(p, side)->anon_name = 9;
}

static void close_on_target(struct unit_pair *p, enum msc_side side)
{
	unit_target(p, side)->bits |= MSC_VMA_CLOSE;
}

static void close_on_source(struct unit_pair *p, enum msc_side side)
{
	unit_source(p, side)->bits |= MSC_VMA_CLOSE;
}

static const struct spoil spoils[] = {
	{ "VM_DONTEXPAND on both", special_both, {
		{ B(SPECIAL), "mm/mmap.c:1039" }, { B(SPECIAL), "mm/vma.c:708" },
		{ B(SPECIAL), "mm/vma.c:851" }, { B(SPECIAL), "mm/vma.c:932" } } },
	{ "VM_ACCOUNT on the target only", flag_on_target, {
		{ B(FLAGS), "mm/mmap.c:901" }, { B(FLAGS), "mm/vma.c:24" },
		{ B(FLAGS), "mm/vma.c:95" }, { B(FLAGS), "mm/vma.c:117" } } },
	{ "a flag without a code on the source only", other_flag_on_source, {
		{ B(FLAGS), "mm/mmap.c:901" }, { B(FLAGS), "mm/vma.c:24" },
		{ B(FLAGS), "mm/vma.c:95" }, { B(FLAGS), "mm/vma.c:117" } } },
	{ "VM_SOFTDIRTY on the source only", soft_dirty_on_source, {
		{ 0, "mm/mmap.c:901" }, { 0, "mm/vma.c:24" },
		{ 0, "mm/vma.c:93" }, { 0, "mm/vma.c:115" } } },
	/* 6.1 and 6.12 have no such flag; were it one, they would compare it. */
	{ "VM_MAYBE_GUARD on the target only", guard_on_target, {
		{ B(FLAGS), "mm/mmap.c:901" }, { B(FLAGS), "mm/vma.c:24" },
		{ 0, "mm/vma.c:93" }, { 0, "mm/vma.c:115" } } },
	{ "another struct file", other_file, {
		{ B(FILE), "mm/mmap.c:903" }, { B(FILE), "mm/vma.c:26" },
		{ B(FILE), "mm/vma.c:97" }, { B(FILE), "mm/vma.c:119" } } },
	{ "vm_pgoff with a gap", pgoff_off_by_one, {
		{ B(PGOFF), "mm/mmap.c:948,972" }, { B(PGOFF), "mm/vma.c:103,123" },
		{ B(PGOFF), "mm/vma.c:204,224" }, { B(PGOFF), "mm/vma.c:245,268" } } },
	{ "anonymous page offset that overlaps", anon_pgoff_off_by_one, {
		{ 0, "no such offset" }, { 0, "no such offset" },
		{ 0, "no such offset" }, { B(ANON_PGOFF), "mm/vma.c:247,270" } } },
	{ "a policy on the source only", policy_on_source, {
		{ B(POLICY), "mm/mmap.c:1054,1062" }, { B(POLICY), "mm/vma.c:14" },
		{ B(POLICY), "mm/vma.c:89" }, { B(POLICY), "mm/vma.c:111" } } },
	{ "a userfaultfd on the target only", uffd_on_target, {
		{ B(UFFD), "mm/mmap.c:907" }, { B(UFFD), "mm/vma.c:28" },
		{ B(UFFD), "mm/vma.c:99" }, { B(UFFD), "mm/vma.c:121" } } },
	{ "two names", names_differ, {
		{ B(NAME), "mm/mmap.c:909" }, { B(NAME), "mm/vma.c:30" },
		{ B(NAME), "mm/vma.c:101" }, { B(NAME), "mm/vma.c:123" } } },
	{ "->close of the target", close_on_target, {
		{ B(CLOSE), "mm/mmap.c:905" }, { 0, "mm/vma.c:739" },
		{ 0, "mm/vma.c:883" }, { 0, "mm/vma.c:964" } } },
	{ "->close of the source", close_on_source, {
		{ 0, "mm/mmap.c:905" }, { B(CLOSE), "mm/vma.c:739" },
		{ B(CLOSE), "mm/vma.c:883" }, { B(CLOSE), "mm/vma.c:964" } } },
};

#define NR_SPOILS MSC_ARRAY_SIZE(spoils)
#define OLD_ANON_LINE_6_1 "mm/mmap.c:922"
#define OLD_ANON_LINE_6_12 "mm/vma.c:42"

/* The anon_vmas of a pair: of these a pair is in exactly one state. */
static void anon_none(struct unit_pair *p, enum msc_side side)
{
	(void)p;
	(void)side;
}

static void anon_shared(struct unit_pair *p, enum msc_side side)
{
	unit_fault(unit_target(p, side), 0xa0, 2);
	unit_fault(unit_source(p, side), 0xa0, 2);
}

static void anon_differ(struct unit_pair *p, enum msc_side side)
{
	unit_fault(unit_target(p, side), 0xa0, 1);
	unit_fault(unit_source(p, side), 0xb0, 1);
}

static void anon_target_only(struct unit_pair *p, enum msc_side side)
{
	unit_fault(unit_target(p, side), 0xa0, 1);
}

static void anon_target_cloned(struct unit_pair *p, enum msc_side side)
{
	unit_fault(unit_target(p, side), 0xa0, 2);
}

static void anon_source_only(struct unit_pair *p, enum msc_side side)
{
	unit_fault(unit_source(p, side), 0xa0, 1);
}

static void anon_source_cloned(struct unit_pair *p, enum msc_side side)
{
	unit_fault(unit_source(p, side), 0xa0, 3);
}

static const struct spoil anon_states[] = {
	{ "no anon_vma", anon_none, {
		{ 0, "mm/mmap.c:925" }, { 0, "mm/vma.c:45" },
		{ 0, "mm/vma.c:135" }, { 0, "mm/vma.c:157" } } },
	{ "one anon_vma, cloned", anon_shared, {
		{ 0, "mm/mmap.c:925" }, { 0, "mm/vma.c:45" },
		{ 0, "mm/vma.c:135" }, { 0, "mm/vma.c:157" } } },
	{ "two anon_vmas", anon_differ, {
		{ B(ANON_VMA), "mm/mmap.c:925" }, { B(ANON_VMA), "mm/vma.c:45" },
		{ B(ANON_VMA), "mm/vma.c:135" }, { B(ANON_VMA), "mm/vma.c:157" } } },
	{ "only the target faulted", anon_target_only, {
		{ 0, OLD_ANON_LINE_6_1 }, { 0, OLD_ANON_LINE_6_12 },
		{ 0, "mm/vma.c:132" }, { 0, "mm/vma.c:154" } } },
	{ "only the target faulted, cloned", anon_target_cloned, {
		{ B(FORK_CHILD), OLD_ANON_LINE_6_1 }, { B(FORK_CHILD), OLD_ANON_LINE_6_12 },
		{ B(FORK_CHILD), "mm/vma.c:133" }, { B(FORK_CHILD), "mm/vma.c:155" } } },
	{ "only the source faulted", anon_source_only, {
		{ B(UNFAULTED), OLD_ANON_LINE_6_1 }, { B(UNFAULTED), OLD_ANON_LINE_6_12 },
		{ 0, "mm/vma.c:129" }, { 0, "mm/vma.c:151" } } },
	{ "only the source faulted, cloned", anon_source_cloned, {
		{ B(UNFAULTED), OLD_ANON_LINE_6_1 }, { B(UNFAULTED), OLD_ANON_LINE_6_12 },
		{ B(FORK_CHILD), "mm/vma.c:124" }, { B(FORK_CHILD), "mm/vma.c:146" } } },
};

static void check_spoiled(const struct spoil *spoil, unsigned int k, enum msc_side side)
{
	struct unit_pair p = unit_file_pair();
	const struct answer *answer = &spoil->by[k];
	msc_u32 blockers;

	spoil->apply(&p, side);
	blockers = msc_merge_blockers(RULES(k), &p.left, &p.right, side);
	if (blockers != answer->blockers)
		fail_msg("%s, side %d, %s: %#x, but %s gives %#x", unit_kernels[k].name, side,
			 spoil->what, blockers, answer->line, answer->blockers);
}

static void every_blocker_alone(void **state)
{
	unsigned int side, k, i;

	(void)state;
	for (k = 0; k < NR_KERNELS; k++) {
		for (MODIFY_SIDES(side)) {
			for (i = 0; i < NR_SPOILS; i++)
				check_spoiled(&spoils[i], k, side);
			for (i = 0; i < MSC_ARRAY_SIZE(anon_states); i++)
				check_spoiled(&anon_states[i], k, side);
		}
	}
}

/* The table above is of use only if it has a row for each blocker. */
static void every_blocker_has_a_row(void **state)
{
	msc_u32 seen = 0;
	unsigned int i, k;

	(void)state;
	for (k = 0; k < NR_KERNELS; k++) {
		for (i = 0; i < NR_SPOILS; i++)
			seen |= spoils[i].by[k].blockers;
		for (i = 0; i < MSC_ARRAY_SIZE(anon_states); i++)
			seen |= anon_states[i].by[k].blockers;
	}
	assert_int_equal(seen, (1u << MSC_B_NR) - 1);
}

/*
 * Blockers neither hide nor cause each other: every subset of the table gives the sum of its rows.
 */
static void every_combination(void **state)
{
	unsigned int side, k, a, i, set, checked = 0;

	(void)state;
	for (set = 0; set < 1u << NR_SPOILS; set++) {
		for (a = 0; a < MSC_ARRAY_SIZE(anon_states); a++) {
			for (MODIFY_SIDES(side)) {
				struct unit_pair p = unit_file_pair();

				anon_states[a].apply(&p, side);
				for (i = 0; i < NR_SPOILS; i++) {
					if (set & (1u << i))
						spoils[i].apply(&p, side);
				}
				for (k = 0; k < NR_KERNELS; k++, checked++) {
					msc_u32 want = anon_states[a].by[k].blockers;

					for (i = 0; i < NR_SPOILS; i++) {
						if (set & (1u << i))
							want |= spoils[i].by[k].blockers;
					}
					assert_int_equal(msc_merge_blockers(RULES(k), &p.left,
									    &p.right, side),
							 want);
				}
			}
		}
	}
	assert_int_equal(checked, (1u << NR_SPOILS) * 7 * 2 * NR_KERNELS);
}

/* Each flag alone on either side: all count but those that the kernel ignores. */
static void every_flag_alone(void **state)
{
	unsigned int side, k, i, on_source;

	(void)state;
	for (k = 0; k < NR_KERNELS; k++) {
		for (i = 0; i < 4 * MSC_NR_VMFLAGS; i++) {
			struct unit_pair p = unit_file_pair();
			msc_u64 flag = MSC_BIT(i / 4);
			msc_u32 want = B(FLAGS);

			side = i & 1 ? MSC_MODIFY_LEFT : MSC_MODIFY_RIGHT;
			on_source = i & 2;
			if (flag == MSC_VM(SD) || (flag == MSC_VM(GU) && k >= K_7_2))
				want = 0;
			/* Away with it on one side; the four special ones may not be on either. */
			p.left.flags |= flag & ~MSC_VM_SPECIAL;
			p.right.flags |= flag & ~MSC_VM_SPECIAL;
			(on_source ? unit_source(&p, side) : unit_target(&p, side))->flags ^= flag;
			if (on_source && (flag & MSC_VM_SPECIAL))
				want |= B(SPECIAL);
			assert_int_equal(msc_merge_blockers(RULES(k), &p.left, &p.right, side),
					 want);
			assert_int_equal(msc_merge_flag_diff(RULES(k), &p.left, &p.right),
					 want ? flag : 0);
		}
	}
}

/* VM_SPECIAL on both sides: each of the four alone, and no other flag. */
static void special_flags(void **state)
{
	static const char special[][3] = { "io", "de", "pf", "mm" };
	unsigned int side, k, i, j;

	(void)state;
	for (i = 0; i < MSC_NR_VMFLAGS; i++) {
		struct unit_pair p = unit_file_pair();
		msc_u32 want = 0;

		for (j = 0; j < MSC_ARRAY_SIZE(special); j++) {
			if (!strcmp(special[j], msc_vmflag_code(i)))
				want = B(SPECIAL);
		}
		p.left.flags |= MSC_BIT(i);
		p.right.flags |= MSC_BIT(i);
		for (k = 0; k < NR_KERNELS; k++) {
			for (MODIFY_SIDES(side))
				assert_int_equal(msc_merge_blockers(RULES(k), &p.left, &p.right,
								    side), want);
		}
	}
}

/* The second page offset counts on 7.3, for a source with a file that may be written privately. */
static void anon_pgoff_of_what(void **state)
{
	static const struct {
		msc_u32 file;
		msc_u64 flags;
		bool counts;
	} cases[] = {
		{ 1, MSC_VM(MW), true },	/* private, or writable later */
		{ 1, MSC_VM(MW) | MSC_VM(WR), true },
		{ 1, MSC_VM(MW) | MSC_VM(MS), true },	/* VM_SHARED tells */
		{ 1, MSC_VM(MW) | MSC_VM(SH), false },
		{ 1, MSC_VM(MW) | MSC_VM(SH) | MSC_VM(MS), false },
		{ 1, 0, false },	/* a shared mapping of a read-only fd */
		{ 1, MSC_VM(WR), false },
		{ 1, MSC_VM(SH), false },
		{ 0, MSC_VM(MW), false },	/* anonymous: vm_pgoff is the offset */
		{ 0, MSC_VM(MW) | MSC_VM(SH), false },
	};
	unsigned int i, k, side;

	(void)state;
	for (i = 0; i < MSC_ARRAY_SIZE(cases); i++) {
		for (k = 0; k < NR_KERNELS; k++) {
			for (MODIFY_SIDES(side)) {
				struct unit_pair p = unit_file_pair();

				p.left.file = cases[i].file;
				p.right.file = cases[i].file;
				p.left.flags = cases[i].flags;
				p.right.flags = cases[i].flags;
				p.left.anon_pgoff += 7;
				assert_int_equal(msc_merge_blockers(RULES(k), &p.left, &p.right,
								    side),
						 k == K_7_3 && cases[i].counts ? B(ANON_PGOFF) : 0);
			}
		}
	}
}

/* Which of the two has the file, and may be written, is asked of the source alone. */
static void anon_pgoff_of_the_source(void **state)
{
	unsigned int side;

	(void)state;
	for (MODIFY_SIDES(side)) {
		struct unit_pair p = unit_file_pair();

		p.right.anon_pgoff++;
		unit_target(&p, side)->file = 0;
		assert_int_equal(msc_merge_blockers(RULES(K_7_3), &p.left, &p.right, side),
				 B(FILE) | B(ANON_PGOFF));
		unit_target(&p, side)->file = 1;
		unit_source(&p, side)->file = 0;
		assert_int_equal(msc_merge_blockers(RULES(K_7_3), &p.left, &p.right, side),
				 B(FILE));
		unit_source(&p, side)->file = 1;
		unit_source(&p, side)->flags &= ~MSC_VM(MW);
		assert_int_equal(msc_merge_blockers(RULES(K_7_3), &p.left, &p.right, side),
				 B(FLAGS));
		unit_source(&p, side)->flags |= MSC_VM(MW);
		unit_target(&p, side)->flags &= ~MSC_VM(MW);
		assert_int_equal(msc_merge_blockers(RULES(K_7_3), &p.left, &p.right, side),
				 B(FLAGS) | B(ANON_PGOFF));
	}
}

static void index_arithmetic(void **state)
{
	struct msc_vma vma = {
		.start = 0x7ffffffde000, .end = 0x7ffffffff000, .pgoff = 0x7ffffffde,
		.anon_pgoff = 5,
	};

	(void)state;
	assert_int_equal(msc_vma_pages(&vma), 33);
	assert_int_equal(msc_vma_end_pgoff(&vma), 0x7ffffffff);
	assert_int_equal(msc_vma_end_anon_pgoff(&vma), 38);
	/* A pgoff_t wraps like any unsigned long. */
	vma.pgoff = (msc_u64)-33;
	assert_int_equal(msc_vma_end_pgoff(&vma), 0);
	vma.start = 0;
	vma.end = 0x1000;
	assert_int_equal(msc_vma_pages(&vma), 1);
}

/* Blockers are a matter of the pair; the two directions see the same page offsets. */
static void pgoff_in_both_directions(void **state)
{
	static const msc_u64 starts[] = { 0, 102, 104, 1ULL << 52, (msc_u64)-1 };
	unsigned int i, k, side;

	(void)state;
	for (i = 0; i < MSC_ARRAY_SIZE(starts); i++) {
		for (k = 0; k < NR_KERNELS; k++) {
			for (MODIFY_SIDES(side)) {
				struct unit_pair p = unit_file_pair();

				p.right.pgoff = starts[i];
				assert_int_equal(msc_merge_blockers(RULES(k), &p.left, &p.right,
								    side), B(PGOFF));
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_blocker_alone),
		cmocka_unit_test(every_blocker_has_a_row),
		cmocka_unit_test(every_combination),
		cmocka_unit_test(every_flag_alone),
		cmocka_unit_test(special_flags),
		cmocka_unit_test(anon_pgoff_of_what),
		cmocka_unit_test(anon_pgoff_of_the_source),
		cmocka_unit_test(index_arithmetic),
		cmocka_unit_test(pgoff_in_both_directions),
	};

	return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
