// SPDX-License-Identifier: GPL-2.0
/* map: what is added is found, at every fill, whatever the keys look like. */
#include "unit.h"
#include "map.h"

static struct msc_map new_map(msc_u32 max)
{
	struct msc_map map = { .max = max };

	map.slots = calloc(max, sizeof(*map.slots));
	assert_non_null(map.slots);
	return map;
}

static void without_memory_nothing_is_found(void **state)
{
	struct msc_map map = {};

	(void)state;
	assert_false(msc_map_has_room(&map));
	assert_null(msc_map_find(&map, 1));
	assert_null(msc_map_find(&map, UINT64_MAX));
	/* Both must do with no slots at all: so a snapshot starts. */
	msc_map_clear(&map);
	msc_map_move(&map, &map);
	assert_int_equal(map.used, 0);
}

static void room_ends_at_three_quarters(void **state)
{
	struct msc_map map = new_map(64);
	msc_u64 key;

	(void)state;
	for (key = 1; key <= 48; key++) {
		assert_true(msc_map_has_room(&map));
		msc_map_add(&map, key, (msc_u32)key);
	}
	assert_false(msc_map_has_room(&map));
	assert_int_equal(map.used, 48);
	free(map.slots);
}

/* Keys as they come: addresses of aligned objects, their neighbours, and the extremes. */
static const struct {
	msc_u64 first, step;
} patterns[] = {
	{ 1, 1 },
	{ 0xffff888000000000, 0x40 },
	{ 0xffff888000000000, 0x1000 },
	{ 1, 1ULL << 32 },
	{ 1ULL << 63, 1ULL << 50 },
	{ UINT64_MAX, (msc_u64)-1 },
};

static void adds_are_found(void **state)
{
	unsigned int i, n, j;

	(void)state;
	for (i = 0; i < MSC_ARRAY_SIZE(patterns); i++) {
		struct msc_map map = new_map(1024);

		for (n = 0; msc_map_has_room(&map); n++) {
			msc_u64 key = patterns[i].first + n * patterns[i].step;

			assert_null(msc_map_find(&map, key));
			msc_map_add(&map, key, n ^ 0x5a5a);
		}
		assert_int_equal(n, 768);
		for (j = 0; j < n; j++) {
			msc_u32 *value = msc_map_find(&map, patterns[i].first +
							    j * patterns[i].step);

			assert_non_null(value);
			assert_int_equal(*value, j ^ 0x5a5a);
		}
		assert_null(msc_map_find(&map, patterns[i].first + n * patterns[i].step));
		free(map.slots);
	}
}

/* With as many keys as slots have a start in common, probing must wrap at the end. */
static void probing_wraps(void **state)
{
	struct msc_map map = new_map(4);
	msc_u64 key;
	unsigned int n = 0;

	(void)state;
	/* Keys that a map of four puts into its last slot: those that a fresh one holds there. */
	for (key = 1; n < 3; key++) {
		struct msc_map probe = new_map(4);

		msc_map_add(&probe, key, 0);
		if (probe.slots[3].key) {
			msc_map_add(&map, key, ++n);
			assert_int_equal(*msc_map_find(&map, key), n);
		}
		free(probe.slots);
	}
	assert_non_null((void *)(uintptr_t)map.slots[3].key);
	assert_non_null((void *)(uintptr_t)map.slots[0].key);
	assert_non_null((void *)(uintptr_t)map.slots[1].key);
	assert_int_equal(map.slots[2].key, 0);
	free(map.slots);
}

static void a_value_can_be_changed(void **state)
{
	struct msc_map map = new_map(8);

	(void)state;
	msc_map_add(&map, 7, 1);
	*msc_map_find(&map, 7) = 2;
	assert_int_equal(*msc_map_find(&map, 7), 2);
	assert_int_equal(map.used, 1);
	free(map.slots);
}

static void clear_keeps_memory(void **state)
{
	struct msc_map map = new_map(16);
	struct msc_map_slot *slots = map.slots;
	msc_u64 key;

	(void)state;
	for (key = 1; key <= 12; key++)
		msc_map_add(&map, key, 1);
	msc_map_clear(&map);
	assert_int_equal(map.used, 0);
	assert_int_equal(map.max, 16);
	assert_ptr_equal(map.slots, slots);
	assert_true(msc_map_has_room(&map));
	for (key = 1; key <= 12; key++)
		assert_null(msc_map_find(&map, key));
	free(map.slots);
}

static void growth_keeps_all(void **state)
{
	struct msc_map map = new_map(4);
	msc_u64 key;

	(void)state;
	for (key = 1; key <= 10000; key++) {
		if (!msc_map_has_room(&map)) {
			struct msc_map grown = new_map(map.max * 2);

			msc_map_move(&grown, &map);
			assert_int_equal(grown.used, map.used);
			free(map.slots);
			map = grown;
		}
		msc_map_add(&map, key * 0x40, (msc_u32)key);
	}
	assert_int_equal(map.used, 10000);
	for (key = 1; key <= 10000; key++)
		assert_int_equal(*msc_map_find(&map, key * 0x40), key);
	free(map.slots);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_memory_nothing_is_found),
		cmocka_unit_test(room_ends_at_three_quarters),
		cmocka_unit_test(adds_are_found),
		cmocka_unit_test(probing_wraps),
		cmocka_unit_test(a_value_can_be_changed),
		cmocka_unit_test(clear_keeps_memory),
		cmocka_unit_test(growth_keeps_all),
	};

	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
