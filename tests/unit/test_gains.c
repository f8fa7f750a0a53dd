// SPDX-License-Identifier: GPL-2.0
/* gains and survey: what is summed up of a row whose what-if is known, and what is told of it. */
#include <string.h>

#include "unit.h"
#include "gains.h"
#include "row.h"
#include "survey.h"

/* Three VMAs: one never touched, one moved and safe, one moved and shared. */
static struct msc_snapshot *row(void **state)
{
	struct msc_snapshot *s = *state;

	unit_row_begin(s, K_7_3);
	s->target.pid = 4711;
	strcpy(s->target.comm, "secret");
	unit_row_add(s, 2, 0);
	unit_row_add_moved(s, 0x2000, 0x100, MSC_PAGE_EXCLUSIVE)->walk_ns = 70;
	unit_row_add_moved(s, 0x3000, 0x200, MSC_PAGE_ELSEWHERE)->walk_ns = 500;
	unit_row_work_out(s);
	return s;
}

static void counts(void **state)
{
	const struct msc_snapshot *s = row(state);
	struct msc_gains gains, sum;

	msc_gains_count(s, &gains);
	assert_int_equal(gains.vmas, 3);
	assert_int_equal(gains.by[MSC_WHATIF_NOW].then, 3);
	assert_int_equal(gains.by[MSC_WHATIF_RELOCATE_ANON].then, 2);
	assert_int_equal(gains.by[MSC_WHATIF_RELOCATE_ANON].concerned, 1);
	assert_int_equal(gains.by[MSC_WHATIF_RELOCATE_ANON].pairs, 2);
	/* A VMA; its pages still need an anon_vma and an AVC. */
	assert_int_equal(gains.by[MSC_WHATIF_RELOCATE_ANON].saved, 1000000);
	assert_int_equal(gains.asked[MSC_SAFE_YES], 1);
	assert_int_equal(gains.asked[MSC_SAFE_NO], 1);
	assert_int_equal(gains.moved[MSC_SAFE_YES], 1);
	assert_int_equal(gains.moved[MSC_SAFE_NO], 1);
	assert_int_equal(gains.obstacles[MSC_O_SHARED].vmas, 1);
	assert_int_equal(gains.obstacles[MSC_O_SHARED].moved, 1);
	assert_int_equal(gains.obstacles[MSC_O_SHARED].count, 2);
	assert_int_equal(gains.pages, 2);
	assert_int_equal(gains.folios, 2);
	assert_int_equal(gains.walk_ns, 70);
	sum = gains;
	msc_gains_add(&sum, &gains);
	assert_int_equal(sum.vmas, 6);
	assert_int_equal(sum.by[MSC_WHATIF_RELOCATE_ANON].then, 4);
	assert_int_equal(sum.by[MSC_WHATIF_RELOCATE_ANON].pairs, 4);
	assert_int_equal(sum.by[MSC_WHATIF_RELOCATE_ANON].saved, 2000000);
	assert_int_equal(sum.asked[MSC_SAFE_YES], 2);
	assert_int_equal(sum.moved[MSC_SAFE_NO], 2);
	assert_int_equal(sum.obstacles[MSC_O_SHARED].count, 4);
	assert_int_equal(sum.pages + sum.folios + sum.walk_ns, 148);
}

/* What @anonymous makes of a survey of this row alone; to be freed. */
static char *survey_text(const struct msc_snapshot *s, bool anonymous)
{
	struct msc_survey survey = { 0 };
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_true(msc_survey_add(&survey, s));
	msc_survey_json(out, &survey, 0, anonymous);
	fclose(out);
	free(survey.rows);
	return text;
}

static void anonymous(void **state)
{
	const struct msc_snapshot *s = row(state);
	char *named = survey_text(s, false), *text = survey_text(s, true);

	assert_non_null(strstr(named, "secret"));
	assert_non_null(strstr(named, "4711"));
	assert_non_null(strstr(text, "\"relocate-anon\""));
	assert_non_null(strstr(text, "\"pairs\""));
	assert_non_null(strstr(text, "\"shared\""));
	assert_non_null(strstr(text, "\"merge_rules\""));
	assert_null(strstr(text, "secret"));
	assert_null(strstr(text, "4711"));
	assert_null(strstr(text, "0x"));
	free(named);
	free(text);
}

