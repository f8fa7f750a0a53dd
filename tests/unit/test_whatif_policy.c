// SPDX-License-Identifier: GPL-2.0
/* whatif: each policy, alone and all at once. */
#include "unit.h"
#include "row.h"

/* Which mappings got the flag late, kernel by kernel; what has no occasion stays. */
static void early_ksm(void **state)
{
	static const struct {
		msc_u32 then, concerned, unknown;
	} want[NR_KERNELS] = {
		[K_6_1] = { 10, 0, 0 },
		[K_6_12] = { 8, 8, 3 },
		[K_7_2] = { 10, 0, 0 },
		[K_7_3] = { 10, 0, 0 },
	};
	struct msc_snapshot *s = *state;
	enum unit_kernel_id k;

	for (k = 0; k < NR_KERNELS; k++) {
		unit_row_begin(s, k);
		unit_row_add(s, 1, 0)->flags |= MSC_VM(MG);
		unit_row_add(s, 1, 0xa0)->flags |= MSC_VM(MG);
		unit_row_add(s, 1, 0xb0)->flags |= MSC_VM(MG);
		unit_row_add_file(s, ROW_FILE_LATE)->flags |= MSC_VM(MG);
		unit_row_add_file(s, ROW_FILE_LATE)->flags |= MSC_VM(MG);
		unit_row_add_file(s, ROW_FILE_SHMEM)->flags |= MSC_VM(MG);
		unit_row_add_file(s, ROW_FILE_SHMEM)->flags |= MSC_VM(MG);
		unit_row_add(s, 1, 0);
		unit_row_add(s, 1, 0);
		unit_row_add_file(s, ROW_FILE_EARLY)->flags |= MSC_VM(MG);
		unit_row_work_out(s);
		unit_assert_then(s, MSC_WHATIF_EARLY_KSM, want[k].then, want[k].concerned,
				 want[k].unknown);
		msc_snapshot_free(s);
	}
}

/* brk() joins the heap to nothing below it; its own parts merge, and so does what lies behind. */
static void early_ksm_and_the_heap(void **state)
{
	struct msc_snapshot *s = *state;
	msc_u32 name;
	unsigned int i;

	unit_row_begin(s, K_6_12);
	name = msc_snapshot_add_string(s, "[heap]", 6);
	for (i = 0; i < 4; i++)
		unit_row_add(s, 1, 0)->flags |= MSC_VM(MG);
	s->vmas[1].name = name;
	s->vmas[2].name = name;
	unit_row_work_out(s);
	unit_assert_then(s, MSC_WHATIF_EARLY_KSM, 2, 4, 0);
	unit_assert_merged(s, MSC_WHATIF_EARLY_KSM, 0, &s->vmas[1], &s->vmas[3]);
	unit_assert_then(s, MSC_WHATIF_ALL, 2, 4, 0);
	/* Were there an occasion, there would be no reason against it. */
	unit_assert_then(s, MSC_WHATIF_OCCASION, 1, 4, 0);
}

/* mremap() tries at the edge that brk() leaves alone. */
static void relocated_to_the_heap(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_vma *heap;

	unit_row_begin(s, K_6_12);
	unit_row_add_moved(s, 0xa0, 7, MSC_PAGE_EXCLUSIVE);
	heap = unit_row_add(s, 1, 0);
	heap->name = msc_snapshot_add_string(s, "[heap]", 6);
	unit_row_work_out(s);
	unit_assert_then(s, MSC_WHATIF_RELOCATE_ANON, 1, 1, 0);
}

/* Only what is VM_MERGEABLE by the process's own setting has had the flag late. */
static void early_ksm_needs_merge_any(void **state)
{
	struct msc_snapshot *s = *state;

	unit_row_begin(s, K_6_12);
	s->target.merge_any = 0;
	unit_row_add(s, 1, 0)->flags |= MSC_VM(MG);
	unit_row_add(s, 1, 0)->flags |= MSC_VM(MG);
	unit_row_work_out(s);
	unit_assert_then(s, MSC_WHATIF_EARLY_KSM, 2, 0, 0);
	unit_assert_then(s, MSC_WHATIF_ALL, 2, 0, 0);
	unit_assert_then(s, MSC_WHATIF_OCCASION, 1, 2, 0);
}

