/* SPDX-License-Identifier: GPL-2.0 */
/* Text into a sink: all that the report writer needs of formatting. */
#ifndef MSC_CORE_TEXT_H
#define MSC_CORE_TEXT_H

#include "types.h"

/* struct msc_sink - where text goes; embed it and find the rest of yours from it */
struct msc_sink {
	void (*write)(struct msc_sink *sink, const char *text, msc_size len);
};

void msc_put(struct msc_sink *sink, const char *text);
void msc_put_dec(struct msc_sink *sink, msc_u64 value);

/* With 0x before it. */
void msc_put_hex(struct msc_sink *sink, msc_u64 value);

/*
 * In double quotes. The quote, the backslash and control characters are written as three octal
 * digits after a backslash, as maps does with a newline in a path; all else, UTF-8 too, as it is.
 */
void msc_put_quoted(struct msc_sink *sink, const char *text);

/* " key=": fields are separated by one blank. */
void msc_put_key(struct msc_sink *sink, const char *key);

void msc_put_field(struct msc_sink *sink, const char *key, const char *value);
void msc_put_field_dec(struct msc_sink *sink, const char *key, msc_u64 value);
void msc_put_field_signed(struct msc_sink *sink, const char *key, msc_s64 value);
void msc_put_field_hex(struct msc_sink *sink, const char *key, msc_u64 value);
void msc_put_field_quoted(struct msc_sink *sink, const char *key, const char *value);
void msc_put_field_bool(struct msc_sink *sink, const char *key, msc_bool value);

/* An id as its kind's letter and number ("a7"); "-" for 0. */
void msc_put_id(struct msc_sink *sink, char letter, msc_u32 id);
void msc_put_field_id(struct msc_sink *sink, const char *key, char letter, msc_u32 id);

#endif
