// SPDX-License-Identifier: GPL-2.0
/* pidlist: the grammar of the parameter "targets". */
#include "unit.h"
#include "pidlist.h"

#define MAX_ITEMS 4

struct expectation {
	const char *text;
	enum msc_pidlist_error error;
	const char *at;		/* on an error, the member it stands at */
	unsigned int nr;
	struct msc_pid_item items[MAX_ITEMS];
};

static const struct expectation good[] = {
	{ "", MSC_PIDLIST_OK, "", 0, {} },
	{ "\n", MSC_PIDLIST_OK, "", 0, {} },
	{ "1", MSC_PIDLIST_OK, "", 1, { { MSC_PID_SET, 1 } } },
	{ "12,34\n", MSC_PIDLIST_OK, "", 2, { { MSC_PID_SET, 12 }, { MSC_PID_SET, 34 } } },
	{ "+12,-34", MSC_PIDLIST_OK, "", 2, { { MSC_PID_ADD, 12 }, { MSC_PID_REMOVE, 34 } } },
	{ "4194303", MSC_PIDLIST_OK, "", 1, { { MSC_PID_SET, 4194303 } } },
	{ "007", MSC_PIDLIST_OK, "", 1, { { MSC_PID_SET, 7 } } },
	{ "4,3,2,1", MSC_PIDLIST_OK, "", 4, { { MSC_PID_SET, 4 }, { MSC_PID_SET, 3 },
					      { MSC_PID_SET, 2 }, { MSC_PID_SET, 1 } } },
};

static const struct expectation bad[] = {
	{ "0", MSC_PIDLIST_NOT_A_PID, "0", 0, {} },
	{ "4194304", MSC_PIDLIST_NOT_A_PID, "4194304", 0, {} },
	{ "18446744073709551617", MSC_PIDLIST_NOT_A_PID, "18446744073709551617", 0, {} },
	{ "4294967297", MSC_PIDLIST_NOT_A_PID, "4294967297", 0, {} },
	{ "abc", MSC_PIDLIST_NOT_A_PID, "abc", 0, {} },
	{ "0x10", MSC_PIDLIST_NOT_A_PID, "0x10", 0, {} },
	{ " 1", MSC_PIDLIST_NOT_A_PID, " 1", 0, {} },
	{ "1 ", MSC_PIDLIST_NOT_A_PID, "1 ", 0, {} },
	{ "+", MSC_PIDLIST_NOT_A_PID, "+", 0, {} },
	{ "-", MSC_PIDLIST_NOT_A_PID, "-", 0, {} },
	{ "+-1", MSC_PIDLIST_NOT_A_PID, "+-1", 0, {} },
	{ "++1", MSC_PIDLIST_NOT_A_PID, "++1", 0, {} },
	{ ",", MSC_PIDLIST_NOT_A_PID, "", 0, {} },
	{ ",1", MSC_PIDLIST_NOT_A_PID, "", 0, {} },
	{ "1,,2", MSC_PIDLIST_NOT_A_PID, "", 1, {} },
	{ "1\n\n", MSC_PIDLIST_NOT_A_PID, "1\n", 0, {} },
	{ "12,x", MSC_PIDLIST_NOT_A_PID, "x", 1, {} },
	{ "1,+2", MSC_PIDLIST_MIXED, "+2", 1, {} },
	{ "+1,2", MSC_PIDLIST_MIXED, "2", 1, {} },
	{ "-1,+2,3", MSC_PIDLIST_MIXED, "3", 2, {} },
	{ "1,2,1", MSC_PIDLIST_TWICE, "1", 2, {} },
	{ "+7,-7", MSC_PIDLIST_TWICE, "-7", 1, {} },
	{ "7,007", MSC_PIDLIST_TWICE, "007", 1, {} },
	{ "1,2,3,4,5", MSC_PIDLIST_TOO_LONG, "5", 4, {} },
	/* what is wrong with a member comes before there being no room for it */
	{ "1,2,3,4,x", MSC_PIDLIST_NOT_A_PID, "x", 4, {} },
};

static void accepted(void **state)
{
	unsigned int i, j;

	(void)state;
	for (i = 0; i < MSC_ARRAY_SIZE(good); i++) {
		struct msc_pid_item items[MAX_ITEMS];
		struct msc_pidlist list = { .items = items, .nr = 77, .max = MAX_ITEMS };

		assert_int_equal(msc_pidlist_parse(&list, good[i].text), MSC_PIDLIST_OK);
		assert_int_equal(list.nr, good[i].nr);
		for (j = 0; j < list.nr; j++) {
			assert_int_equal(items[j].op, good[i].items[j].op);
			assert_int_equal(items[j].pid, good[i].items[j].pid);
		}
	}
}

/* On an error @at and @at_len name the member, for the message. */
static void refused(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < MSC_ARRAY_SIZE(bad); i++) {
		struct msc_pid_item items[MAX_ITEMS];
		struct msc_pidlist list = { .items = items, .max = MAX_ITEMS };
		char at[64];

		assert_int_equal(msc_pidlist_parse(&list, bad[i].text), bad[i].error);
		assert_int_equal(list.nr, bad[i].nr);
		snprintf(at, sizeof(at), "%.*s", (int)list.at_len, bad[i].text + list.at);
		assert_string_equal(at, bad[i].at);
	}
}

/* A comma that ends the text promises another member. */
static void comma_at_the_end(void **state)
{
	struct msc_pid_item items[MAX_ITEMS];
	struct msc_pidlist list = { .items = items, .max = MAX_ITEMS };

	(void)state;
	assert_int_equal(msc_pidlist_parse(&list, "1,"), MSC_PIDLIST_NOT_A_PID);
	assert_int_equal(list.at_len, 0);
	assert_int_equal(msc_pidlist_parse(&list, "1,\n"), MSC_PIDLIST_NOT_A_PID);
}

static void no_room_at_all(void **state)
{
	struct msc_pidlist list = { .items = NULL, .max = 0 };

	(void)state;
	assert_int_equal(msc_pidlist_parse(&list, ""), MSC_PIDLIST_OK);
	assert_int_equal(msc_pidlist_parse(&list, "1"), MSC_PIDLIST_TOO_LONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted),
		cmocka_unit_test(refused),
		cmocka_unit_test(comma_at_the_end),
		cmocka_unit_test(no_room_at_all),
	};

	return cmocka_run_group_tests_name("pidlist", tests, NULL, NULL);
}
