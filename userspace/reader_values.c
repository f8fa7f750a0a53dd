// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "../module/core/format.h"
#include "reader_values.h"

void msc_reader_fail(struct msc_reader *r, const char *format, ...)
{
	va_list args;

	if (r->failed)
		return;
	r->failed = true;
	r->error->line = r->number;
	va_start(args, format);
	vsnprintf(r->error->text, sizeof(r->error->text), format, args);
	va_end(args);
}

/* A value may be long: show its beginning. */
static void fail_value(struct msc_reader *r, const char *key, const char *value,
		       const char *expected)
{
	msc_reader_fail(r, "%s: %s=%.60s, expected %s", r->line.word, key, value, expected);
}

static char *get(struct msc_reader *r, const char *key)
{
	return r->failed ? NULL : msc_line_get(&r->line, key);
}

bool msc_reader_has(struct msc_reader *r, const char *key)
{
	return get(r, key);
}

/* A field that must be there; NULL if the reader has failed. */
static char *need(struct msc_reader *r, const char *key)
{
	char *value = get(r, key);

	if (!value)
		msc_reader_fail(r, "%s without %s, expected %s=", r->line.word, key, key);
	return value;
}

/* The decimal number that is all of @text, at most @max. */
static bool parse_dec(const char *text, msc_u64 max, msc_u64 *value)
{
	msc_u64 digit;

	if (!*text)
		return false;
	for (*value = 0; *text; text++) {
		digit = (msc_u64)(*text - '0');
		if (digit > 9 || *value > max / 10 || *value * 10 > max - digit)
			return false;
		*value = *value * 10 + digit;
	}
	return true;
}

static bool parse_hex(const char *text, msc_u64 *value)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit;

	if (text[0] != '0' || text[1] != 'x' || !text[2])
		return false;
	*value = 0;
	for (text += 2; *text; text++) {
		digit = strchr(digits, *text);
		if (!digit || *value >> 60)
			return false;
		*value = *value << 4 | (msc_u64)(digit - digits);
	}
	return true;
}

msc_u64 msc_reader_dec(struct msc_reader *r, const char *key, msc_u64 max)
{
	const char *text = need(r, key);
	char expected[60];
	msc_u64 value = 0;

	if (!text || parse_dec(text, max, &value))
		return value;
	snprintf(expected, sizeof(expected), "a decimal number up to %" PRIu64, (uint64_t)max);
	fail_value(r, key, text, expected);
	return 0;
}

msc_u32 msc_reader_u32(struct msc_reader *r, const char *key)
{
	return (msc_u32)msc_reader_dec(r, key, UINT32_MAX);
}

msc_u64 msc_reader_u64(struct msc_reader *r, const char *key)
{
	return msc_reader_dec(r, key, UINT64_MAX);
}

msc_u64 msc_reader_hex(struct msc_reader *r, const char *key)
{
	const char *text = need(r, key);
	msc_u64 value = 0;

	if (!text || parse_hex(text, &value))
		return value;
	fail_value(r, key, text, "a hexadecimal number of 64 bits with 0x");
	return 0;
}

msc_u64 msc_reader_hex_or_0(struct msc_reader *r, const char *key)
{
	return msc_reader_has(r, key) ? msc_reader_hex(r, key) : 0;
}

msc_u64 msc_reader_object(struct msc_reader *r, const char *key, msc_u32 number)
{
	msc_u64 address;

	if (!r->s->facts.pointers)
		return number;
	address = msc_reader_hex(r, key);
	if (!r->failed && !address != !number)
		fail_value(r, key, msc_reader_text(r, key), number ? "an address" : "0x0");
	return address;
}

bool msc_reader_bool(struct msc_reader *r, const char *key)
{
	const char *text = need(r, key);

	if (!text || !strcmp(text, "no"))
		return false;
	if (strcmp(text, "yes"))
		fail_value(r, key, text, "yes or no");
	return true;
}

