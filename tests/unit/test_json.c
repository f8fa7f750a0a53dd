// SPDX-License-Identifier: GPL-2.0
/* json: each kind of value, and lines that are none. */
#include "unit.h"
#include "json.h"

/* The JSON of @text; NULL if it is refused, as a line on stderr then says. */
static char *json_of(const char *text)
{
	struct msc_text copy = { strdup(text), strlen(text) };
	char *got = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&got, &len);
	bool ok;

	assert_non_null(out);
	ok = msc_json_report(out, "test", &copy);
	fclose(out);
	free(copy.bytes);
	if (ok)
		return got;
	free(got);
	return NULL;
}

static void assert_json(const char *text, const char *expected)
{
	char *got = json_of(text);

	assert_non_null(got);
	assert_string_equal(got, expected);
	free(got);
}

static void values(void **state)
{
	(void)state;
	assert_json("", "");
	assert_json("lock\n", "{\"record\":\"lock\"}\n");
	assert_json("x dec=12 zero=0 most=18446744073709551615 hex=0x1f\n",
		    "{\"record\":\"x\",\"dec\":12,\"zero\":0,\"most\":18446744073709551615,"
		    "\"hex\":\"0x1f\"}\n");
	assert_json("x yes=yes no=no none=- gone=absent off=+2 version=0.1.0\n",
		    "{\"record\":\"x\",\"yes\":true,\"no\":false,\"none\":null,"
		    "\"gone\":\"absent\",\"off\":\"+2\",\"version\":\"0.1.0\"}\n");
	assert_json("x flags=rd,?? by=pgoff ksm_by=- bits=-\ny\n",
		    "{\"record\":\"x\",\"flags\":[\"rd\",\"??\"],\"by\":[\"pgoff\"],"
		    "\"ksm_by\":[],\"bits\":[]}\n{\"record\":\"y\"}\n");
	/* Of one type, whatever the value. */
	assert_json("policy nodes=0 user_nodes=-\npolicy nodes=0-2,5 user_nodes=3\n",
		    "{\"record\":\"policy\",\"nodes\":[\"0\"],\"user_nodes\":[]}\n"
		    "{\"record\":\"policy\",\"nodes\":[\"0-2\",\"5\"],\"user_nodes\":[\"3\"]}\n");
}

static void strings(void **state)
{
	(void)state;
	assert_json("x name=\"\" a=\"\\042\\134\\012\"\n",
		    "{\"record\":\"x\",\"name\":\"\",\"a\":\"\\\"\\\\134\\n\"}\n");
	assert_json("x a=\"\xc3\xa4/\xff\"\n", "{\"record\":\"x\",\"a\":\"\xc3\xa4/\\\\377\"}\n");
	assert_json("x a=\"yes\" b=\"12\"\n", "{\"record\":\"x\",\"a\":\"yes\",\"b\":\"12\"}\n");
}

static void both_values(void **state)
{
	(void)state;
	assert_json("x diff.pgoff=0x1:0x2 diff.flags=wr,ac:- diff.name=\"a:b\":\"\" "
		    "diff.file=-:f1\n",
		    "{\"record\":\"x\",\"diff.pgoff\":[\"0x1\",\"0x2\"],"
		    "\"diff.flags\":[[\"wr\",\"ac\"],[]],\"diff.name\":[\"a:b\",\"\"],"
		    "\"diff.file\":[null,\"f1\"]}\n");
	assert_json("x diff.odd=1\n", "{\"record\":\"x\",\"diff.odd\":[1,\"\"]}\n");
}

static void no_lines(void **state)
{
	(void)state;
	/* What is said of them is not to be in the test's own output. */
	assert_non_null(freopen("/dev/null", "w", stderr));
	assert_null(json_of("x y\n"));
	assert_null(json_of("x a=\"\n"));
	assert_null(json_of("x"));
	assert_null(json_of("\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(strings),
		cmocka_unit_test(both_values),
		cmocka_unit_test(no_lines),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
