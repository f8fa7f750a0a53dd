// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "../module/core/format.h"
#include "../module/core/report.h"
#include "json.h"
#include "prose.h"
#include "reason.h"
#include "survey.h"

typedef unsigned long long ull;

/* Reasons named in a row. */
#define MAX_REASONS 3

bool msc_survey_add(struct msc_survey *survey, const struct msc_snapshot *s)
{
	size_t max = survey->max ? 2 * survey->max : 64;
	struct msc_survey_row *row;

	if (survey->nr == survey->max) {
		row = realloc(survey->rows, max * sizeof(*row));
		if (!row)
			return false;
		survey->rows = row;
		survey->max = max;
	}
	row = &survey->rows[survey->nr++];
	*row = (struct msc_survey_row){
		.pid = s->target.pid, .vmas = s->nr_vmas, .merge_any = s->target.merge_any,
	};
	memcpy(row->comm, s->target.comm, sizeof(row->comm));
	msc_pairs_count(s, &row->pairs);
	msc_ksm_count(s, &row->ksm);
	msc_gains_count(s, &row->gains);
	snprintf(survey->merge_rules, sizeof(survey->merge_rules), "%s", s->facts.merge_rules);
	survey->sizes = s->facts.sizes;
	return true;
}

static int compare_rows(const void *x, const void *y)
{
	const struct msc_survey_row *a = x, *b = y;
	msc_u64 of_a = a->pairs.outcomes[MSC_BLOCKED], of_b = b->pairs.outcomes[MSC_BLOCKED];

	if (of_a != of_b)
		return of_a > of_b ? -1 : 1;
	return a->pid < b->pid ? -1 : a->pid > b->pid;
}

void msc_survey_sort(struct msc_survey *survey)
{
	if (survey->nr)
		qsort(survey->rows, survey->nr, sizeof(*survey->rows), compare_rows);
}

/* VMAs less if each pair merged that nothing, or only one reason, keeps apart. */
static msc_u64 gain(const struct msc_pairs *pairs)
{
	msc_u64 less = pairs->outcomes[MSC_CANDIDATE];
	unsigned int i;

	for (i = 0; i < MSC_B_NR; i++)
		less += pairs->alone[i];
	return less;
}

static void add_amount(struct msc_amount *to, const struct msc_amount *from)
{
	to->vmas += from->vmas;
	to->pages += from->pages;
}

static struct msc_survey_row sum_of(const struct msc_survey *survey)
{
	struct msc_survey_row sum = { 0 };
	size_t i;
	int n;

	for (i = 0; i < survey->nr; i++) {
		const struct msc_survey_row *row = &survey->rows[i];

		sum.vmas += row->vmas;
		for (n = 0; n <= MSC_UNKNOWN; n++)
			sum.pairs.outcomes[n] += row->pairs.outcomes[n];
		for (n = 0; n < MSC_B_NR; n++) {
			sum.pairs.by[n] += row->pairs.by[n];
			sum.pairs.alone[n] += row->pairs.alone[n];
		}
		for (n = 0; n <= MSC_KSM_EXCLUDED; n++)
			add_amount(&sum.ksm.states[n], &row->ksm.states[n]);
		msc_gains_add(&sum.gains, &row->gains);
	}
	return sum;
}

static void print_row(FILE *out, const struct msc_survey_row *row)
{
	enum msc_blocker order[MSC_B_NR];
	unsigned int nr = msc_pairs_order(&row->pairs, order), i;

	fprintf(out, "%8d %7llu %7llu %7llu %10s %10s  %-15s", row->pid, (ull)row->vmas,
		(ull)row->pairs.outcomes[MSC_BLOCKED], (ull)gain(&row->pairs),
		msc_size_text(row->ksm.states[MSC_KSM_MERGEABLE].pages),
		msc_size_text(row->ksm.states[MSC_KSM_ELIGIBLE].pages), msc_plain(row->comm));
	for (i = 0; i < nr && i < MAX_REASONS; i++)
		fprintf(out, " %s %llu", msc_blocker_name(order[i]),
			(ull)row->pairs.by[order[i]]);
	fputc('\n', out);
}

