// SPDX-License-Identifier: GPL-2.0
/* merge: the verdict on a pair, against each kernel's functions told again in oracle.c. */
#include "unit.h"
#include "oracle.h"
#include "pair.h"

#ifndef UNIT_PAIRS
#define UNIT_PAIRS 1000000
#endif

static struct msc_verdict judge(enum unit_kernel_id k, const struct unit_pair *p)
{
	return msc_merge_verdict(RULES(k), &p->left, &p->right);
}

static void verdict_without_judging(void **state)
{
	static const msc_u8 places[] = { MSC_SEAM_TORN, MSC_SEAM_UNPROVED };
	unsigned int k, i;

	(void)state;
	for (k = 0; k < NR_KERNELS; k++) {
		struct unit_pair p = unit_anon_pair();
		struct msc_verdict v;

		v = msc_merge_verdict(RULES(k), &p.left, NULL);
		assert_int_equal(v.outcome, MSC_LAST);
		assert_int_equal(v.blockers, 0);

		p.right.start += 0x1000;
		v = judge(k, &p);
		assert_int_equal(v.outcome, MSC_HOLE);
		assert_int_equal(v.blockers, 0);

		/* A writer may have filled the hole, or made it: neither is known. */
		for (i = 0; i < MSC_ARRAY_SIZE(places); i++) {
			p = unit_anon_pair();
			p.right.bits = places[i];
			assert_int_equal(judge(k, &p).outcome, MSC_UNKNOWN);
			assert_int_equal(judge(k, &p).blockers, 0);
			p.right.start += 0x1000;
			assert_int_equal(judge(k, &p).outcome, MSC_UNKNOWN);

			/* What came before the left one does not matter here. */
			p = unit_anon_pair();
			p.left.bits = places[i];
			assert_true(judge(k, &p).either);
		}
	}
}

static void candidate_either_way(void **state)
{
	unsigned int k;

	(void)state;
	for (k = 0; k < NR_KERNELS; k++) {
		struct unit_pair p = unit_anon_pair();
		struct msc_verdict v = judge(k, &p);

		assert_int_equal(v.outcome, MSC_CANDIDATE);
		assert_true(v.either);
		assert_int_equal(v.side, MSC_MODIFY_RIGHT);
		assert_int_equal(v.blockers, 0);
		/* A name that is only too long to be known is no other name. */
		p.left.bits = MSC_VMA_NAME_CUT;
		p.right.bits = MSC_VMA_NAME_CUT;
		assert_true(judge(k, &p).either);
	}
}

/* Up to 6.12 only the unfaulted one of two can be the one that is modified. */
static void candidate_one_way(void **state)
{
	unsigned int k;

	(void)state;
	for (k = 0; k < NR_KERNELS; k++) {
		struct unit_pair p = unit_anon_pair();
		struct msc_verdict v;

		unit_fault(&p.left, 0xa0, 1);
		v = judge(k, &p);
		assert_int_equal(v.outcome, MSC_CANDIDATE);
		assert_int_equal(v.side, MSC_MODIFY_RIGHT);
		assert_int_equal(v.either, k >= K_7_2);

		p = unit_anon_pair();
		unit_fault(&p.right, 0xa0, 1);
		v = judge(k, &p);
		assert_int_equal(v.outcome, MSC_CANDIDATE);
		assert_int_equal(v.side, k >= K_7_2 ? MSC_MODIFY_RIGHT : MSC_MODIFY_LEFT);
		assert_int_equal(v.either, k >= K_7_2);
	}
}

/*
 * ->close of one of the two leaves one direction: 6.1 minds the target's, later ones the source's.
 */
