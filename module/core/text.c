// SPDX-License-Identifier: GPL-2.0
#include "text.h"

void msc_put(struct msc_sink *sink, const char *text)
{
	sink->write(sink, text, __builtin_strlen(text));
}

/* @base is 10 or 16. */
static void put_number(struct msc_sink *sink, msc_u64 value, unsigned int base)
{
	char digits[20];
	char *p = digits + sizeof(digits);

	do {
		*--p = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	sink->write(sink, p, (msc_size)(digits + sizeof(digits) - p));
}

void msc_put_dec(struct msc_sink *sink, msc_u64 value)
{
	put_number(sink, value, 10);
}

void msc_put_hex(struct msc_sink *sink, msc_u64 value)
{
	msc_put(sink, "0x");
	put_number(sink, value, 16);
}

static msc_bool needs_escape(unsigned char c)
{
	return c < 0x20 || c == 0x7f || c == '"' || c == '\\';
}

static void put_escaped(struct msc_sink *sink, unsigned char c)
{
	char octal[4] = { '\\', (char)('0' + (c >> 6)), (char)('0' + ((c >> 3) & 7)),
			  (char)('0' + (c & 7)) };

	sink->write(sink, octal, sizeof(octal));
}

void msc_put_quoted(struct msc_sink *sink, const char *text)
{
	const char *plain;

	msc_put(sink, "\"");
	while (*text) {
		for (plain = text; *text && !needs_escape((unsigned char)*text); text++)
			;
		if (text != plain)
			sink->write(sink, plain, (msc_size)(text - plain));
		if (*text)
			put_escaped(sink, (unsigned char)*text++);
	}
	msc_put(sink, "\"");
}

void msc_put_key(struct msc_sink *sink, const char *key)
{
	msc_put(sink, " ");
	msc_put(sink, key);
	msc_put(sink, "=");
}

void msc_put_field(struct msc_sink *sink, const char *key, const char *value)
{
	msc_put_key(sink, key);
	msc_put(sink, value);
}

void msc_put_field_dec(struct msc_sink *sink, const char *key, msc_u64 value)
{
	msc_put_key(sink, key);
	msc_put_dec(sink, value);
}

void msc_put_field_signed(struct msc_sink *sink, const char *key, msc_s64 value)
{
	msc_put_key(sink, key);
	if (value < 0)
		msc_put(sink, "-");
	msc_put_dec(sink, value < 0 ? -(msc_u64)value : (msc_u64)value);
}

void msc_put_field_hex(struct msc_sink *sink, const char *key, msc_u64 value)
{
	msc_put_key(sink, key);
	msc_put_hex(sink, value);
}

void msc_put_field_quoted(struct msc_sink *sink, const char *key, const char *value)
{
	msc_put_key(sink, key);
	msc_put_quoted(sink, value);
}

void msc_put_field_bool(struct msc_sink *sink, const char *key, msc_bool value)
{
	msc_put_field(sink, key, value ? "yes" : "no");
}

void msc_put_id(struct msc_sink *sink, char letter, msc_u32 id)
{
	if (!id) {
		msc_put(sink, "-");
		return;
	}
	sink->write(sink, &letter, 1);
	msc_put_dec(sink, id);
}

void msc_put_field_id(struct msc_sink *sink, const char *key, char letter, msc_u32 id)
{
	msc_put_key(sink, key);
	msc_put_id(sink, letter, id);
}
