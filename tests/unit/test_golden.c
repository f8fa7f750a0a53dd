// SPDX-License-Identifier: GPL-2.0
/*
 * Reports of real kernels (tests/golden): read, judged here again, and written: verdicts, KSM,
 * violations and all must come out as the kernel's module wrote them.
 */
#include <glob.h>

#include "unit.h"
#include "judge.h"
#include "reader.h"
#include "report.h"

struct golden {
	struct msc_snapshot s;
	char *text;	/* as it was saved */
	struct unit_sink sink;
};

static void read_golden(struct golden *g, const char *path)
{
	struct msc_reader_error error;
	FILE *in = fopen(path, "r");
	size_t size = 1 << 20, len;

	assert_non_null(in);
	g->text = malloc(size);
	assert_non_null(g->text);
	len = fread(g->text, 1, size, in);
	assert_true(len > 0 && len < size);
	g->text[len] = '\0';
	rewind(in);
	msc_snapshot_init(&g->s, &unit_alloc, MSC_SECTION_ALL);
	if (msc_reader_read(in, &g->s, &error))
		fail_msg("%s:%lu: %s", path, error.line, error.text);
	fclose(in);
	unit_sink_init(&g->sink);
}

static void free_golden(struct golden *g)
{
	msc_snapshot_free(&g->s);
	unit_sink_free(&g->sink);
	free(g->text);
}

/* Line by line, so that what differs is a line. */
static void assert_same_text(const char *path, char *have, char *want)
{
	char *have_line, *want_line;

	while ((want_line = strsep(&want, "\n"))) {
		have_line = strsep(&have, "\n");
		if (!have_line || strcmp(have_line, want_line))
			fail_msg("%s:\nhave %s\nwant %s", path, have_line ? have_line : "nothing",
				 want_line);
	}
	assert_null(have);
}

static void check_golden(const char *path)
{
	struct golden g;
	msc_u64 part;

	read_golden(&g, path);
	for (part = 0; part < msc_report_parts(&g.s); part++)
		msc_report_part(&g.sink.sink, &g.s, part);
	assert_same_text(path, g.sink.text, g.text);
	assert_int_equal(msc_judge_all(&g.s).violations, 0);
	assert_true(msc_judge_all(&g.s).checked > 100);
	free_golden(&g);
}

static void kernels_are_judged_again(void **state)
{
	glob_t found;
	size_t i;

	(void)state;
	assert_int_equal(glob(UNIT_REPORTS "/*.report", 0, NULL, &found), 0);
	/* Two processes and a child of each, of each kernel. */
	assert_true(found.gl_pathc >= 4 && !(found.gl_pathc % 4));
	for (i = 0; i < found.gl_pathc; i++)
		check_golden(found.gl_pathv[i]);
	globfree(&found);
}

static msc_u64 checked_by(const struct msc_snapshot *s, enum msc_rule_id rule)
{
	struct msc_judge judge = {};

	msc_rules[rule].judge(s, &judge);
	return judge.checked;
}

static msc_u64 pages_in(const struct msc_snapshot *s, enum msc_page_state state)
{
	msc_u64 pages = 0;
	msc_u32 i;

	for (i = 0; i < s->nr_runs; i++) {
		if (s->runs[i].page.state == state)
			pages += s->runs[i].pages;
	}
	return pages;
}

/* KSM's rules have something to judge, and pages are swapped out, in the swap cache and not. */
static void merged_and_swapped_are_there(void **state)
{
	struct golden g;
	glob_t found;
	size_t i;

	(void)state;
	assert_int_equal(glob(UNIT_REPORTS "/*-states.report", 0, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc; i++) {
		read_golden(&g, found.gl_pathv[i]);
		assert_true(checked_by(&g.s, MSC_RULE_KSM_REACH) >= 12);
		assert_true(checked_by(&g.s, MSC_RULE_KSM_ITEM) >= 12);
		assert_true(checked_by(&g.s, MSC_RULE_KSM_ITEM_ORDER) >= 11);
		assert_true(checked_by(&g.s, MSC_RULE_KSM_NODE) >= 1);
		assert_true(checked_by(&g.s, MSC_RULE_KSM_PROTECT) >= 12);
		assert_true(pages_in(&g.s, MSC_PAGE_SWAP) >= 1);
		assert_true(pages_in(&g.s, MSC_PAGE_SWAP_CACHED) >= 1);
		free_golden(&g);
	}
	globfree(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernels_are_judged_again),
		cmocka_unit_test(merged_and_swapped_are_there),
	};

	return cmocka_run_group_tests_name("golden", tests, NULL, NULL);
}