static void candidate_around_close(void **state)
{
	unsigned int k;

	(void)state;
	for (k = 0; k < NR_KERNELS; k++) {
		struct unit_pair p = unit_file_pair();
		struct msc_verdict v;

		p.left.bits = MSC_VMA_CLOSE;
		v = judge(k, &p);
		assert_int_equal(v.outcome, MSC_CANDIDATE);
		assert_int_equal(v.side, k == K_6_1 ? MSC_MODIFY_LEFT : MSC_MODIFY_RIGHT);
		assert_false(v.either);
		p.right.bits = MSC_VMA_CLOSE;
		v = judge(k, &p);
		assert_int_equal(v.outcome, MSC_BLOCKED);
		assert_int_equal(v.blockers, B(CLOSE));
		assert_int_equal(v.side, MSC_MODIFY_RIGHT);
		p.left.bits = 0;
		v = judge(k, &p);
		assert_int_equal(v.outcome, MSC_CANDIDATE);
		assert_int_equal(v.side, k == K_6_1 ? MSC_MODIFY_RIGHT : MSC_MODIFY_LEFT);
	}
}

/* At a tie, the clone is named and not the unfaulted side; without one, right is modified. */
static void tie_goes_to_the_faulted_target(void **state)
{
	unsigned int k;

	(void)state;
	for (k = 0; k < NR_KERNELS; k++) {
		struct unit_pair p = unit_anon_pair();
		struct msc_verdict v;

		unit_fault(&p.left, 0xa0, 2);
		v = judge(k, &p);
		assert_int_equal(v.outcome, MSC_BLOCKED);
		assert_int_equal(v.blockers, B(FORK_CHILD));
		assert_int_equal(v.side, MSC_MODIFY_RIGHT);

		p = unit_anon_pair();
		unit_fault(&p.right, 0xa0, 2);
		v = judge(k, &p);
		assert_int_equal(v.blockers, B(FORK_CHILD));
		assert_int_equal(v.side, k >= K_7_2 ? MSC_MODIFY_RIGHT : MSC_MODIFY_LEFT);

		p = unit_anon_pair();
		p.left.flags |= MSC_VM(AC);
		v = judge(k, &p);
		assert_int_equal(v.blockers, B(FLAGS));
		assert_int_equal(v.side, MSC_MODIFY_RIGHT);
		assert_false(v.either);
	}
}

/* An unfaulted target counts for less than a blocker and a half, and for more than one. */
static void fewest_blockers_win(void **state)
{
	struct unit_pair p = unit_anon_pair();
	struct msc_verdict v;

	(void)state;
	unit_fault(&p.right, 0xa0, 1);
	p.left.flags |= MSC_VM(AC);
	v = judge(K_6_12, &p);
	assert_int_equal(v.side, MSC_MODIFY_LEFT);
	assert_int_equal(v.blockers, B(FLAGS));

	/* flags and unfaulted one way, flags and close the other: as many, but faulted wins */
	p.left.bits = MSC_VMA_CLOSE;
	v = judge(K_6_12, &p);
	assert_int_equal(v.side, MSC_MODIFY_LEFT);
	assert_int_equal(v.blockers, B(FLAGS) | B(CLOSE));

	/* one more the other way, and it is the fewest that win */
	p.left.flags |= MSC_VM(DE);
	v = judge(K_6_12, &p);
	assert_int_equal(v.side, MSC_MODIFY_RIGHT);
	assert_int_equal(v.blockers, B(FLAGS) | B(UNFAULTED));
}

/* A VMA's anon_vma: none, or one of two objects, through a chain that fork made longer or not. */
static const struct {
	msc_u64 anon_vma;
	msc_u32 avcs;
} chains[] = {
	{ 0, 0 }, { 0xa0, 1 }, { 0xa0, 2 }, { 0xa0, 7 }, { 0xb0, 1 }, { 0xb0, 2 },
};

static void fork_child_is_a_long_chain(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < MSC_ARRAY_SIZE(chains); i++) {
		struct msc_vma vma = { .anon_vma = chains[i].anon_vma, .avcs = chains[i].avcs };

		assert_int_equal(msc_merge_fork_child(&vma), chains[i].avcs > 1);
	}
}

