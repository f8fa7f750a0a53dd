/* SPDX-License-Identifier: GPL-2.0 */
/* Names are bytes; what is shown of them must be characters. */
#ifndef MSC_UTF8_H
#define MSC_UTF8_H

#include <stddef.h>

/* The length of the UTF-8 character at @text, of which @len bytes are left; 0 if it is none. */
size_t msc_utf8_len(const char *text, size_t len);

/* How many bytes of UTF-8 @text are whole characters within its first @max bytes. */
size_t msc_utf8_fit(const char *text, size_t max);

#endif
