/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the unit tests of module/core share: cmocka, an allocator that fails on demand, a text sink.
 */
#ifndef MSC_UNIT_H
#define MSC_UNIT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "model.h"
#include "text.h"

#define B(name) (1u << MSC_B_##name)

/*
 * The allocator. It moves a block on every resize, so that a stale pointer is found, and fills what
 * is new with garbage, so that nothing relies on zeroes; it checks that the caller knows the size.
 */
extern const struct msc_alloc unit_alloc;

struct unit_mem {
	unsigned int calls;	/* resizes since the last reset */
	unsigned int fail_at;	/* the resize, from 1, that finds no memory; 0: none */
	unsigned int live;	/* blocks that were not released */
};

extern struct unit_mem unit_mem;

/* Count from 0 again, and fail resize @fail_at. */
void unit_mem_reset(unsigned int fail_at);

/*
 * A snapshot for each test, in *state. Whatever a test did to it: nothing is left behind, and
 * freeing what is free is fine.
 */
int unit_snapshot_set_up(void **state);
int unit_snapshot_tear_down(void **state);

#define unit_snapshot_test(name)                                        \
	cmocka_unit_test_setup_teardown(name, unit_snapshot_set_up, unit_snapshot_tear_down)

/* A sink that keeps what it gets as a string. */
struct unit_sink {
	struct msc_sink sink;
	char *text;
	size_t len, size;
};

void unit_sink_init(struct unit_sink *sink);
void unit_sink_free(struct unit_sink *sink);

/* Drop what the sink holds. */
void unit_sink_clear(struct unit_sink *sink);

/* What tests of text need: a snapshot, and a sink for what is said of it. */
struct unit_text {
	struct msc_snapshot s;
	struct unit_sink sink;
};

/* Both empty, the snapshot for @sections. */
void unit_text_init(struct unit_text *text, msc_u32 sections);

/* For a test whose *state begins with a struct unit_text: nothing is left behind. */
int unit_text_tear_down(void **state);

/* The text must be exactly @expected; then it is dropped. */
#define assert_sink(sink, expected)                                     \
	do {                                                            \
		assert_string_equal((sink)->text, expected);            \
		unit_sink_clear(sink);                                  \
	} while (0)

/* xorshift64*: the same numbers on every run. */
uint64_t unit_random(uint64_t *state);

/* What comes between is not quadratic: it does not take half a minute, or the suite is ended. */
void unit_begin_in_time(void);
void unit_end_in_time(void);

#endif
