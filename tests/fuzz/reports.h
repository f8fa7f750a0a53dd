/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the targets that read reports share. They also get their inputs changed by lines and values,
 * so that enough of them are still reports.
 */
#ifndef MSC_FUZZ_REPORTS_H
#define MSC_FUZZ_REPORTS_H

#include <stddef.h>

#include "reader.h"

/* The @size bytes at @bytes into @s, which is initialised here; as msc_reader_read(). */
int fuzz_read(struct msc_snapshot *s, const void *bytes, size_t size,
	      struct msc_reader_error *error);

#endif
