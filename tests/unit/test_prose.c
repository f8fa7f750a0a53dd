// SPDX-License-Identifier: GPL-2.0
/* prose: wrapping, sizes, counts, and names that are no text. */
#include "unit.h"
#include "prose.h"

static void assert_wrapped(int indent, const char *text, const char *expected)
{
	char *got = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&got, &len);

	assert_non_null(out);
	msc_prose(out, indent, "%s", text);
	fclose(out);
	assert_string_equal(got, expected);
	free(got);
}

#define NINE "123456789 "
#define EIGHTY NINE NINE NINE NINE NINE NINE NINE NINE

static void wraps_at_90_columns(void **state)
{
	(void)state;
	assert_wrapped(0, "", "\n");
	assert_wrapped(0, "one  two ", "one two\n");
	assert_wrapped(3, "one two", "   one two\n");
	assert_wrapped(0, EIGHTY "1234567890", EIGHTY "1234567890\n");
	assert_wrapped(0, EIGHTY "12345678901", NINE NINE NINE NINE NINE NINE NINE
		       "123456789\n12345678901\n");
	assert_wrapped(2, EIGHTY "123456789", "  " NINE NINE NINE NINE NINE NINE NINE
		       "123456789\n  123456789\n");
}

static void sizes(void **state)
{
	static const struct {
		msc_u64 pages;
		const char *text;
	} rows[] = {
		{ 0, "0 KiB" }, { 1, "4 KiB" }, { 255, "1020 KiB" }, { 256, "1 MiB" },
		{ 384, "1.5 MiB" }, { 1 << 18, "1 GiB" }, { 1 << 28, "1 TiB" },
		{ 1ULL << 38, "1 PiB" }, { 1ULL << 50, "4096 PiB" },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < MSC_ARRAY_SIZE(rows); i++)
		assert_string_equal(msc_size_text(rows[i].pages), rows[i].text);
	assert_string_equal(msc_count(0, "VMA"), "0 VMAs");
	assert_string_equal(msc_count(1, "VMA"), "1 VMA");
	assert_string_equal(msc_count(2, "VMA"), "2 VMAs");
}

static void names_that_are_no_text(void **state)
{
	char longer[2000];

	(void)state;
	assert_string_equal(msc_plain("plain [heap]"), "plain [heap]");
	assert_string_equal(msc_plain("a\nb\033[1m\x7f"), "a?b?[1m?");
	assert_string_equal(msc_plain("M\xc3\xa4use \xf0\x9f\x90\xad"),
			    "M\xc3\xa4use \xf0\x9f\x90\xad");
	/* No UTF-8: a byte alone, one that is missing, a surrogate, a long form, too large. */
	assert_string_equal(msc_plain("\xff\x80|\xc3|\xed\xa0\x80|\xc0\xaf|\xf4\x90\x80\x80"),
			    "??|?|???|??|????");
	/* CSI and NEL in two bytes; the first character behind them. */
	assert_string_equal(msc_plain("\xc2\x9b\xc2\x85\xc2\xa0"), "??\xc2\xa0");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_true(strlen(msc_plain(longer)) < sizeof(longer) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wraps_at_90_columns),
		cmocka_unit_test(sizes),
		cmocka_unit_test(names_that_are_no_text),
	};

	return cmocka_run_group_tests_name("prose", tests, NULL, NULL);
}