/* The blocker that is due, in words of the merge tests' own. */
static msc_u32 anon_blocker(unsigned int k, unsigned int target, unsigned int source)
{
	msc_u64 t = chains[target].anon_vma, s = chains[source].anon_vma;

	if (t && s)
		return t == s ? 0 : B(ANON_VMA);
	if (t)
		return chains[target].avcs > 1 ? B(FORK_CHILD) : 0;
	if (s && k <= K_6_12)
		return B(UNFAULTED);
	return s && chains[source].avcs > 1 ? B(FORK_CHILD) : 0;
}

static void anon_vma_truth_table(void **state)
{
	unsigned int t, s, k, side;

	(void)state;
	for (t = 0; t < MSC_ARRAY_SIZE(chains); t++) {
		for (s = 0; s < MSC_ARRAY_SIZE(chains); s++) {
			for (side = MSC_MODIFY_RIGHT; side <= MSC_MODIFY_LEFT; side++) {
				struct unit_pair p = unit_anon_pair();

				unit_fault(unit_target(&p, side), chains[t].anon_vma,
					   chains[t].avcs);
				unit_fault(unit_source(&p, side), chains[s].anon_vma,
					   chains[s].avcs);
				for (k = 0; k < NR_KERNELS; k++) {
					msc_u32 b = msc_merge_blockers(RULES(k), &p.left, &p.right,
								       side);

					assert_int_equal(b, anon_blocker(k, t, s));
					assert_int_equal(!b, oracle_merges(k, &p.left, &p.right,
									   side));
				}
			}
		}
	}
}

/* One in @n. */
static bool one_in(uint64_t *seed, unsigned int n)
{
	return unit_random(seed) % n == 0;
}

static void random_chain(uint64_t *seed, struct msc_vma *vma)
{
	unsigned int i = unit_random(seed) % MSC_ARRAY_SIZE(chains);

	unit_fault(vma, chains[i].anon_vma, chains[i].avcs);
}

/* A pair that differs in few things, so that all verdicts come up. */
static struct unit_pair random_pair(uint64_t *seed)
{
	struct unit_pair p = one_in(seed, 2) ? unit_file_pair() : unit_anon_pair();
	struct msc_vma *either = one_in(seed, 2) ? &p.left : &p.right;
	unsigned int flag = unit_random(seed) % MSC_NR_VMFLAGS;

	/* a flag on both, and sometimes one on a single side: those two may be the same */
	if (one_in(seed, 4)) {
		p.left.flags ^= MSC_BIT(flag);
		p.right.flags ^= MSC_BIT(flag);
	}
	if (one_in(seed, 6))
		either->flags ^= MSC_BIT(unit_random(seed) % MSC_NR_VMFLAGS);
	if (one_in(seed, 24))
		either->flags ^= one_in(seed, 2) ? MSC_VM(SD) : MSC_VM(GU);
	if (one_in(seed, 40))
		either->other_flags = MSC_BIT(unit_random(seed) % 64);
	if (one_in(seed, 20))
		either->file = unit_random(seed) % 3;
	if (one_in(seed, 12))
		p.right.pgoff += unit_random(seed) % 3 - 1;
	if (one_in(seed, 6))
		p.right.anon_pgoff += unit_random(seed) % 3 - 1;
	if (one_in(seed, 20))
		either->policy = unit_random(seed) % 3;
	if (one_in(seed, 20))
		either->uffd = unit_random(seed) % 3;
	if (one_in(seed, 20))
		either->anon_name = unit_random(seed) % 3;
	if (one_in(seed, 6))
		either->bits |= MSC_VMA_CLOSE;
	if (one_in(seed, 12))
		p.left.bits |= MSC_VMA_CLOSE;
	if (one_in(seed, 2)) {
		random_chain(seed, &p.left);
		random_chain(seed, &p.right);
	}
	return p;
}

