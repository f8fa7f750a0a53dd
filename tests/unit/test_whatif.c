// SPDX-License-Identifier: GPL-2.0
/* whatif: what one merge does to the next, edges, counts, memory. */
#include "unit.h"
#include "oracle.h"
#include "row.h"

static void nothing_mapped(void **state)
{
	struct msc_snapshot *s = *state;
	enum msc_whatif_id id;

	unit_row_begin(s, K_7_3);
	unit_row_work_out(s);
	for (id = 0; id < MSC_NR_WHATIFS; id++)
		unit_assert_then(s, id, 0, 0, 0);
	assert_int_equal(s->nr_merged, 0);
	assert_int_equal(s->nr_relocations, 0);
}

/* A merged VMA has one anon_vma: the sum over the pairs would be one VMA. */
static void a_merge_decides_the_next(void **state)
{
	struct msc_snapshot *s = *state;
	enum unit_kernel_id k;

	for (k = 0; k < NR_KERNELS; k++) {
		unit_row_begin(s, k);
		unit_row_add(s, 1, 0xa0);
		unit_row_add(s, 1, 0);
		unit_row_add(s, 1, 0xb0);
		unit_row_add(s, 1, 0);
		unit_row_add(s, 1, 0);
		unit_row_add(s, 1, 0xb0);
		unit_row_work_out(s);
		unit_assert_then(s, MSC_WHATIF_OCCASION, 2, 6, 0);
		unit_assert_merged(s, MSC_WHATIF_OCCASION, 0, &s->vmas[0], &s->vmas[1]);
		unit_assert_merged(s, MSC_WHATIF_OCCASION, 1, &s->vmas[2], &s->vmas[5]);
		assert_null(unit_row_merged(s, MSC_WHATIF_OCCASION, 2));
		assert_int_equal(s->whatif[MSC_WHATIF_NOW].then.vmas, 6);
		assert_int_equal(s->whatif[MSC_WHATIF_NOW].then.anon_vmas, 2);
		assert_int_equal(s->whatif[MSC_WHATIF_NOW].then.avcs, 3);
		assert_int_equal(s->whatif[MSC_WHATIF_OCCASION].then.anon_vmas, 2);
		assert_int_equal(s->whatif[MSC_WHATIF_OCCASION].then.avcs, 2);
		assert_int_equal(msc_whatif_bytes(s, &s->whatif[MSC_WHATIF_NOW].then), 6002003);
		msc_snapshot_free(s);
	}
}

/* Unfaulted ones in front take over the anon_vma of the first that has one, and refuse the next. */
static void the_first_anon_vma_wins(void **state)
{
	struct msc_snapshot *s = *state;
	enum unit_kernel_id k;

	for (k = 0; k < NR_KERNELS; k++) {
		unit_row_begin(s, k);
		unit_row_add(s, 1, 0);
		unit_row_add(s, 1, 0);
		unit_row_add(s, 1, 0xa0);
		unit_row_add(s, 1, 0xb0);
		unit_row_add(s, 1, 0)->flags = 0;
		unit_row_add(s, 1, 0xc0)->flags = 0;
		unit_row_work_out(s);
		unit_assert_then(s, MSC_WHATIF_OCCASION, 3, 6, 0);
		unit_assert_merged(s, MSC_WHATIF_OCCASION, 0, &s->vmas[0], &s->vmas[2]);
		assert_int_equal(s->whatif[MSC_WHATIF_OCCASION].then.anon_vmas, 3);
		msc_snapshot_free(s);
	}
}

/* A clone merges with nothing that is unfaulted, and with its own kind. */
static void clones(void **state)
{
	struct msc_snapshot *s = *state;

	unit_row_begin(s, K_7_3);
	unit_row_add(s, 1, 0);
	unit_row_add(s, 1, 0xa0)->avcs = 2;
	unit_row_add(s, 1, 0xa0)->avcs = 3;
	unit_row_add(s, 1, 0);
	unit_row_work_out(s);
	unit_assert_then(s, MSC_WHATIF_OCCASION, 3, 4, 0);
	unit_assert_merged(s, MSC_WHATIF_OCCASION, 0, &s->vmas[1], &s->vmas[2]);
	assert_int_equal(s->whatif[MSC_WHATIF_OCCASION].then.avcs, 2);
}

/* The target stays: with its chain and its ->close, whichever side it is. */
static void the_target_stays(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_vma *closed;

	/* 6.12: a source with ->close cannot go, a target with it can stay, on the right too. */
	unit_row_begin(s, K_6_12);
	unit_row_add(s, 1, 0xa0)->avcs = 3;
	closed = unit_row_add(s, 1, 0xa0);
	closed->avcs = 2;
	closed->bits = MSC_VMA_CLOSE;
	unit_row_add(s, 1, 0xa0);
	closed = unit_row_add(s, 1, 0);
	closed->bits = MSC_VMA_CLOSE;
	unit_row_work_out(s);
	unit_assert_then(s, MSC_WHATIF_OCCASION, 2, 4, 0);
	unit_assert_merged(s, MSC_WHATIF_OCCASION, 0, &s->vmas[0], &s->vmas[2]);
	assert_int_equal(s->whatif[MSC_WHATIF_OCCASION].then.avcs, 2);
	msc_snapshot_free(s);

	/* 6.1: the other way round. */
	unit_row_begin(s, K_6_1);
	closed = unit_row_add(s, 1, 0);
	closed->bits = MSC_VMA_CLOSE;
	unit_row_add(s, 1, 0);
	closed = unit_row_add(s, 1, 0);
	closed->bits = MSC_VMA_CLOSE;
	unit_row_add(s, 1, 0);
	unit_row_work_out(s);
	unit_assert_then(s, MSC_WHATIF_OCCASION, 1, 4, 0);
}

