// SPDX-License-Identifier: GPL-2.0
/*
 * The reader of reports, on anything: it must come to an end and say what is wrong, and what it
 * accepts must be fit to be judged and written: what core's writer makes of it is read back to
 * equal records.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../module/core/report.h"
#include "file_sink.h"
#include "reports.h"
#include "same_snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* malloc()ed. */
static char *write_report(const struct msc_snapshot *s, size_t *size)
{
	struct msc_file_sink sink;
	char *text = NULL;
	msc_u64 part;
	FILE *out = open_memstream(&text, size);

	if (!out)
		abort();
	sink = msc_file_sink(out);
	for (part = 0; part < msc_report_parts(s); part++)
		msc_report_part(&sink.sink, s, part);
	if (fclose(out))
		abort();
	return text;
}

/* Its records are what its report says. */
static void read_again(const struct msc_snapshot *s)
{
	struct msc_reader_error error;
	struct msc_snapshot again;
	size_t size;
	char *text = write_report(s, &size);

	if (fuzz_read(&again, text, size, &error)) {
		fprintf(stderr, "%s\nline %lu: %s\n", text, error.line, error.text);
		abort();
	}
	unit_assert_same(s, &again);
	msc_snapshot_free(&again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct msc_reader_error error = { .line = 0 };
	struct msc_snapshot s;

	if (!fuzz_read(&s, data, size, &error))
		read_again(&s);
	else if (!error.text[0])
		abort();
	msc_snapshot_free(&s);
	return 0;
}