bool msc_reader_is(struct msc_reader *r, const char *key, const char *value)
{
	return !strcmp(msc_reader_text(r, key), value);
}

char *msc_reader_text(struct msc_reader *r, const char *key)
{
	static char none[1];
	char *text = need(r, key);

	return text ? text : none;
}

unsigned int msc_reader_word(struct msc_reader *r, const char *key, unsigned int nr,
			     const char *(*name)(unsigned int index))
{
	const char *text = need(r, key);
	char expected[160] = "one of";
	size_t len = strlen(expected);
	unsigned int i;

	for (i = 0; text && i < nr; i++) {
		if (!strcmp(text, name(i)))
			return i;
		if (len < sizeof(expected))
			len += (size_t)snprintf(expected + len, sizeof(expected) - len, " %s",
						name(i));
	}
	if (text)
		fail_value(r, key, text, expected);
	return 0;
}

msc_u32 msc_reader_id(struct msc_reader *r, const char *key, char letter)
{
	const char *text = need(r, key);
	char expected[60];
	msc_u64 id = 0;

	if (!text || !strcmp(text, "-"))
		return 0;
	if (text[0] == letter && parse_dec(text + 1, UINT32_MAX, &id) && id)
		return (msc_u32)id;
	snprintf(expected, sizeof(expected), "%c and a number from 1 on, or -", letter);
	fail_value(r, key, text, expected);
	return 0;
}

msc_u32 msc_reader_known_id(struct msc_reader *r, const char *key, char letter, msc_u32 nr)
{
	msc_u32 id = msc_reader_id(r, key, letter);

	if (id <= nr)
		return id;
	msc_reader_fail(r, "%s: %s=%c%u, expected the id of a line before this", r->line.word, key,
			letter, id);
	return 0;
}

msc_u64 msc_reader_flags(struct msc_reader *r, const char *key, bool other)
{
	const char *text = need(r, key), *code = text;
	msc_u64 flags = 0, flag;

	if (!text || !strcmp(text, "-"))
		return 0;
	for (;; code += 3) {
		flag = code[0] && code[1] ? msc_vmflag_by_code(code) : 0;
		if ((!flag && !(other && !strncmp(code, "??", 2))) ||
		    (code[2] && code[2] != ',')) {
			fail_value(r, key, text, "VmFlags codes with commas between, or -");
			return 0;
		}
		flags |= flag;
		if (!code[2])
			return flags;
	}
}

/* A quoted string of less than @size bytes, or NULL. */
static char *quoted(struct msc_reader *r, const char *key, size_t size, long *len)
{
	char *text = need(r, key);

	if (!text)
		return NULL;
	*len = msc_unquote(text);
	if (*len < 0)
		msc_reader_fail(r, "%s: %s is no string, expected double quotes, and \\ and three "
				"octal digits for a byte", r->line.word, key);
	else if ((size_t)*len >= size)
		msc_reader_fail(r, "%s: %s has %ld bytes, expected less than %zu", r->line.word,
				key, *len, size);
	return r->failed ? NULL : text;
}

void msc_reader_copy(struct msc_reader *r, const char *key, char *to, size_t size)
{
	const char *text;
	long len;

	text = quoted(r, key, size, &len);
	if (text)
		memcpy(to, text, (size_t)len + 1);
}

msc_u32 msc_reader_string(struct msc_reader *r, const char *key)
{
	const char *text;
	long len;

	text = quoted(r, key, MSC_NAME_MAX, &len);
	return text ? msc_snapshot_add_string(r->s, text, (msc_size)len) : 0;
}

unsigned int msc_reader_place(struct msc_reader *r)
{
	const char *text = need(r, MSC_K_PLACE);

	if (!text || !strcmp(text, "held"))
		return 0;
	if (!strcmp(text, "torn"))
		return MSC_SEAM_TORN;
	if (strcmp(text, "unproved"))
		fail_value(r, MSC_K_PLACE, text, "held, torn or unproved");
	return MSC_SEAM_UNPROVED;
}