/* Page offsets and the rest are those of the left end, holes end a VMA, seams are not known. */
static void edges(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_vma *vma;

	unit_row_begin(s, K_7_2);
	unit_row_add(s, 3, 0);
	unit_row_add(s, 2, 0);
	vma = unit_row_add(s, 1, 0);
	vma->pgoff++;
	vma->start += 4096;
	vma->end += 4096;
	unit_row_add(s, 1, 0)->bits = MSC_SEAM_TORN;
	unit_row_add(s, 1, 0)->bits = MSC_SEAM_UNPROVED;
	unit_row_add(s, 1, 0);
	unit_row_work_out(s);
	unit_assert_then(s, MSC_WHATIF_OCCASION, 4, 6, 2);
	unit_assert_merged(s, MSC_WHATIF_OCCASION, 0, &s->vmas[0], &s->vmas[1]);
	unit_assert_merged(s, MSC_WHATIF_OCCASION, 1, &s->vmas[4], &s->vmas[5]);
	/* No other policy looks at these edges. */
	unit_assert_then(s, MSC_WHATIF_ALL, 6, 0, 0);
}

/* Nothing is left behind whichever allocation fails, and a snapshot that failed can be freed. */
static void no_memory(void **state)
{
	struct msc_snapshot *s = *state;
	unsigned int fail;

	for (fail = 1; fail <= 4; fail++) {
		unit_row_begin(s, K_6_12);
		unit_row_add_moved(s, 0xa0, 3, MSC_PAGE_EXCLUSIVE);
		unit_row_add_moved(s, 0xb0, 3, MSC_PAGE_EXCLUSIVE);
		assert_int_equal(msc_snapshot_number(s), 0);
		unit_mem_reset(fail);
		assert_int_equal(msc_whatif_work_out(s), fail < 4 ? MSC_NOROOM : 0);
		assert_int_equal(unit_mem.calls, fail < 4 ? fail : 3);
		unit_mem_reset(0);
		msc_snapshot_free(s);
		assert_int_equal(unit_mem.live, 0);
	}
}

/* A row's VMAs joined one after the other, each join asked of the oracle and made by hand. */
static unsigned int joined_by_hand(enum unit_kernel_id k, const struct msc_snapshot *s)
{
	struct msc_vma cur = s->vmas[0];
	unsigned int vmas = 1, i;
	bool right, left;

	for (i = 1; i < s->nr_vmas; i++) {
		const struct msc_vma *next = &s->vmas[i];

		right = oracle_merges(k, &cur, next, MSC_MODIFY_RIGHT);
		left = oracle_merges(k, &cur, next, MSC_MODIFY_LEFT);
		if (!right && !left) {
			cur = *next;
			vmas++;
			continue;
		}
		cur.end = next->end;
		if (!right)
			cur.bits = next->bits;
		if (!cur.anon_vma || (!right && next->anon_vma)) {
			cur.anon_vma = next->anon_vma;
			cur.avcs = next->avcs;
		}
	}
	return vmas;
}

static void random_rows(void **state)
{
	struct msc_snapshot *s = *state;
	uint64_t seed = 0x1234567;
	unsigned int round, i, joined = 0;

	for (round = 0; round < 4000; round++) {
		enum unit_kernel_id k = unit_random(&seed) % NR_KERNELS;

		unit_row_begin(s, k);
		for (i = 0; i < UNIT_ROW_MAX; i++) {
			uint64_t bits = unit_random(&seed) >> 20;
			struct msc_vma *vma =
				unit_row_add(s, 1 + bits % 3, (bits >> 2) % 3 * 0x100);

			if (vma->anon_vma)
				vma->avcs = 1 + !((bits >> 8) % 4);
			vma->bits = (bits >> 12) % 8 ? 0 : MSC_VMA_CLOSE;
			vma->flags |= (bits >> 16) % 8 ? 0 : MSC_VM(SD);
			vma->policy = !((bits >> 20) % 16);
		}
		unit_row_work_out(s);
		assert_int_equal(s->whatif[MSC_WHATIF_OCCASION].then.vmas, joined_by_hand(k, s));
		joined += UNIT_ROW_MAX - s->whatif[MSC_WHATIF_OCCASION].then.vmas;
		msc_snapshot_free(s);
	}
	assert_in_range(joined, 4000, 15 * 4000);
}

#define whatif_test(name)                                                                          \
	cmocka_unit_test_setup_teardown(name, unit_row_set_up, unit_snapshot_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		whatif_test(nothing_mapped),
		whatif_test(a_merge_decides_the_next),
		whatif_test(the_first_anon_vma_wins),
		whatif_test(clones),
		whatif_test(the_target_stays),
		whatif_test(edges),
		whatif_test(no_memory),
		whatif_test(random_rows),
	};

	return cmocka_run_group_tests_name("whatif", tests, NULL, NULL);
}
