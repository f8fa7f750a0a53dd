// SPDX-License-Identifier: GPL-2.0
/* model: what is interned is one and stays apart from the rest, and gets its ids by address. */
#include "unit.h"
#include "model.h"

static msc_u32 add_string(struct msc_snapshot *s, const char *str)
{
	return msc_snapshot_add_string(s, str, strlen(str));
}

static void equal_strings_are_one(void **state)
{
	struct msc_snapshot *s = *state;
	msc_u32 heap, stack;

	assert_int_equal(msc_snapshot_reserve(s, 1), 0);
	heap = add_string(s, "[heap]");
	stack = add_string(s, "[stack]");
	assert_int_not_equal(heap, 0);
	assert_int_not_equal(heap, stack);
	assert_int_equal(add_string(s, "[stack]"), stack);
	assert_int_equal(add_string(s, "[heap]"), heap);
	assert_int_equal(add_string(s, "[heap]"), heap);
	assert_int_equal(msc_snapshot_add_string(s, "", 0), 0);
	/*
	 * Beginnings and ends of what is there are other strings, also of the one that came last.
	 */
	assert_int_not_equal(add_string(s, "[heap"), heap);
	assert_int_not_equal(add_string(s, "heap]"), heap);
	assert_int_not_equal(add_string(s, "[heap]x"), heap);
	assert_int_not_equal(add_string(s, "x"), 0);
	assert_int_not_equal(add_string(s, "[heap]"), add_string(s, "[heap]x"));
	assert_string_equal(msc_snapshot_string(s, heap), "[heap]");
	assert_string_equal(msc_snapshot_string(s, stack), "[stack]");
	/* @len counts, not a NUL: the source need not have one. */
	assert_int_equal(msc_snapshot_add_string(s, "[heap]garbage", 6), heap);
}

static msc_u64 fnv1a(const char *str)
{
	msc_u64 hash = 0xcbf29ce484222325;

	while (*str)
		hash = (hash ^ (unsigned char)*str++) * 0x100000001b3;
	return hash;
}

/* Two known strings with one 64-bit FNV-1a hash, and one whose hash is 0. */
static void strings_of_one_hash(void **state)
{
	static const char one[] = "8yn0iYCKYHlIj4-BwPqk", other[] = "GReLUrM4wMqfg9yzV3KQ";
	static const char zero[] = "77kepQFQ8Kl";
	struct msc_snapshot *s = *state;
	msc_u32 a, b, c;

	assert_int_equal(fnv1a(one), fnv1a(other));
	assert_int_equal(fnv1a(zero), 0);
	assert_int_equal(msc_snapshot_reserve(s, 1), 0);
	a = add_string(s, one);
	b = add_string(s, other);
	c = add_string(s, zero);
	assert_true(a && b && c);
	assert_int_not_equal(a, b);
	assert_int_equal(add_string(s, one), a);
	assert_int_equal(add_string(s, other), b);
	assert_int_equal(add_string(s, one), a);
	assert_int_equal(add_string(s, zero), c);
	assert_string_equal(msc_snapshot_string(s, a), one);
	assert_string_equal(msc_snapshot_string(s, b), other);
	assert_string_equal(msc_snapshot_string(s, c), zero);
	assert_int_equal(s->string_map.used, 3);
}

static void longest_names(void **state)
{
	static char long_one[5001], cut[4096];
	struct msc_snapshot *s = *state;
	msc_u32 a, b;

	memset(long_one, 'x', 5000);
	memset(cut, 'x', 4095);
	assert_int_equal(msc_snapshot_reserve(s, 1), 0);
	a = msc_snapshot_add_string(s, long_one, 4095);
	assert_int_not_equal(a, 0);
	assert_string_equal(msc_snapshot_string(s, a), cut);
	/* more bytes do not count, so these are the same */
	assert_int_equal(msc_snapshot_add_string(s, long_one, 4096), a);
	assert_int_equal(msc_snapshot_add_string(s, long_one, 5000), a);
	b = msc_snapshot_add_string(s, long_one, 4094);
	assert_int_not_equal(b, a);
	assert_int_equal(strlen(msc_snapshot_string(s, b)), 4094);
}

/* One byte less than a string and its NUL need is no room; exactly as many is. */
static void the_last_byte(void **state)
{
	struct msc_snapshot *s = *state;
	msc_u32 len;

	assert_int_equal(msc_snapshot_reserve(s, 1), 0);
	len = s->strings_len;
	s->strings_len = s->strings_max - 4;
	assert_int_equal(add_string(s, "four"), 0);
	assert_int_equal(add_string(s, "abc"), s->strings_max - 4);
	assert_int_equal(s->strings_len, s->strings_max);
	assert_int_equal(add_string(s, "d"), 0);
	assert_int_equal(add_string(s, "abc"), s->strings_max - 4);
	s->strings_len = len;
}

