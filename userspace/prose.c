// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../module/core/report.h"
#include "../module/core/verdict_text.h"
#include "prose.h"
#include "utf8.h"

#define WIDTH 90
#define NR_BUFFERS 8
#define BUFFER 512

/* The next of a few buffers in turn. */
static char *next_buffer(void)
{
	static char buffers[NR_BUFFERS][BUFFER];
	static unsigned int next;

	return buffers[next++ % NR_BUFFERS];
}

static void put_wrapped(FILE *out, int indent, const char *text)
{
	int column = 0, len;

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		len = (int)strcspn(text, " ");
		if (column && column + 1 + len > WIDTH) {
			fputc('\n', out);
			column = 0;
		}
		column += column ? fprintf(out, " %.*s", len, text)
				 : fprintf(out, "%*s%.*s", indent, "", len, text);
		text += len;
	}
	fputc('\n', out);
}

void msc_prose(FILE *out, int indent, const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		return;
	put_wrapped(out, indent, text);
	free(text);
}

const char *msc_count(msc_u64 nr, const char *what)
{
	char *text = next_buffer();

	snprintf(text, BUFFER, "%llu %s%s", (unsigned long long)nr, what, nr == 1 ? "" : "s");
	return text;
}

const char *msc_size_text(msc_u64 pages)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB" };
	double size = (double)pages * 4;
	char *text = next_buffer();
	unsigned int unit = 0;

	while (size >= 1024 && unit < 4) {
		size /= 1024;
		unit++;
	}
	snprintf(text, BUFFER, size == (double)(msc_u64)size ? "%.0f %s" : "%.1f %s", size,
		 units[unit]);
	return text;
}

/* Is the character at @text, @n bytes of UTF-8, one that a terminal shows? 0x80 to 0x9f command. */
static bool is_shown(const char *text, size_t n)
{
	if (n == 1)
		return *text >= 0x20 && *text != 0x7f;
	return n > 2 || (n == 2 && !(text[0] == '\xc2' && (unsigned char)text[1] < 0xa0));
}

const char *msc_plain(const char *text)
{
	char *plain = next_buffer(), *to = plain;
	size_t left = strnlen(text, BUFFER - 1), n;

	for (; left; left -= n, text += n) {
		n = msc_utf8_len(text, left);
		if (is_shown(text, n))
			to = mempcpy(to, text, n);
		else
			*to++ = '?';
		n += !n;
	}
	*to = '\0';
	return plain;
}

size_t msc_vma_words(char *to, size_t size, const struct msc_snapshot *s,
		     const struct msc_vma *vma, size_t max)
{
	const char *name = msc_plain(msc_snapshot_string(s, vma->name));

	if (!*name)
		name = msc_kind_name(vma->kind);
	return (size_t)snprintf(to, size, "%c%c%c%c %.*s", vma->flags & MSC_VM(RD) ? 'r' : '-',
				vma->flags & MSC_VM(WR) ? 'w' : '-',
				vma->flags & MSC_VM(EX) ? 'x' : '-',
				vma->flags & MSC_VM(MS) ? 's' : 'p',
				(int)msc_utf8_fit(name, max), name);
}

const char *msc_vma_text(const struct msc_snapshot *s, const struct msc_vma *vma)
{
	char *text = next_buffer();
	int len = snprintf(text, BUFFER, "0x%llx-0x%llx ", (unsigned long long)vma->start,
			   (unsigned long long)vma->end);

	msc_vma_words(text + len, BUFFER - (size_t)len, s, vma, 300);
	return text;
}

/* struct buffer_sink - core's text into a buffer */
struct buffer_sink {
	struct msc_sink sink;
	char *text;
	size_t len;
};

static void buffer_write(struct msc_sink *sink, const char *text, msc_size len)
{
	struct buffer_sink *b = (struct buffer_sink *)sink;

	if (len > BUFFER - 1 - b->len)
		len = BUFFER - 1 - b->len;
	memcpy(b->text + b->len, text, len);
	b->len += len;
	b->text[b->len] = '\0';
}

const char *msc_flags_text(msc_u64 flags, msc_u64 other)
{
	struct buffer_sink b = { .sink.write = buffer_write, .text = next_buffer() };

	if (!flags && !other)
		return "none";
	msc_put_vmflags(&b.sink, flags, other, MSC_TRUE);
	return b.text;
}
