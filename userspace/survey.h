/* SPDX-License-Identifier: GPL-2.0 */
/* One row for each process of a machine, and their sum. */
#ifndef MSC_SURVEY_H
#define MSC_SURVEY_H

#include <stdio.h>

#include "gains.h"
#include "pairs.h"

/* struct msc_survey_row - one process, or the sum of all */
struct msc_survey_row {
	int pid;
	char comm[MSC_COMM_MAX];
	msc_u64 vmas;
	bool merge_any;
	struct msc_pairs pairs;
	struct msc_ksm_amounts ksm;
	struct msc_gains gains;
};

/* struct msc_survey - rows, most pairs apart first once sorted */
struct msc_survey {
	struct msc_survey_row *rows;
	size_t nr, max;
	size_t skipped;		/* processes that had exited meanwhile */
	size_t refused;		/* processes whose reports could not be had */
	/* Of the kernel, the same in each report. */
	char merge_rules[16];
	struct msc_object_sizes sizes;
};

/* Add a row for the process of @s, which has what-if. False if there is no memory. */
bool msc_survey_add(struct msc_survey *survey, const struct msc_snapshot *s);

void msc_survey_sort(struct msc_survey *survey);

/* As a table, of the first @limit rows (0: all), and the sums by reason and by policy. */
void msc_survey_print(FILE *out, const struct msc_survey *survey, size_t limit);

/*
 * As JSON: an object for each row ("record": "process"), and one for the sum ("total"). With
 * @anonymous neither PIDs nor names.
 */
void msc_survey_json(FILE *out, const struct msc_survey *survey, size_t limit, bool anonymous);

#endif
