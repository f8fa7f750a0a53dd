// SPDX-License-Identifier: GPL-2.0
/* The grammar of the module parameter "range". */
#include "range.h"
#include "unit.h"

struct good {
	const char *text;
	int32_t pid;
	uint64_t start, end;
};

static void reads_ranges(void **state)
{
	static const struct good cases[] = {
		{ "1:1000-2000", 1, 0x1000, 0x2000 },
		{ "1234:0x7f000-0x7Ff000", 1234, 0x7f000, 0x7ff000 },
		{ "4194303:0-fffffffffffff000\n", 4194303, 0, UINT64_MAX - 4095 },
		{ "007:0x0-1000", 7, 0, 0x1000 },
		{ "12:", 12, 0, UINT64_MAX - 4095 },
		{ "12:\n", 12, 0, UINT64_MAX - 4095 },
	};
	struct msc_range range;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&range, 0xa5, sizeof(range));
		assert_int_equal(msc_range_parse(&range, cases[i].text), MSC_RANGE_OK);
		assert_int_equal(range.pid, cases[i].pid);
		assert_true(range.start == cases[i].start);
		assert_true(range.end == cases[i].end);
	}
}

struct bad {
	const char *text;
	enum msc_range_error error;
};

static void names_what_is_wrong(void **state)
{
	static const struct bad cases[] = {
		{ "", MSC_RANGE_NO_PID },
		{ "\n", MSC_RANGE_NO_PID },
		{ ":1-2", MSC_RANGE_NO_PID },
		{ "0:1-2", MSC_RANGE_NO_PID },
		{ "-5:1-2", MSC_RANGE_NO_PID },
		{ "4194304:1-2", MSC_RANGE_NO_PID },
		{ "99999999999999999999:1-2", MSC_RANGE_NO_PID },
		{ "12", MSC_RANGE_NO_PID },
		{ "12 :1-2", MSC_RANGE_NO_PID },
		{ "12:-2", MSC_RANGE_NOT_HEX },
		{ "12:0x-2", MSC_RANGE_NOT_HEX },
		{ "12:g-h", MSC_RANGE_NOT_HEX },
		{ "12:1-", MSC_RANGE_NOT_HEX },
		{ "12:1-x", MSC_RANGE_NOT_HEX },
		{ "12:10000000000000000-2", MSC_RANGE_NOT_HEX },
		{ "12:0-10000000000000000", MSC_RANGE_NOT_HEX },
		{ "12:1", MSC_RANGE_NO_DASH },
		{ "12:1+2", MSC_RANGE_NO_DASH },
		{ "12:1-2,", MSC_RANGE_NO_DASH },
		{ "12:1-2\n\n", MSC_RANGE_NO_DASH },
		{ "12:2000-2fff", MSC_RANGE_UNALIGNED },
		{ "12:2001-3000", MSC_RANGE_UNALIGNED },
		{ "12:0-ffffffffffffffff", MSC_RANGE_UNALIGNED },
		{ "12:2000-2000", MSC_RANGE_EMPTY },
		{ "12:3000-2000", MSC_RANGE_EMPTY },
		{ "12:0-0", MSC_RANGE_EMPTY },
	};
	struct msc_range range;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (msc_range_parse(&range, cases[i].text) != cases[i].error)
			fail_msg("\"%s\" is not error %d", cases[i].text, cases[i].error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_ranges),
		cmocka_unit_test(names_what_is_wrong),
	};

	return cmocka_run_group_tests_name("range", tests, NULL, NULL);
}
