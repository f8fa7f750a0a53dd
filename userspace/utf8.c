// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "utf8.h"

size_t msc_utf8_len(const char *text, size_t len)
{
	static const struct {
		unsigned char mask, lead;
		unsigned int min;
	} forms[] = {
		{ 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 },
	};
	const unsigned char *p = (const unsigned char *)text;
	unsigned int code;
	size_t n, i;

	for (n = 0; n < 4; n++) {
		if ((*p & forms[n].mask) != forms[n].lead)
			continue;
		code = *p & (unsigned char)~forms[n].mask;
		for (i = 1; i <= n; i++) {
			if (i >= len || (p[i] & 0xc0) != 0x80)
				return 0;
			code = code << 6 | (p[i] & 0x3f);
		}
		if (code < forms[n].min || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
			return 0;
		return n + 1;
	}
	return 0;
}

size_t msc_utf8_fit(const char *text, size_t max)
{
	size_t len = strnlen(text, max + 1);

	if (len <= max)
		return len;
	while (max && (text[max] & 0xc0) == 0x80)
		max--;
	return max;
}
