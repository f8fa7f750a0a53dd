// SPDX-License-Identifier: GPL-2.0
/* vmflags: the two-letter codes of smaps, and back. */
#include "unit.h"
#include "vmflags.h"

/*
 * fs/proc/task_mmu.c:show_smap_vma_flags() of 7.3, the newest, on x86: each code with its bit of
 * include/linux/mm.h. A code's place in the report is that of its bit, but for those above the
 * protection key, whose bits have moved between releases.
 */
static const struct {
	char code[3];
	unsigned int bit;
} smaps[] = {
	{ "rd", 0 }, { "wr", 1 }, { "ex", 2 }, { "sh", 3 }, { "mr", 4 }, { "mw", 5 },
	{ "me", 6 }, { "ms", 7 }, { "gd", 8 }, { "um", 9 }, { "pf", 10 }, { "gu", 11 },
	{ "uw", 12 }, { "lo", 13 }, { "io", 14 }, { "sr", 15 }, { "rr", 16 }, { "dc", 17 },
	{ "de", 18 }, { "lf", 19 }, { "ac", 20 }, { "nr", 21 }, { "ht", 22 }, { "sf", 23 },
	{ "ar", 24 }, { "wf", 25 }, { "dd", 26 }, { "sd", 27 }, { "mm", 28 }, { "hg", 29 },
	{ "nh", 30 }, { "mg", 31 },
};

static const char above[][3] = { "ui", "ur", "ss", "dp", "sl" };
static const char pkey[][3] = { "p0", "p1", "p2", "p3" };

static void codes_of_the_low_word(void **state)
{
	unsigned int i;

	(void)state;
	assert_int_equal(MSC_ARRAY_SIZE(smaps), 32);
	for (i = 0; i < MSC_ARRAY_SIZE(smaps); i++) {
		assert_string_equal(msc_vmflag_code(i), smaps[i].code);
		assert_int_equal(smaps[i].bit, i);
		assert_int_equal(msc_vmflag_by_code(smaps[i].code), MSC_BIT(i));
	}
}

static void codes_above(void **state)
{
	msc_u64 seen = 0;
	unsigned int i;

	(void)state;
	for (i = 0; i < MSC_ARRAY_SIZE(pkey); i++)
		assert_int_equal(msc_vmflag_by_code(pkey[i]), MSC_BIT(32 + i));
	for (i = 0; i < MSC_ARRAY_SIZE(above); i++)
		seen |= msc_vmflag_by_code(above[i]);
	/* five different ones, right above the key: with them the table is complete */
	assert_int_equal(seen, 0x1fULL << 36);
	assert_int_equal(MSC_NR_VMFLAGS, 32 + 4 + 5);
}

static void codes_are_unique_and_found(void **state)
{
	unsigned int i, j;

	(void)state;
	for (i = 0; i < MSC_NR_VMFLAGS; i++) {
		assert_int_equal(strlen(msc_vmflag_code(i)), 2);
		assert_int_equal(msc_vmflag_by_code(msc_vmflag_code(i)), MSC_BIT(i));
		for (j = 0; j < i; j++)
			assert_string_not_equal(msc_vmflag_code(i), msc_vmflag_code(j));
	}
}

static void unknown_codes(void **state)
{
	static const char unknown[][3] = { "??", "zz", "RD", "", "r", "dr", "r ", "p4" };
	unsigned int i;

	(void)state;
	for (i = 0; i < MSC_ARRAY_SIZE(unknown); i++)
		assert_int_equal(msc_vmflag_by_code(unknown[i]), 0);
	/* Only two letters are looked at: a reader hands in a place in a list. */
	assert_int_equal(msc_vmflag_by_code("wr,mr"), MSC_VM(WR));
}

static void special_is_four_flags(void **state)
{
	(void)state;
	assert_int_equal(MSC_VM_SPECIAL, msc_vmflag_by_code("io") | msc_vmflag_by_code("de") |
					 msc_vmflag_by_code("pf") | msc_vmflag_by_code("mm"));
}

static void protection_keys(void **state)
{
	unsigned int key;

	(void)state;
	for (key = 0; key < 16; key++) {
		msc_u64 flags = (msc_u64)key << 32;

		assert_int_equal(msc_vmflags_pkey(flags), key);
		assert_int_equal(msc_vmflags_pkey(flags | ~MSC_VM_PKEY), key);
	}
	assert_int_equal(MSC_VM_PKEY, 0xfULL << 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_of_the_low_word),
		cmocka_unit_test(codes_above),
		cmocka_unit_test(codes_are_unique_and_found),
		cmocka_unit_test(unknown_codes),
		cmocka_unit_test(special_is_four_flags),
		cmocka_unit_test(protection_keys),
	};

	return cmocka_run_group_tests_name("vmflags", tests, NULL, NULL);
}