/* An occasion is at both edges of what is concerned, and at no other. */
static void occasions(void **state)
{
	struct msc_snapshot *s = *state;
	unsigned int i;

	unit_row_begin(s, K_6_12);
	for (i = 0; i < 6; i++)
		unit_row_add_file(s, ROW_FILE_LATE);
	/* Flags differ all along, but not by anything that counts: see soft-dirty. */
	s->vmas[2].flags |= MSC_VM(MG);
	s->vmas[3].flags |= MSC_VM(MG);
	unit_row_work_out(s);
	unit_assert_then(s, MSC_WHATIF_SPECIAL_KSM, 5, 2, 0);
	unit_assert_merged(s, MSC_WHATIF_SPECIAL_KSM, 0, &s->vmas[2], &s->vmas[3]);
	unit_assert_then(s, MSC_WHATIF_OCCASION, 3, 6, 0);
}

static void special_ksm(void **state)
{
	struct msc_snapshot *s = *state;
	enum unit_kernel_id k;
	unsigned int merging;

	for (k = 0; k < NR_KERNELS; k++) {
		unit_row_begin(s, k);
		/* Excluded by nothing else: concerned, and as special as ever. */
		unit_row_add_file(s, ROW_FILE_LATE)->flags |= MSC_VM(PF) | MSC_VM(IO);
		unit_row_add_file(s, ROW_FILE_LATE)->flags |= MSC_VM(PF) | MSC_VM(IO);
		unit_row_add_file(s, ROW_FILE_LATE)->flags |= MSC_VM(MM);
		unit_row_add(s, 1, 0)->flags |= MSC_VM(DE);
		/* Shared, in hugetlb, DAX: by more. */
		unit_row_add_file(s, ROW_FILE_LATE)->flags |= MSC_VM(DE) | MSC_VM(SH) | MSC_VM(MS);
		unit_row_add_file(s, ROW_FILE_LATE)->flags |= MSC_VM(DE) | MSC_VM(HT);
		unit_row_add_file(s, ROW_FILE_DAX)->flags |= MSC_VM(DE);
		/* Drivers of every kind. */
		unit_row_add_file(s, ROW_FILE_LATE)->flags |= MSC_VM(MG);
		unit_row_add_file(s, ROW_FILE_LATE)->flags |= MSC_VM(MG);
		unit_row_add_file(s, ROW_FILE_EARLY)->flags |= MSC_VM(MG);
		unit_row_add_file(s, ROW_FILE_EARLY)->flags |= MSC_VM(MG);
		unit_row_add_file(s, ROW_FILE_SHMEM)->flags |= MSC_VM(MG);
		unit_row_add_file(s, ROW_FILE_SHMEM)->flags |= MSC_VM(MG);
		/* No driver at all: early-ksm's. */
		unit_row_add(s, 1, 0)->flags |= MSC_VM(MG);
		unit_row_add(s, 1, 0)->flags |= MSC_VM(MG);
		unit_row_work_out(s);
		/* None has the flag late in 6.1; in 6.12 all have; in 7.x the old callback's. */
		merging = k == K_6_1 ? 0 : k == K_6_12 ? 2 : 1;
		unit_assert_then(s, MSC_WHATIF_SPECIAL_KSM, 15 - merging, 4 + 2 * merging, 0);
		if (merging)
			unit_assert_merged(s, MSC_WHATIF_SPECIAL_KSM, 0, &s->vmas[7], &s->vmas[8]);
		/* In "all" the file's flag is early: nothing is unknown any more. */
		if (k == K_6_12)
			unit_assert_then(s, MSC_WHATIF_ALL, 11, 12, 0);
		msc_snapshot_free(s);
	}
}

