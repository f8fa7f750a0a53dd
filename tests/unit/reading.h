/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of the reader share: records that are written, and read again. */
#ifndef MSC_UNIT_READING_H
#define MSC_UNIT_READING_H

#include "reader.h"
#include "unit.h"

struct reading {
	struct msc_snapshot written, read;
	struct unit_sink sink, again;	/* the reports of the two */
};

int reading_set_up(void **state);
int reading_tear_down(void **state);

/* A test with a struct reading in *state. */
#define reader_test(name) cmocka_unit_test_setup_teardown(name, reading_set_up, reading_tear_down)

void reading_write(struct unit_sink *sink, const struct msc_snapshot *s);

/* Read @len bytes of @text. Returns what msc_reader_read() does. */
int reading_bytes(struct reading *f, const char *text, size_t len, struct msc_reader_error *error);
int reading_text(struct reading *f, const char *text, struct msc_reader_error *error);

/* The report of what was written is read back to equal records. */
void reading_assert_round_trip(struct reading *f);

/* A report spoiled once: what was there, what instead, and what is said of it. */
struct reading_spoilt {
	const char *from, *to;
	unsigned long line;
	const char *error;
};

/* The report of what was written, with the first @row->from made @row->to. */
void reading_assert_spoilt(struct reading *f, const struct reading_spoilt *row);

#endif