static void files_have_an_index_each(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_file file = { .bits = MSC_FILE_DAX, .path_cut = 1 };
	msc_u32 i;

	assert_int_equal(msc_snapshot_reserve(s, 1), 0);
	for (i = 1; i <= s->max_files; i++) {
		file.cookie = 0xffff888000000000 + 0x100 * i;
		assert_int_equal(msc_snapshot_find_file(s, file.cookie), 0);
		assert_int_equal(msc_snapshot_add_file(s, &file), i);
		assert_int_equal(msc_snapshot_find_file(s, file.cookie), i);
	}
	assert_false(msc_snapshot_has_room(s));
	file.cookie = 1;
	assert_int_equal(msc_snapshot_add_file(s, &file), 0);
	assert_int_equal(s->files[0].bits, MSC_FILE_DAX);
	assert_int_equal(s->files[0].path_cut, 1);
}

static void policies_are_equal_in_every_field(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_policy policy = { .mode = 2, .flags = 0x8000, .home_node = -1 };
	struct msc_policy other;
	unsigned int i;

	policy.nodes[0] = 3;
	policy.user_nodes[0] = 5;
	assert_int_equal(msc_snapshot_reserve(s, 1), 0);
	assert_int_equal(msc_snapshot_add_policy(s, &policy), 1);
	for (i = 0; i < 7; i++) {
		other = policy;
		switch (i) {
		case 0: other.mode++; break;
		case 1: other.flags++; break;
		case 2: other.home_node++; break;
		case 3: other.nodes[0]++; break;
		case 4: other.nodes[MSC_NODE_WORDS - 1]++; break;
		case 5: other.user_nodes[0]++; break;
		case 6: other.user_nodes[MSC_NODE_WORDS - 1]++; break;
		}
		assert_int_equal(msc_snapshot_add_policy(s, &other), i + 2);
		assert_int_equal(msc_snapshot_add_policy(s, &other), i + 2);
		assert_int_equal(msc_snapshot_add_policy(s, &policy), 1);
	}
	/* Full: what is known is still found, only a new one has no room. */
	for (i = 0; s->nr_policies < s->max_policies; i++) {
		other.home_node = 100 + (msc_s32)i;
		assert_int_not_equal(msc_snapshot_add_policy(s, &other), 0);
	}
	assert_false(msc_snapshot_has_room(s));
	assert_int_equal(msc_snapshot_add_policy(s, &policy), 1);
	other.home_node = 99;
	assert_int_equal(msc_snapshot_add_policy(s, &other), 0);
}

static void ids_come_in_address_order(void **state)
{
	static const struct {
		msc_u64 anon_vma, anon_root, uffd;
		msc_u32 anon_id, root_id, uffd_id;
	} vmas[] = {
		{ 0, 0, 0,		0, 0, 0 },
		{ 0x900, 0x300, 0,	1, 2, 0 },	/* the VMA's own before its root */
		{ 0x100, 0x100, 0x900,	3, 3, 1 },	/* 0x900 is another kind of object here */
		{ 0x900, 0x300, 0x100,	1, 2, 2 },
		{ 0x300, 0x300, 0x900,	2, 2, 1 },
		{ 0, 0, 0x100,		0, 0, 2 },
		{ 0x200, 0x900, 0,	4, 1, 0 },
	};
	struct msc_snapshot *s = *state;
	unsigned int i, round;

	assert_int_equal(msc_snapshot_reserve(s, MSC_ARRAY_SIZE(vmas)), 0);
	for (i = 0; i < MSC_ARRAY_SIZE(vmas); i++) {
		struct msc_vma *vma = msc_snapshot_add_vma(s);

		vma->anon_vma = vmas[i].anon_vma;
		vma->anon_root = vmas[i].anon_root;
		vma->uffd = vmas[i].uffd;
	}
	/* A second time gives the same. */
	for (round = 0; round < 2; round++) {
		assert_int_equal(msc_snapshot_number(s), 0);
		for (i = 0; i < MSC_ARRAY_SIZE(vmas); i++) {
			assert_int_equal(s->vmas[i].anon_vma_id, vmas[i].anon_id);
			assert_int_equal(s->vmas[i].anon_root_id, vmas[i].root_id);
			assert_int_equal(s->vmas[i].uffd_id, vmas[i].uffd_id);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_snapshot_test(equal_strings_are_one),
		unit_snapshot_test(strings_of_one_hash),
		unit_snapshot_test(longest_names),
		unit_snapshot_test(the_last_byte),
		unit_snapshot_test(files_have_an_index_each),
		unit_snapshot_test(policies_are_equal_in_every_field),
		unit_snapshot_test(ids_come_in_address_order),
	};

	return cmocka_run_group_tests_name("model_intern", tests, NULL, NULL);
}
