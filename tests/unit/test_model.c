// SPDX-License-Identifier: GPL-2.0
/* model: room, and memory that runs out. */
#include "unit.h"
#include "model.h"

static msc_u32 add_string(struct msc_snapshot *s, const char *str)
{
	return msc_snapshot_add_string(s, str, strlen(str));
}

static void starts_empty(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_file file = { .cookie = 1 };
	struct msc_policy policy = {};

	assert_false(msc_snapshot_has_room(s));
	assert_null(msc_snapshot_add_vma(s));
	assert_int_equal(msc_snapshot_find_file(s, 1), 0);
	assert_int_equal(msc_snapshot_add_file(s, &file), 0);
	assert_int_equal(msc_snapshot_add_policy(s, &policy), 0);
	assert_int_equal(add_string(s, "x"), 0);
	assert_int_equal(msc_snapshot_add_string(s, "", 0), 0);
	assert_string_equal(msc_snapshot_string(s, 0), "");
	msc_snapshot_clear(s);
	assert_int_equal(unit_mem.calls, 0);
}

static void numbering_nothing(void **state)
{
	struct msc_snapshot *s = *state;

	assert_int_equal(msc_snapshot_number(s), 0);
	assert_int_equal(unit_mem.live, 0);
}

static void reserve_gives_room(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_vma *vma;
	unsigned int i;

	assert_int_equal(msc_snapshot_reserve(s, 10), 0);
	assert_int_equal(s->nr_vmas, 0);
	for (i = 0; i < 10; i++) {
		static const struct msc_vma zero;

		assert_true(msc_snapshot_has_room(s));
		vma = msc_snapshot_add_vma(s);
		assert_non_null(vma);
		/* The allocator hands out garbage; a record starts without any. */
		assert_memory_equal(vma, &zero, sizeof(zero));
		vma->start = i;
	}
	assert_false(msc_snapshot_has_room(s));
	assert_null(msc_snapshot_add_vma(s));
	assert_int_equal(s->nr_vmas, 10);

	/* To ask for what there is, or less, is to ask for more: a walk must get on. */
	assert_int_equal(msc_snapshot_reserve(s, 3), 0);
	assert_true(msc_snapshot_has_room(s));
	assert_non_null(msc_snapshot_add_vma(s));
	for (i = 0; i < 10; i++)
		assert_int_equal(s->vmas[i].start, i);
}

/* Add @n VMAs, each with all that one can have, and reserve as a walker does. */
static void fill(struct msc_snapshot *s, unsigned int n)
{
	for (; n; n--) {
		struct msc_file file = { .cookie = 0x40 * n };
		struct msc_policy policy = { .home_node = (msc_s32)n };
		struct msc_vma *vma;
		char name[16];

		if (!msc_snapshot_has_room(s))
			assert_int_equal(msc_snapshot_reserve(s, 0), 0);
		vma = msc_snapshot_add_vma(s);
		assert_non_null(vma);
		vma->start = n;
		vma->anon_vma = 0x80 * n;
		vma->anon_root = 0x80;
		vma->uffd = n & 1;
		snprintf(name, sizeof(name), "[%u]", n);
		vma->name = add_string(s, name);
		vma->file = msc_snapshot_add_file(s, &file);
		vma->policy = msc_snapshot_add_policy(s, &policy);
		assert_true(vma->name && vma->file && vma->policy);
	}
}

static void check_filled(struct msc_snapshot *s, unsigned int n)
{
	unsigned int i;

	assert_int_equal(s->nr_vmas, n);
	assert_int_equal(s->nr_files, n);
	assert_int_equal(s->nr_policies, n);
	for (i = 0; i < n; i++) {
		const struct msc_vma *vma = &s->vmas[i];
		char name[16];

		snprintf(name, sizeof(name), "[%u]", n - i);
		assert_int_equal(vma->start, n - i);
		assert_string_equal(msc_snapshot_string(s, vma->name), name);
		assert_int_equal(add_string(s, name), vma->name);
		assert_int_equal(msc_snapshot_find_file(s, 0x40 * (n - i)), vma->file);
		assert_int_equal(s->policies[vma->policy - 1].home_node, n - i);
	}
}

static void reserve_again_needs_nothing(void **state)
{
	struct msc_snapshot *s = *state;

	assert_int_equal(msc_snapshot_reserve(s, 100), 0);
	assert_int_equal(msc_snapshot_reserve(s, 100), 0);
	unit_mem_reset(1);
	assert_int_equal(msc_snapshot_reserve(s, 100), 0);
	assert_int_equal(msc_snapshot_reserve(s, 1), 0);
	assert_int_equal(unit_mem.calls, 0);
	assert_int_equal(s->max_vmas, 100);
	/* And another attempt at the same process does with the memory of the first. */
	fill(s, 12);
	msc_snapshot_clear(s);
	assert_int_equal(msc_snapshot_reserve(s, 100), 0);
	fill(s, 12);
	assert_int_equal(unit_mem.calls, 0);
}