static void print_sum(FILE *out, const struct msc_survey *survey)
{
	struct msc_survey_row sum = sum_of(survey);
	enum msc_blocker order[MSC_B_NR];
	unsigned int nr = msc_pairs_order(&sum.pairs, order), i;

	fprintf(out, "\n%zu %s with %s; %s apart, %llu could merge now.\n", survey->nr,
		survey->nr == 1 ? "process" : "processes",
		msc_count(sum.vmas, "VMA"), msc_count(sum.pairs.outcomes[MSC_BLOCKED], "pair"),
		(ull)sum.pairs.outcomes[MSC_CANDIDATE]);
	if (survey->skipped)
		fprintf(out, "Not looked at, as they have exited meanwhile: %zu.\n",
			survey->skipped);
	if (survey->refused)
		fprintf(out, "Not looked at, as their reports could not be had: %zu.\n",
			survey->refused);
	if (nr)
		fputs("\n   pairs   alone  because\n", out);
	for (i = 0; i < nr; i++)
		fprintf(out, "%8llu%8llu  %s: %s\n", (ull)sum.pairs.by[order[i]],
			(ull)sum.pairs.alone[order[i]], msc_blocker_name(order[i]),
			msc_reasons[order[i]].title);
	fprintf(out, "\nKSM: mergeable %s, eligible %s, left out %s.\n",
		msc_size_text(sum.ksm.states[MSC_KSM_MERGEABLE].pages),
		msc_size_text(sum.ksm.states[MSC_KSM_ELIGIBLE].pages),
		msc_size_text(sum.ksm.states[MSC_KSM_EXCLUDED].pages));
	fputs("\nWhat if\n", out);
	msc_gains_print(out, &sum.gains);
}

static size_t shown(const struct msc_survey *survey, size_t limit)
{
	return limit && limit < survey->nr ? limit : survey->nr;
}

void msc_survey_print(FILE *out, const struct msc_survey *survey, size_t limit)
{
	size_t i;

	fprintf(out, "%8s %7s %7s %7s %10s %10s  %-15s %s\n", "PID", "VMAS", "APART", "GAIN",
		"MERGEABLE", "ELIGIBLE", "COMMAND", "MAINLY BY");
	for (i = 0; i < shown(survey, limit); i++)
		print_row(out, &survey->rows[i]);
	print_sum(out, survey);
}

static struct json_object *number(msc_u64 value)
{
	return json_object_new_uint64(value);
}

/* By blocker, those that there are. */
static struct json_object *counts(const msc_u64 nr[MSC_B_NR])
{
	struct json_object *object = json_object_new_object();
	unsigned int i;

	for (i = 0; i < MSC_B_NR; i++) {
		if (nr[i])
			json_object_object_add(object, msc_blocker_name(i), number(nr[i]));
	}
	return object;
}

static struct json_object *row_object(const char *record, const struct msc_survey_row *row)
{
	const struct msc_amount *states = row->ksm.states;
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "record", json_object_new_string(record));
	json_object_object_add(o, "vmas", number(row->vmas));
	json_object_object_add(o, "holes", number(row->pairs.outcomes[MSC_HOLE]));
	json_object_object_add(o, "apart", number(row->pairs.outcomes[MSC_BLOCKED]));
	json_object_object_add(o, "candidates", number(row->pairs.outcomes[MSC_CANDIDATE]));
	json_object_object_add(o, "unknown", number(row->pairs.outcomes[MSC_UNKNOWN]));
	json_object_object_add(o, "gain", number(gain(&row->pairs)));
	json_object_object_add(o, "by", counts(row->pairs.by));
	json_object_object_add(o, "alone", counts(row->pairs.alone));
	json_object_object_add(o, "mergeable_pages", number(states[MSC_KSM_MERGEABLE].pages));
	json_object_object_add(o, "eligible_pages", number(states[MSC_KSM_ELIGIBLE].pages));
	json_object_object_add(o, "excluded_pages", number(states[MSC_KSM_EXCLUDED].pages));
	msc_gains_json(o, &row->gains);
	return o;
}

static struct json_object *total_object(const struct msc_survey *survey)
{
	struct msc_survey_row sum = sum_of(survey);
	struct json_object *o = row_object("total", &sum);

	json_object_object_add(o, "processes", number(survey->nr));
	json_object_object_add(o, "skipped", number(survey->skipped));
	json_object_object_add(o, "refused", number(survey->refused));
	json_object_object_add(o, "version", json_object_new_string(MSC_VERSION));
	json_object_object_add(o, MSC_K_RULES, json_object_new_string(survey->merge_rules));
	json_object_object_add(o, MSC_K_VMA_BYTES, number(survey->sizes.vma));
	json_object_object_add(o, MSC_K_ANON_VMA_BYTES, number(survey->sizes.anon_vma));
	json_object_object_add(o, MSC_K_AVC_BYTES, number(survey->sizes.avc));
	return o;
}

void msc_survey_json(FILE *out, const struct msc_survey *survey, size_t limit, bool anonymous)
{
	struct json_object *o;
	size_t i;

	for (i = 0; i < shown(survey, limit); i++) {
		const struct msc_survey_row *row = &survey->rows[i];

		o = row_object("process", row);
		if (!anonymous) {
			json_object_object_add(o, "pid", json_object_new_int(row->pid));
			json_object_object_add(o, "comm",
					       msc_json_string(row->comm, strlen(row->comm)));
		}
		json_object_object_add(o, "merge_any", json_object_new_boolean(row->merge_any));
		msc_json_put(out, o);
	}
	msc_json_put(out, total_object(survey));
}