/* Moved memory merges as if it had been touched only at its new place. */
static void relocate_anon(void **state)
{
	struct msc_snapshot *s = *state;
	enum unit_kernel_id k;

	for (k = 0; k < NR_KERNELS; k++) {
		unit_row_begin(s, k);
		unit_row_add(s, 1, 0xa0);
		unit_row_add_moved(s, 0xb0, 7, MSC_PAGE_EXCLUSIVE);
		unit_row_add_moved(s, 0xc0, 9, MSC_PAGE_EXCLUSIVE);
		unit_row_add(s, 1, 0xd0);
		unit_row_work_out(s);
		unit_assert_then(s, MSC_WHATIF_RELOCATE_ANON, 2, 2, 0);
		unit_assert_merged(s, MSC_WHATIF_RELOCATE_ANON, 0, &s->vmas[0], &s->vmas[2]);
		assert_int_equal(s->whatif[MSC_WHATIF_NOW].then.anon_vmas, 4);
		assert_int_equal(s->whatif[MSC_WHATIF_RELOCATE_ANON].then.anon_vmas, 2);
		assert_int_equal(s->whatif[MSC_WHATIF_RELOCATE_ANON].then.avcs, 2);
		unit_assert_then(s, MSC_WHATIF_ALL, 2, 2, 0);
		unit_assert_then(s, MSC_WHATIF_OCCASION, 4, 4, 0);
		msc_snapshot_free(s);
	}
}

/* Alone it keeps an anon_vma of its own; two halves that shared one then have two. */
static void relocated_and_alone(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_vma *vma;

	unit_row_begin(s, K_6_12);
	unit_row_add_moved(s, 0xa0, 3, MSC_PAGE_EXCLUSIVE);
	vma = unit_row_add(s, 2, 0xa0);
	vma->pgoff += 100;
	vma->flags |= MSC_VM(DD);
	unit_row_fill(s, MSC_PAGE_ANON, MSC_PAGE_EXCLUSIVE);
	/* Moved, and never touched: it needs none. */
	vma = unit_row_add(s, 1, 0);
	vma->pgoff += 50;
	unit_row_fill(s, MSC_PAGE_NONE, 0);
	unit_row_work_out(s);
	unit_assert_then(s, MSC_WHATIF_RELOCATE_ANON, 3, 3, 0);
	assert_int_equal(s->whatif[MSC_WHATIF_NOW].then.anon_vmas, 1);
	assert_int_equal(s->whatif[MSC_WHATIF_RELOCATE_ANON].then.anon_vmas, 2);
	assert_int_equal(s->whatif[MSC_WHATIF_RELOCATE_ANON].then.avcs, 2);
	assert_null(unit_row_merged(s, MSC_WHATIF_RELOCATE_ANON, 0));
}

/* What a policy lets the kernel try is a pair, merged or not; nothing is across a hole. */
static void pairs_tried(void **state)
{
	struct msc_snapshot *s = *state;

	unit_row_begin(s, K_6_12);
	unit_row_add(s, 1, 0xa0);
	unit_row_add_moved(s, 0xb0, 7, MSC_PAGE_EXCLUSIVE);
	unit_row_add_moved(s, 0xc0, 9, MSC_PAGE_EXCLUSIVE)->flags |= MSC_VM(DD);
	unit_row_add(s, 1, 0);
	unit_row_add(s, 1, 0);
	s->vmas[4].start += 0x1000;
	s->vmas[4].end += 0x1000;
	s->vmas[4].pgoff++;
	s->vmas[4].anon_pgoff++;
	unit_row_work_out(s);
	assert_int_equal(s->whatif[MSC_WHATIF_NOW].pairs, 0);
	unit_assert_then(s, MSC_WHATIF_RELOCATE_ANON, 4, 2, 0);
	assert_int_equal(s->whatif[MSC_WHATIF_RELOCATE_ANON].pairs, 3);
	assert_int_equal(s->whatif[MSC_WHATIF_ALL].pairs, 3);
	assert_int_equal(s->whatif[MSC_WHATIF_OCCASION].pairs, 3);
	assert_int_equal(s->whatif[MSC_WHATIF_EARLY_KSM].pairs, 0);
}

