/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A report (mergescope-report(5)) back into the records that it was written from, so that core's
 * rules, verdicts and text functions run on a saved report as they do in the module.
 *
 * What is judged from the records (verdicts, check and violation lines) is not read: it is judged
 * again. Lines and keys of unknown names are ignored, unknown values are errors. Where the writer
 * left addresses out, an object's id is its cookie.
 */
#ifndef MSC_READER_H
#define MSC_READER_H

#include <stdbool.h>
#include <stdio.h>

#include "../module/core/model.h"

/* struct msc_reader_error - what is wrong with a report */
struct msc_reader_error {
	unsigned long line;	/* from 1; 0 if it is not one line's */
	char text[256];		/* "what, expected what" */
};

/* Memory for msc_snapshot_init(): malloc() and free(). */
extern const struct msc_alloc msc_reader_alloc;

/*
 * Read one report from @in to its end into @s, which the caller has initialised (msc_reader_alloc),
 * and frees in any case. It must show the section vmas. Time and memory are linear in the length
 * of the report. Returns 0, or -1 with @error filled in.
 */
int msc_reader_read(FILE *in, struct msc_snapshot *s, struct msc_reader_error *error);

/* Can what begins with the @len bytes at @text be a report? */
bool msc_reader_begins(const char *text, size_t len);

#endif