/* Each word that stands in @o, but keys: only what a row is of, and what the kernel is. */
static void assert_no_words(struct json_object *o, bool at_top)
{
	static const char *const words[] = { "record", "version", "merge_rules" };
	unsigned int known, i;

	json_object_object_foreach(o, key, value)
	{
		known = 0;
		for (i = 0; at_top && i < MSC_ARRAY_SIZE(words); i++)
			known |= !strcmp(key, words[i]);
		if (json_object_is_type(value, json_type_object))
			assert_no_words(value, false);
		else if (!json_object_is_type(value, json_type_int) &&
			 !json_object_is_type(value, json_type_boolean) && !known)
			fail_msg("%s: %s", key, json_object_to_json_string(value));
	}
}

/* Just these keys, with commas between, in any order. */
static void assert_keys(struct json_object *o, const char *want)
{
	char *list = strdup(want), *rest = list, *key;
	unsigned int nr = 0;

	while ((key = strsep(&rest, ","))) {
		if (!json_object_object_get_ex(o, key, NULL))
			fail_msg("no %s in %s", key, json_object_to_json_string(o));
		nr++;
	}
	if (json_object_object_length(o) != (int)nr)
		fail_msg("more than %s in %s", want, json_object_to_json_string(o));
	free(list);
}

#define OF_EACH                                                                                  \
	"record,vmas,holes,apart,candidates,unknown,gain,by,alone,mergeable_pages,"              \
	"eligible_pages,excluded_pages,whatif,relocation,"

/* What others get has just these keys, and no word that is not the program's or the kernel's. */
static void anonymous_keys(void **state)
{
	char *text = survey_text(row(state), true), *rest = text;
	struct json_object *process = json_tokener_parse(strsep(&rest, "\n"));
	struct json_object *total = json_tokener_parse(strsep(&rest, "\n"));
	struct json_object *relocation;

	assert_string_equal(rest, "");
	assert_keys(process, OF_EACH "merge_any");
	assert_keys(total, OF_EACH "processes,skipped,refused,version,merge_rules,vma_bytes,"
		    "anon_vma_bytes,avc_bytes");
	assert_keys(json_object_object_get(process, "whatif"),
		    "occasion,early-ksm,special-ksm,relocate-anon,soft-dirty,all");
	relocation = json_object_object_get(process, "relocation");
	assert_keys(relocation, "vmas,moved,obstacles,pages,folios,walk_ns");
	assert_keys(json_object_object_get(relocation, "obstacles"), "shared");
	assert_no_words(process, true);
	assert_no_words(total, true);
	json_object_put(process);
	json_object_put(total);
	free(text);
}

static void tables(void **state)
{
	const struct msc_snapshot *s = row(state);
	struct msc_gains gains;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	msc_gains_count(s, &gains);
	msc_gains_print(out, &gains);
	fclose(out);
	assert_non_null(strstr(text, "       3       2       1      1000000         1       2"
				     "       0  relocate-anon: "));
	assert_non_null(strstr(text, "\n       1       1         2  shared: "));
	assert_non_null(strstr(text, "2 VMAs with anonymous memory, of which 2 moved. Safe to "
				     "relocate: 1 (of the moved"));
	assert_null(strstr(text, "pinned"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(counts, unit_row_set_up, unit_snapshot_tear_down),
		cmocka_unit_test_setup_teardown(anonymous, unit_row_set_up,
						unit_snapshot_tear_down),
		cmocka_unit_test_setup_teardown(anonymous_keys, unit_row_set_up,
						unit_snapshot_tear_down),
		cmocka_unit_test_setup_teardown(tables, unit_row_set_up, unit_snapshot_tear_down),
	};

	return cmocka_run_group_tests_name("gains", tests, NULL, NULL);
}
