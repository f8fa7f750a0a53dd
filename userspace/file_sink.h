/* SPDX-License-Identifier: GPL-2.0 */
/* core's text functions into a stream of stdio. */
#ifndef MSC_FILE_SINK_H
#define MSC_FILE_SINK_H

#include <stdio.h>

#include "../module/core/text.h"

/* struct msc_file_sink - .sink is what core writes to, piece by piece, from one thread */
struct msc_file_sink {
	struct msc_sink sink;
	FILE *out;
};

static inline void msc_file_sink_write(struct msc_sink *sink, const char *text, msc_size len)
{
	fwrite_unlocked(text, 1, len, ((struct msc_file_sink *)sink)->out);
}

static inline struct msc_file_sink msc_file_sink(FILE *out)
{
	return (struct msc_file_sink){ .sink.write = msc_file_sink_write, .out = out };
}

#endif