/* What is not safe stays where it is; what is not known stays too, and is counted. */
static void relocate_only_what_is_safe(void **state)
{
	struct msc_snapshot *s = *state;

	unit_row_begin(s, K_6_12);
	unit_row_add_moved(s, 0xa0, 3, MSC_PAGE_EXCLUSIVE);
	unit_row_add_moved(s, 0xb0, 5, MSC_PAGE_ELSEWHERE);
	unit_row_add_moved(s, 0xc0, 7, MSC_PAGE_EXCLUSIVE | MSC_PAGE_UNSURE);
	unit_row_add_moved(s, 0xd0, 9, MSC_PAGE_EXCLUSIVE);
	unit_row_add_moved(s, 0xe0, 0, MSC_PAGE_EXCLUSIVE);
	unit_row_add_moved(s, 0xf0, 5, MSC_PAGE_ELSEWHERE);
	unit_row_work_out(s);
	assert_int_equal(s->nr_relocations, 6);
	unit_assert_then(s, MSC_WHATIF_RELOCATE_ANON, 5, 3, 1);
	unit_assert_merged(s, MSC_WHATIF_RELOCATE_ANON, 0, &s->vmas[3], &s->vmas[4]);
	assert_int_equal(s->whatif[MSC_WHATIF_RELOCATE_ANON].then.anon_vmas, 5);
}

/* What was never touched and never moved is not asked about; it can take in what was. */
static void relocated_into_unfaulted(void **state)
{
	struct msc_snapshot *s = *state;

	unit_row_begin(s, K_6_12);
	unit_row_add(s, 1, 0);
	unit_row_add(s, 1, 0);
	unit_row_add_moved(s, 0xa0, 3, MSC_PAGE_EXCLUSIVE);
	unit_row_work_out(s);
	assert_int_equal(s->nr_relocations, 1);
	assert_int_equal(s->relocations[0].vma, 2);
	unit_assert_then(s, MSC_WHATIF_RELOCATE_ANON, 2, 1, 0);
	unit_assert_merged(s, MSC_WHATIF_RELOCATE_ANON, 0, &s->vmas[1], &s->vmas[2]);
	assert_int_equal(s->whatif[MSC_WHATIF_RELOCATE_ANON].then.anon_vmas, 1);
	assert_int_equal(s->whatif[MSC_WHATIF_RELOCATE_ANON].then.avcs, 1);
}

/* 7.3 keeps the two offsets of a file mapping apart: only the anonymous one is given anew. */
static void relocate_private_file(void **state)
{
	static const msc_u32 then[NR_KERNELS] = { 2, 2, 2, 1 };
	struct msc_snapshot *s = *state;
	enum unit_kernel_id k;
	struct msc_vma *vma;

	for (k = 0; k < NR_KERNELS; k++) {
		unit_row_begin(s, k);
		vma = unit_row_add_moved(s, 0xa0, 0, MSC_PAGE_EXCLUSIVE);
		vma->file = ROW_FILE_LATE;
		vma->kind = MSC_KIND_PRIVATE_FILE;
		vma->pgoff = 100;
		vma = unit_row_add_moved(s, 0xb0, 3, MSC_PAGE_EXCLUSIVE);
		vma->file = ROW_FILE_LATE;
		vma->kind = MSC_KIND_PRIVATE_FILE;
		vma->pgoff = 102;
		unit_row_work_out(s);
		assert_int_equal(s->nr_relocations, k == K_7_3 ? 2 : 0);
		unit_assert_then(s, MSC_WHATIF_RELOCATE_ANON, then[k], k == K_7_3, 0);
		msc_snapshot_free(s);
	}
}

/*
 * /dev/zero mapped privately: anonymous with a file, both offsets are given anew. What was never
 * moved keeps the file's, and does not line up with it; two that were moved do.
 */
static void relocate_dev_zero(void **state)
{
	struct msc_snapshot *s = *state;
	enum unit_kernel_id k;
	unsigned int i;

	for (k = 0; k < NR_KERNELS; k++) {
		unit_row_begin(s, k);
		unit_row_add(s, 2, 0);
		unit_row_add_moved(s, 0xa0, 3, MSC_PAGE_EXCLUSIVE);
		unit_row_add_moved(s, 0xb0, 5, MSC_PAGE_EXCLUSIVE);
		for (i = 0; i < 3; i++) {
			s->vmas[i].file = ROW_FILE_LATE;
			s->vmas[i].pgoff = 2 * i;
		}
		unit_row_work_out(s);
		assert_int_equal(s->nr_relocations, k == K_7_3 ? 2 : 0);
		unit_assert_then(s, MSC_WHATIF_RELOCATE_ANON, k == K_7_3 ? 2 : 3,
				 k == K_7_3 ? 2 : 0, 0);
		if (k == K_7_3)
			unit_assert_merged(s, MSC_WHATIF_RELOCATE_ANON, 0, &s->vmas[1],
					   &s->vmas[2]);
		msc_snapshot_free(s);
	}
}

