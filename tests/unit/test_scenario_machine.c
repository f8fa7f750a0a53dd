// SPDX-License-Identifier: GPL-2.0
/* Guards, judged on the machine that this runs on: any kernel from 4.0 to 99. */
#include "scenario_machine.h"
#include "unit.h"

struct guarded {
	const char *guards;	/* without the brackets */
	const char *why;	/* NULL: they hold */
};

static const struct guarded cases[] = {
	{ "kernel >= 4.0", NULL },
	{ "kernel > 4.0", NULL },
	{ "kernel < 99.0", NULL },
	{ "kernel <= 99.1", NULL },
	{ "kernel != 3.9", NULL },
	{ "kernel < 4.0", "wants kernel < 4.0" },
	{ "kernel == 3.9", "wants kernel == 3.9" },
	{ "kernel >= 99.0", "wants kernel >= 99.0" },
	{ "not kernel < 4.0", NULL },
	{ "not kernel >= 4.0", "wants not kernel >= 4.0" },
	{ "variant fork", NULL },
	{ "not variant fork", "wants not variant fork" },
	{ "variant thp", "wants variant thp" },
	{ "kernel >= 4.0, variant fork", NULL },
	{ "kernel >= 4.0, variant thp", "wants variant thp" },
	{ "kernel < 4.0, variant fork", "wants kernel < 4.0" },
	{ "kernel < 4.0 or variant fork", NULL },
	{ "variant fork or kernel < 4.0", NULL },
	{ "kernel < 4.0 or variant thp", "wants variant thp" },
	{ "kernel < 4.0 or variant thp or variant fork", NULL },
	{ "kernel < 4.0 or variant fork, variant thp", "wants variant thp" },
	{ "variant thp, kernel < 4.0 or variant fork", "wants variant thp" },
	{ "variant fork, kernel < 4.0 or variant fork", NULL },
	{ "config NO_SUCH_OPTION or variant fork", NULL },
};

static void judges_guards(void **state)
{
	struct scn_error error;
	struct scenario s;
	char text[128], why[160];
	bool holds;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "#x\n[%s]\nread(@0)\n", cases[i].guards);
		assert_int_equal(scn_parse(&s, text, strlen(text), &error), 0);
		holds = scn_guards_hold(&s.guards, "fork", why, sizeof(why));
		if (holds != !cases[i].why)
			fail_msg("[%s] %s", cases[i].guards, holds ? "holds" : why);
		if (!holds)
			assert_string_equal(why, cases[i].why);
		scn_free(&s);
	}
}

/* Without the kernel's configuration neither an option nor its absence can be had. */
static void does_not_guess_options(void **state)
{
	static const char *const guards[] = {
		"config NO_SUCH_OPTION", "not config NO_SUCH_OPTION",
	};
	struct scn_error error;
	struct scenario s;
	char text[128], why[160];
	bool holds[2];
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), "#x\n[%s]\nread(@0)\n", guards[i]);
		assert_int_equal(scn_parse(&s, text, strlen(text), &error), 0);
		holds[i] = scn_guards_hold(&s.guards, "plain", why, sizeof(why));
		scn_free(&s);
	}
	assert_false(holds[0]);
	/* With it, there is no such option. */
	if (!holds[1])
		assert_string_equal(why, "config NO_SUCH_OPTION is not known: no /boot/config of "
					 "this kernel");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_guards),
		cmocka_unit_test(does_not_guess_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
