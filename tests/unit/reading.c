// SPDX-License-Identifier: GPL-2.0
#include "reading.h"
#include "report.h"
#include "same_snapshot.h"

int reading_set_up(void **state)
{
	static struct reading f;

	memset(&unit_mem, 0, sizeof(unit_mem));
	msc_snapshot_init(&f.written, &unit_alloc, MSC_SECTION_ALL);
	msc_snapshot_init(&f.read, &unit_alloc, MSC_SECTION_VMAS);
	unit_sink_init(&f.sink);
	unit_sink_init(&f.again);
	*state = &f;
	return 0;
}

int reading_tear_down(void **state)
{
	struct reading *f = *state;

	msc_snapshot_free(&f->written);
	msc_snapshot_free(&f->read);
	unit_sink_free(&f->sink);
	unit_sink_free(&f->again);
	return unit_mem.live ? -1 : 0;
}

void reading_write(struct unit_sink *sink, const struct msc_snapshot *s)
{
	msc_u64 part;

	unit_sink_clear(sink);
	for (part = 0; part < msc_report_parts(s); part++)
		msc_report_part(&sink->sink, s, part);
}

int reading_bytes(struct reading *f, const char *text, size_t len,
		      struct msc_reader_error *error)
{
	FILE *in = fmemopen((void *)text, len, "r");
	int ret;

	assert_non_null(in);
	msc_snapshot_free(&f->read);
	ret = msc_reader_read(in, &f->read, error);
	fclose(in);
	return ret;
}

int reading_text(struct reading *f, const char *text, struct msc_reader_error *error)
{
	return reading_bytes(f, text, strlen(text), error);
}

/* What-if, anew: a test may have changed what it was worked out from. */
static void work_out(struct msc_snapshot *s)
{
	if (!(s->shown & MSC_SECTION_WHATIF))
		return;
	s->alloc->release(s->merged);
	s->alloc->release(s->relocations);
	s->merged = NULL;
	s->relocations = NULL;
	s->nr_merged = s->nr_relocations = 0;
	assert_int_equal(msc_whatif_work_out(s), 0);
}

void reading_assert_round_trip(struct reading *f)
{
	struct msc_reader_error error;

	work_out(&f->written);
	reading_write(&f->sink, &f->written);
	if (reading_text(f, f->sink.text, &error))
		fail_msg("line %lu: %s", error.line, error.text);
	reading_write(&f->again, &f->read);
	assert_string_equal(f->again.text, f->sink.text);
	unit_assert_same(&f->read, &f->written);
}

void reading_assert_spoilt(struct reading *f, const struct reading_spoilt *row)
{
	struct msc_reader_error error;
	char text[16384];
	const char *at;

	work_out(&f->written);
	reading_write(&f->sink, &f->written);
	assert_true(f->sink.len < sizeof(text) / 2);
	at = strstr(f->sink.text, row->from);
	if (!at)
		fail_msg("%s is not in the report", row->from);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - f->sink.text), f->sink.text, row->to,
		 at + strlen(row->from));
	assert_int_equal(reading_text(f, text, &error), -1);
	if (error.line != row->line || !strstr(error.text, row->error))
		fail_msg("%s: line %lu: %s\nwanted: line %lu: %s", row->to, error.line, error.text,
			 row->line, row->error);
}