/* A name of @len letters that tells @n: none is another's beginning. */
static char *long_name(char *buf, unsigned int n, unsigned int len)
{
	memset(buf, 'a' + n % 26, len);
	snprintf(buf, 10, "%08x", n);
	buf[8] = '/';
	buf[len] = '\0';
	return buf;
}

/*
 * The promise of has_room: a VMA with a new file, a new policy and two new names of the greatest
 * length gets in. Filled up with such, each of the kinds of memory runs out at some time.
 */
static void has_room_keeps_its_word(void **state)
{
	struct msc_snapshot *s = *state;
	unsigned int n, reserves = 0, vmas = 0;
	char name[MSC_NAME_MAX];

	for (n = 1; n <= 600; n++) {
		struct msc_file file = { .cookie = 0x1000 * n };
		struct msc_policy policy = { .mode = (msc_u16)n };
		struct msc_vma *vma;

		if (!msc_snapshot_has_room(s)) {
			assert_int_equal(msc_snapshot_reserve(s, 0), 0);
			assert_true(msc_snapshot_has_room(s));
			reserves++;
		}
		file.path = msc_snapshot_add_string(s, long_name(name, 2 * n, 4095), 4095);
		assert_int_not_equal(file.path, 0);
		assert_int_equal(msc_snapshot_add_file(s, &file), n);
		assert_int_equal(msc_snapshot_add_policy(s, &policy), n);
		vma = msc_snapshot_add_vma(s);
		assert_non_null(vma);
		vma->name = msc_snapshot_add_string(s, long_name(name, 2 * n + 1, 4095), 4095);
		assert_int_not_equal(vma->name, 0);
		vmas++;
	}
	assert_in_range(reserves, 2, 100);
	assert_int_equal(s->nr_vmas, vmas);
	for (n = 1; n <= 600; n++) {
		assert_int_equal(msc_snapshot_find_file(s, 0x1000 * n), n);
		assert_string_equal(msc_snapshot_string(s, s->files[n - 1].path),
				    long_name(name, 2 * n, 4095));
		assert_int_equal(s->policies[n - 1].mode, n);
		assert_string_equal(msc_snapshot_string(s, s->vmas[n - 1].name),
				    long_name(name, 2 * n + 1, 4095));
	}
}

/* Short names, no files: the map of strings is what fills, two keys a VMA. */
static void has_room_counts_names(void **state)
{
	struct msc_snapshot *s = *state;
	char name[16];
	unsigned int n;

	assert_int_equal(msc_snapshot_reserve(s, 5000), 0);
	for (n = 0; msc_snapshot_has_room(s); n++) {
		assert_non_null(msc_snapshot_add_vma(s));
		snprintf(name, sizeof(name), "%u", 2 * n);
		assert_int_not_equal(add_string(s, name), 0);
		snprintf(name, sizeof(name), "%u", 2 * n + 1);
		assert_int_not_equal(add_string(s, name), 0);
	}
	assert_in_range(n, 40, 4999);
	assert_int_equal(s->string_map.used, 2 * n);
}

/* Each of the first reserve's allocations fails once. */
static void no_memory_at_first(void **state)
{
	struct msc_snapshot *s = *state;
	unsigned int nth;

	for (nth = 1; nth <= 6; nth++) {
		unit_mem_reset(nth);
		assert_int_equal(msc_snapshot_reserve(s, 50), MSC_NOROOM);
		assert_int_equal(unit_mem.calls, nth);
		assert_false(msc_snapshot_has_room(s));
		msc_snapshot_clear(s);
		/* half of the time go on with what there is, half of the time from nothing */
		if (nth & 1)
			msc_snapshot_free(s);
		unit_mem_reset(0);
		assert_int_equal(msc_snapshot_reserve(s, 50), 0);
		assert_true(msc_snapshot_has_room(s));
		fill(s, 12);
		check_filled(s, 12);
		msc_snapshot_free(s);
		assert_int_equal(unit_mem.live, 0);
	}
	unit_mem_reset(7);
	assert_int_equal(msc_snapshot_reserve(s, 50), 0);
	assert_int_equal(unit_mem.calls, 6);
}

