/* SPDX-License-Identifier: GPL-2.0 */
/* Paragraphs for people. */
#ifndef MSC_PROSE_H
#define MSC_PROSE_H

#include <stdio.h>

#include "../module/core/model.h"

/* A paragraph, wrapped to a screen's width, @indent blanks before each line. */
void __attribute__((format(printf, 3, 4))) msc_prose(FILE *out, int indent, const char *format,
						     ...);

/* "1 VMA", "2 VMAs": a static buffer of a few, so that a line can have some. */
const char *msc_count(msc_u64 nr, const char *what);

/* So many pages as bytes: "16 KiB", "1.5 GiB". The same kind of buffer. */
const char *msc_size_text(msc_u64 pages);

/* @text for a terminal, a question mark for what is no character to be shown: the same. */
const char *msc_plain(const char *text);

/* "0x1000-0x3000 rw-p [heap]": the same. */
const char *msc_vma_text(const struct msc_snapshot *s, const struct msc_vma *vma);

/*
 * "rw-p [heap]" into @to of @size bytes; a name is cut to @max, and a VMA without one is called by
 * its kind. Returns the length.
 */
size_t msc_vma_words(char *to, size_t size, const struct msc_snapshot *s,
		     const struct msc_vma *vma, size_t max);

/* Flags as codes with commas between, "none" for none: the same. */
const char *msc_flags_text(msc_u64 flags, msc_u64 other);

#endif
