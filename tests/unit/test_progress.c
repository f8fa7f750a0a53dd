// SPDX-License-Identifier: GPL-2.0
/* progress: a bar that stays on its line, however narrow that is. */
#include "unit.h"
#include "progress.h"

static char *shown(int columns, size_t done, size_t all)
{
	char *got = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&got, &len);

	assert_non_null(out);
	msc_progress_show(out, columns, done, all);
	fclose(out);
	return got;
}

static void assert_shown(int columns, size_t done, size_t all, const char *expected)
{
	char *got = shown(columns, done, all);

	assert_string_equal(got, expected);
	free(got);
}

static void as_wide_as_the_terminal(void **state)
{
	(void)state;
	assert_shown(200, 2, 4, "\r[####################                    ] 2 of 4");
	assert_shown(80, 0, 4, "\r[                                        ] 0 of 4");
	assert_shown(20, 5, 10, "\r[####     ] 5 of 10");
	assert_shown(12, 1, 2, "\r[# ] 1 of 2");
	assert_shown(10, 1, 2, "\r1 of 2");
	assert_shown(5, 1, 2, "\r1 of");
}

/* One column stays free, behind which a terminal goes on in the next line. */
static void never_more_than_a_line(void **state)
{
	int columns;
	char *got;

	(void)state;
	for (columns = 1; columns <= 200; columns++) {
		got = shown(columns, 123, 4567);
		assert_int_equal(*got, '\r');
		assert_in_range(strlen(got + 1), 0, columns - 1);
		free(got);
	}
}

static void gone_again(void **state)
{
	char *got = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&got, &len);

	(void)state;
	assert_non_null(out);
	msc_progress_hide(out, 6);
	fclose(out);
	assert_string_equal(got, "\r     \r");
	free(got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_wide_as_the_terminal),
		cmocka_unit_test(never_more_than_a_line),
		cmocka_unit_test(gone_again),
	};

	return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
