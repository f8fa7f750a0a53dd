// SPDX-License-Identifier: GPL-2.0
/*
 * What the verbs make of reports, on any that the reader accepts, however absurd: every invariant,
 * every verdict, words, pictures, JSON, a row of a survey; and, of an input that is two reports in
 * a row, what they differ in.
 */
#include <stdint.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"
#include "draw.h"
#include "json.h"
#include "judge.h"
#include "reports.h"
#include "survey.h"
#include "why.h"

static FILE *nowhere;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	nowhere = fopen("/dev/null", "w");
	/* A name is drawn by the columns of its characters. */
	return nowhere && setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

static void draw(const struct msc_snapshot *s)
{
	struct msc_drawing d = {
		.s = s, .out = nowhere, .end = ~0ULL, .width = 60, .unicode = true,
	};

	msc_draw_text(&d);
	msc_draw_svg(&d);
	msc_draw_dot(&d);
	/* From somewhere on: what is not drawn is counted on, all the same. */
	d.start = s->nr_vmas ? s->vmas[s->nr_vmas / 2].start : 0;
	msc_draw_text(&d);
	msc_draw_svg(&d);
	msc_draw_dot(&d);
}

static void explain(const struct msc_snapshot *s)
{
	msc_u32 i;

	msc_why(nowhere, s);
	for (i = 0; i < s->nr_vmas && i < 8; i++)
		msc_why_at(nowhere, s, s->vmas[i].start);
}

static void survey(const struct msc_snapshot *s)
{
	struct msc_survey survey = { 0 };

	if (!msc_survey_add(&survey, s))
		abort();
	msc_survey_sort(&survey);
	msc_survey_print(nowhere, &survey, 0);
	msc_survey_json(nowhere, &survey, 0, false);
	msc_survey_json(nowhere, &survey, 0, true);
	free(survey.rows);
}

static void print_json(const char *bytes, size_t len)
{
	struct msc_text text = { .bytes = malloc(len + 1), .len = len };

	if (!text.bytes)
		abort();
	memcpy(text.bytes, bytes, len);
	text.bytes[len] = '\0';
	if (!msc_json_report(nowhere, "fuzz.report", &text))
		abort();
	free(text.bytes);
}

static void tell(struct msc_differ *differ, const struct msc_change *change)
{
	(void)differ;
	fprintf(nowhere, "%s %s %s %s %s\n", change->what, change->where,
		change->key ? change->key : "", change->from ? change->from : "",
		change->to ? change->to : "");
}

static msc_u64 diff(const struct msc_snapshot *a, const struct msc_snapshot *b, bool same_addresses)
{
	struct msc_differ differ = { .same_addresses = same_addresses, .change = tell };

	if (!msc_diff(a, b, &differ))
		abort();
	return differ.changes;
}

/* Where the first report of @data ends: behind the line end. */
static size_t first_end(const char *data, size_t size)
{
	const char *end = memmem(data, size, "\nend ", 5);

	end = end ? memchr(end + 1, '\n', size - (size_t)(end + 1 - data)) : NULL;
	return end ? (size_t)(end + 1 - data) : size;
}

static void play(const struct msc_snapshot *a, const char *text, size_t len)
{
	msc_judge_all(a);
	draw(a);
	explain(a);
	survey(a);
	print_json(text, len);
	diff(a, a, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	size_t end = first_end(text, size);
	struct msc_reader_error error;
	struct msc_snapshot a, b;

	if (!fuzz_read(&a, text, end, &error)) {
		play(&a, text, end);
		if (!fuzz_read(&b, text + end, size - end, &error)) {
			diff(&a, &b, false);
			diff(&b, &a, true);
		}
		msc_snapshot_free(&b);
	}
	msc_snapshot_free(&a);
	return 0;
}