/* Each of a later reserve's allocations fails once: what was recorded stands. */
static void no_memory_later(void **state)
{
	struct msc_snapshot *s = *state;
	const unsigned int n = 900;
	unsigned int nth;

	for (nth = 1; nth <= 6; nth++) {
		unit_mem_reset(0);
		fill(s, n);
		unit_mem_reset(nth);
		assert_int_equal(msc_snapshot_reserve(s, 2 * n), MSC_NOROOM);
		assert_int_equal(unit_mem.calls, nth);
		unit_mem_reset(0);
		check_filled(s, n);
		assert_int_equal(msc_snapshot_reserve(s, 2 * n), 0);
		assert_int_equal(unit_mem.calls, 7 - nth);
		assert_true(msc_snapshot_has_room(s));
		check_filled(s, n);
		msc_snapshot_free(s);
		assert_int_equal(unit_mem.live, 0);
	}
}

static void no_memory_for_numbers(void **state)
{
	struct msc_snapshot *s = *state;
	unsigned int nth, before;

	assert_int_equal(msc_snapshot_reserve(s, 20), 0);
	fill(s, 10);
	before = unit_mem.live;
	for (nth = 1; nth <= 2; nth++) {
		unit_mem_reset(nth);
		assert_int_equal(msc_snapshot_number(s), MSC_NOROOM);
		assert_int_equal(unit_mem.live, before);
		check_filled(s, 10);
	}
	unit_mem_reset(3);
	assert_int_equal(msc_snapshot_number(s), 0);
	assert_int_equal(unit_mem.calls, 2);
	assert_int_equal(unit_mem.live, before);
}

static void clear_and_reuse(void **state)
{
	struct msc_snapshot *s = *state;
	unsigned int round;

	assert_int_equal(msc_snapshot_reserve(s, 16), 0);
	unit_mem_reset(0);
	s->target.pid = 7;
	for (round = 0; round < 5; round++) {
		fill(s, 16);
		check_filled(s, 16);
		msc_snapshot_clear(s);
		assert_int_equal(s->nr_vmas, 0);
		assert_int_equal(s->nr_files, 0);
		assert_int_equal(s->nr_policies, 0);
		assert_int_equal(msc_snapshot_find_file(s, 0x40), 0);
		/* Nothing of the last round is found: the same strings begin where they began. */
		assert_int_equal(add_string(s, "new"), 1);
		msc_snapshot_clear(s);
	}
	assert_int_equal(unit_mem.calls, 0);
	assert_int_equal(s->target.pid, 7);
}

/*
 * More than max_map_count allows by default, added as a walker does: room first, then the record.
 */
static void seventy_thousand_vmas(void **state)
{
	const unsigned int n = 900;
	struct msc_snapshot *s = *state;
	unsigned int i, reserves = 0;
	char name[32];

	for (i = 0; i < n; i++) {
		struct msc_file file = { .cookie = 0xffff888000000000 + 0x100ULL * i };
		struct msc_vma *vma;

		if (!msc_snapshot_has_room(s)) {
			assert_int_equal(msc_snapshot_reserve(s, 0), 0);
			reserves++;
		}
		assert_true(msc_snapshot_has_room(s));
		vma = msc_snapshot_add_vma(s);
		vma->start = 0x1000ULL * i;
		/* of each two VMAs one has an anon_vma of its own, whose root nobody else has */
		vma->anon_vma = i & 1 ? 0xffff889000000000 + 0x68ULL * i : 0;
		vma->anon_root = i & 1 ? vma->anon_vma + 8 : 0;
		vma->uffd = 1 + i / 10;
		snprintf(name, sizeof(name), "/lib/%u", i);
		vma->name = add_string(s, name);
		vma->file = msc_snapshot_add_file(s, &file);
		assert_true(vma->name && vma->file);
	}
	/* Room doubles: it takes few turns. */
	assert_in_range(reserves, 2, 40);
	assert_int_equal(msc_snapshot_number(s), 0);
	for (i = 0; i < n; i++) {
		const struct msc_vma *vma = &s->vmas[i];

		assert_int_equal(vma->start, 0x1000ULL * i);
		assert_int_equal(vma->anon_vma_id, i & 1 ? i : 0);
		assert_int_equal(vma->anon_root_id, i & 1 ? i + 1 : 0);
		assert_int_equal(vma->uffd_id, 1 + i / 10);
		assert_int_equal(vma->file, i + 1);
		snprintf(name, sizeof(name), "/lib/%u", i);
		assert_string_equal(msc_snapshot_string(s, vma->name), name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_snapshot_test(starts_empty),
		unit_snapshot_test(numbering_nothing),
		unit_snapshot_test(reserve_gives_room),
		unit_snapshot_test(reserve_again_needs_nothing),
		unit_snapshot_test(has_room_keeps_its_word),
		unit_snapshot_test(has_room_counts_names),
		unit_snapshot_test(no_memory_at_first),
		unit_snapshot_test(no_memory_later),
		unit_snapshot_test(no_memory_for_numbers),
		unit_snapshot_test(clear_and_reuse),
		unit_snapshot_test(seventy_thousand_vmas),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
