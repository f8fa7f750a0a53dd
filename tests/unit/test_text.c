// SPDX-License-Identifier: GPL-2.0
/* text: numbers, quotes and fields, byte for byte. */
#include "unit.h"
#include "text.h"

static int set_up(void **state)
{
	static struct unit_sink sink;

	unit_sink_init(&sink);
	*state = &sink;
	return 0;
}

static int tear_down(void **state)
{
	unit_sink_free(*state);
	return 0;
}

static void numbers(void **state)
{
	static const struct {
		msc_u64 value;
		const char *dec, *hex;
	} cases[] = {
		{ 0, "0", "0x0" },
		{ 1, "1", "0x1" },
		{ 9, "9", "0x9" },
		{ 10, "10", "0xa" },
		{ 15, "15", "0xf" },
		{ 16, "16", "0x10" },
		{ 100, "100", "0x64" },
		{ 0xffffffff, "4294967295", "0xffffffff" },
		{ 1ULL << 32, "4294967296", "0x100000000" },
		{ 0x123456789abcdef0, "1311768467463790320", "0x123456789abcdef0" },
		{ 10000000000000000000ULL, "10000000000000000000", "0x8ac7230489e80000" },
		{ UINT64_MAX, "18446744073709551615", "0xffffffffffffffff" },
	};
	struct unit_sink *sink = *state;
	unsigned int i;

	for (i = 0; i < MSC_ARRAY_SIZE(cases); i++) {
		msc_put_dec(&sink->sink, cases[i].value);
		assert_sink(sink, cases[i].dec);
		msc_put_hex(&sink->sink, cases[i].value);
		assert_sink(sink, cases[i].hex);
	}
}

/* Every byte but NUL, alone, and between two others. */
static void escapes(void **state)
{
	struct unit_sink *sink = *state;
	unsigned int c;

	for (c = 1; c < 256; c++) {
		char text[4] = { (char)c }, between[4] = { 'a', (char)c, 'b' };
		char want[16], want_between[16];

		if (c < ' ' || c == 127 || c == '"' || c == '\\') {
			snprintf(want, sizeof(want), "\"\\%03o\"", c);
			snprintf(want_between, sizeof(want_between), "\"a\\%03ob\"", c);
		} else {
			snprintf(want, sizeof(want), "\"%c\"", c);
			snprintf(want_between, sizeof(want_between), "\"a%cb\"", c);
		}
		msc_put_quoted(&sink->sink, text);
		assert_sink(sink, want);
		msc_put_quoted(&sink->sink, between);
		assert_sink(sink, want_between);
	}
}

static void quoted_strings(void **state)
{
	struct unit_sink *sink = *state;

	msc_put_quoted(&sink->sink, "");
	assert_sink(sink, "\"\"");
	msc_put_quoted(&sink->sink, "/tmp/a b (deleted)");
	assert_sink(sink, "\"/tmp/a b (deleted)\"");
	msc_put_quoted(&sink->sink, "\n\n");
	assert_sink(sink, "\"\\012\\012\"");
	msc_put_quoted(&sink->sink, "a\"b\\c\td\177\nz");
	assert_sink(sink, "\"a\\042b\\134c\\011d\\177\\012z\"");
	msc_put_quoted(&sink->sink, "h\xc3\xa4uschen");
	assert_sink(sink, "\"h\xc3\xa4uschen\"");
	/* A digit behind an escape is not part of it: it always has three. */
	msc_put_quoted(&sink->sink, "\0017");
	assert_sink(sink, "\"\\0017\"");
}

static void plain_text(void **state)
{
	struct unit_sink *sink = *state;

	msc_put(&sink->sink, "");
	assert_sink(sink, "");
	msc_put(&sink->sink, "a\nb");
	msc_put(&sink->sink, "c");
	assert_sink(sink, "a\nbc");
}

static void fields(void **state)
{
	struct unit_sink *sink = *state;

	msc_put_key(&sink->sink, "k");
	assert_sink(sink, " k=");
	msc_put_field(&sink->sink, "next", "hole");
	assert_sink(sink, " next=hole");
	msc_put_field_dec(&sink->sink, "avcs", 12);
	assert_sink(sink, " avcs=12");
	msc_put_field_signed(&sink->sink, "len", 7);
	assert_sink(sink, " len=7");
	msc_put_field_signed(&sink->sink, "len", -1024);
	assert_sink(sink, " len=-1024");
	msc_put_field_hex(&sink->sink, "start", 0x7ff0);
	assert_sink(sink, " start=0x7ff0");
	msc_put_field_quoted(&sink->sink, "name", "[\"]");
	assert_sink(sink, " name=\"[\\042]\"");
	msc_put_field_bool(&sink->sink, "close", MSC_TRUE);
	assert_sink(sink, " close=yes");
	msc_put_field_bool(&sink->sink, "close", MSC_FALSE);
	assert_sink(sink, " close=no");
	msc_put_field_dec(&sink->sink, "a", 1);
	msc_put_field_dec(&sink->sink, "b", 2);
	assert_sink(sink, " a=1 b=2");
}

static void ids(void **state)
{
	struct unit_sink *sink = *state;

	msc_put_id(&sink->sink, 'a', 0);
	assert_sink(sink, "-");
	msc_put_id(&sink->sink, 'a', 7);
	assert_sink(sink, "a7");
	msc_put_id(&sink->sink, 'u', UINT32_MAX);
	assert_sink(sink, "u4294967295");
	msc_put_field_id(&sink->sink, "file", 'f', 10);
	assert_sink(sink, " file=f10");
	msc_put_field_id(&sink->sink, "file", 'f', 0);
	assert_sink(sink, " file=-");
}

#define sink_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		sink_test(numbers),
		sink_test(escapes),
		sink_test(quoted_strings),
		sink_test(plain_text),
		sink_test(fields),
		sink_test(ids),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