/* Of two directions the one that lacks least; at a tie, see tie_goes_to_the_faulted_target(). */
static enum msc_side nearest(msc_u32 by_right, msc_u32 by_left)
{
	int more = __builtin_popcount(by_right) - __builtin_popcount(by_left);

	if (!more)
		more = !!(by_right & B(UNFAULTED)) - !!(by_left & B(UNFAULTED));
	return more > 0 ? MSC_MODIFY_LEFT : MSC_MODIFY_RIGHT;
}

struct tally {
	unsigned int either, right, left, blocked;
	unsigned int by[MSC_B_NR];
};

static void check_pair(enum unit_kernel_id k, const struct unit_pair *p, struct tally *tally)
{
	bool right = oracle_merges(k, &p->left, &p->right, MSC_MODIFY_RIGHT);
	bool left = oracle_merges(k, &p->left, &p->right, MSC_MODIFY_LEFT);
	msc_u32 by_right = msc_merge_blockers(RULES(k), &p->left, &p->right, MSC_MODIFY_RIGHT);
	msc_u32 by_left = msc_merge_blockers(RULES(k), &p->left, &p->right, MSC_MODIFY_LEFT);
	struct msc_verdict v = judge(k, p);
	unsigned int i;

	assert_int_equal(!by_right, right);
	assert_int_equal(!by_left, left);
	assert_int_equal(v.outcome, right || left ? MSC_CANDIDATE : MSC_BLOCKED);
	assert_int_equal(v.either, right && left);
	assert_int_equal(v.side, nearest(by_right, by_left));
	assert_int_equal(v.blockers, v.side == MSC_MODIFY_RIGHT ? by_right : by_left);

	tally->either += right && left;
	tally->right += right && !left;
	tally->left += left && !right;
	tally->blocked += !left && !right;
	for (i = 0; i < MSC_B_NR; i++)
		tally->by[i] += (v.blockers >> i) & 1;
}

static void random_pairs(void **state)
{
	struct tally tally[NR_KERNELS] = {};
	uint64_t seed = 0x6d73635f75616d6d;
	unsigned int i, k;

	(void)state;
	for (i = 0; i < UNIT_PAIRS; i++) {
		struct unit_pair p = random_pair(&seed);

		for (k = 0; k < NR_KERNELS; k++)
			check_pair(k, &p, &tally[k]);
	}
	/* A generator that never makes a case tests nothing of it: each is at least one in 500. */
	for (k = 0; k < NR_KERNELS; k++) {
		assert_in_range(tally[k].either, UNIT_PAIRS / 500, UNIT_PAIRS);
		assert_in_range(tally[k].right, UNIT_PAIRS / 500, UNIT_PAIRS);
		assert_in_range(tally[k].left, UNIT_PAIRS / 500, UNIT_PAIRS);
		assert_in_range(tally[k].blocked, UNIT_PAIRS / 500, UNIT_PAIRS);
		for (i = 0; i < MSC_B_NR; i++) {
			if (i == MSC_B_ANON_PGOFF && k != K_7_3)
				assert_int_equal(tally[k].by[i], 0);
			else if (i == MSC_B_UNFAULTED && k >= K_7_2)
				assert_int_equal(tally[k].by[i], 0);
			else
				assert_in_range(tally[k].by[i], UNIT_PAIRS / 500, UNIT_PAIRS);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdict_without_judging),
		cmocka_unit_test(candidate_either_way),
		cmocka_unit_test(candidate_one_way),
		cmocka_unit_test(candidate_around_close),
		cmocka_unit_test(tie_goes_to_the_faulted_target),
		cmocka_unit_test(fewest_blockers_win),
		cmocka_unit_test(fork_child_is_a_long_chain),
		cmocka_unit_test(anon_vma_truth_table),
		cmocka_unit_test(random_pairs),
	};

	return cmocka_run_group_tests_name("merge_verdict", tests, NULL, NULL);
}