/* Every kernel that was read ignores the flag; under rules that do not, the policy tells. */
static void soft_dirty(void **state)
{
	struct msc_snapshot *s = *state;
	unsigned int counts;

	for (counts = 0; counts < 2; counts++) {
		unit_row_begin(s, K_6_12);
		if (counts)
			s->facts.merge.ignored_flags = 0;
		unit_row_add(s, 1, 0);
		unit_row_add(s, 1, 0);
		unit_row_add(s, 1, 0)->flags |= MSC_VM(SD);
		unit_row_add(s, 1, 0);
		unit_row_add(s, 1, 0)->flags |= MSC_VM(DD);
		unit_row_work_out(s);
		unit_assert_then(s, MSC_WHATIF_SOFT_DIRTY, counts ? 2 : 5, counts ? 3 : 0, 0);
		unit_assert_then(s, MSC_WHATIF_ALL, counts ? 2 : 5, counts ? 3 : 0, 0);
		unit_assert_then(s, MSC_WHATIF_OCCASION, counts ? 4 : 2, 5, 0);
		msc_snapshot_free(s);
	}
}

/* A neighbour behind a hole is none. */
static void soft_dirty_across_a_hole(void **state)
{
	struct msc_snapshot *s = *state;

	unit_row_begin(s, K_6_12);
	s->facts.merge.ignored_flags = 0;
	unit_row_add(s, 1, 0)->flags |= MSC_VM(SD);
	unit_row_add(s, 1, 0);
	s->vmas[1].start += 0x1000;
	s->vmas[1].end += 0x1000;
	unit_row_work_out(s);
	unit_assert_then(s, MSC_WHATIF_SOFT_DIRTY, 2, 0, 0);
}

/* All policies at once: what none of them does alone. */
static void all_at_once(void **state)
{
	struct msc_snapshot *s = *state;
	unsigned int i;

	unit_row_begin(s, K_6_12);
	s->facts.merge.ignored_flags = 0;
	unit_row_add_moved(s, 0xa0, 3, MSC_PAGE_EXCLUSIVE);
	unit_row_add_moved(s, 0xb0, 0, MSC_PAGE_EXCLUSIVE)->flags |= MSC_VM(SD);
	for (i = 0; i < 2; i++)
		s->vmas[i].flags |= MSC_VM(MG);
	unit_row_work_out(s);
	unit_assert_then(s, MSC_WHATIF_EARLY_KSM, 2, 2, 0);
	unit_assert_then(s, MSC_WHATIF_RELOCATE_ANON, 2, 1, 0);
	unit_assert_then(s, MSC_WHATIF_SOFT_DIRTY, 2, 2, 0);
	unit_assert_then(s, MSC_WHATIF_ALL, 1, 2, 0);
}

static void names(void **state)
{
	static const char *const want[] = {
		"occasion", "early-ksm", "special-ksm", "relocate-anon", "soft-dirty", "all",
	};
	unsigned int i;

	(void)state;
	assert_int_equal(MSC_ARRAY_SIZE(want), MSC_NR_WHATIFS - 1);
	for (i = 0; i < MSC_ARRAY_SIZE(want); i++)
		assert_string_equal(msc_whatif_name(i + 1), want[i]);
}

#define whatif_test(name)                                                                          \
	cmocka_unit_test_setup_teardown(name, unit_row_set_up, unit_snapshot_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		whatif_test(early_ksm),
		whatif_test(early_ksm_and_the_heap),
		whatif_test(relocated_to_the_heap),
		whatif_test(early_ksm_needs_merge_any),
		whatif_test(occasions),
		whatif_test(special_ksm),
		whatif_test(relocate_anon),
		whatif_test(relocated_and_alone),
		whatif_test(pairs_tried),
		whatif_test(relocate_only_what_is_safe),
		whatif_test(relocated_into_unfaulted),
		whatif_test(relocate_private_file),
		whatif_test(relocate_dev_zero),
		whatif_test(soft_dirty),
		whatif_test(soft_dirty_across_a_hole),
		whatif_test(all_at_once),
		whatif_test(names),
	};

	return cmocka_run_group_tests_name("whatif_policy", tests, NULL, NULL);
}
