// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "draw.h"
#include "prose.h"

typedef unsigned long long ull;

#define LABEL 15	/* columns of an address, with a blank behind it */

/* struct strokes - what boxes are made of */
struct strokes {
	const char *across, *down;
	const char *top[2], *between[2], *bottom[2];	/* left and right corner */
};

static const struct strokes *strokes_of(const struct msc_drawing *d)
{
	static const struct strokes lines = {
		"─", "│", { "┌", "┐" }, { "├", "┤" }, { "└", "┘" },
	};
	static const struct strokes ascii = {
		"-", "|", { "+", "+" }, { "+", "+" }, { "+", "+" },
	};

	return d->unicode ? &lines : &ascii;
}

/* How many columns @text takes up to its end or @max bytes: those that begin a character. */
static int columns(const char *text, int max)
{
	int n = 0;

	for (; *text && max--; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

/* The bytes of @text that fit into @width columns. */
static int fitting(const char *text, int width)
{
	int len = (int)strlen(text);

	while (len && columns(text, len) > width)
		len--;
	/* Not half a character. */
	while (len && (text[len] & 0xc0) == 0x80)
		len--;
	return len;
}

static void put_many(const struct msc_drawing *d, const char *stroke, int n)
{
	for (; n > 0; n--)
		fputs(stroke, d->out);
}

/* An edge at @addr, with what is to be said about it. */
static void put_edge(const struct msc_drawing *d, msc_u64 addr, const char *const ends[2],
		     const char *text)
{
	const struct strokes *strokes = strokes_of(d);
	int inside = d->width - LABEL - 2, len = fitting(text, inside - 8);

	fprintf(d->out, "%#*llx %s", LABEL - 1, (ull)addr, ends[0]);
	if (len) {
		put_many(d, strokes->across, 4);
		fprintf(d->out, " %.*s ", len, text);
		inside -= 6 + columns(text, len);
	}
	put_many(d, strokes->across, inside);
	fprintf(d->out, "%s\n", ends[1]);
}

static void put_inside(const struct msc_drawing *d, const char *text)
{
	const struct strokes *strokes = strokes_of(d);
	int inside = d->width - LABEL - 4, len = fitting(text, inside);

	if (!*text)
		return;
	fprintf(d->out, "%*s%s %.*s%*s %s\n", LABEL, "", strokes->down, len, text,
		inside - columns(text, len), "", strokes->down);
}

void msc_draw_text(const struct msc_drawing *d)
{
	const struct strokes *strokes = strokes_of(d);
	const struct msc_snapshot *s = d->s;
	char text[MSC_DRAW_TEXT];
	bool open = false;
	msc_u32 i;

	for (i = 0; i < s->nr_vmas; i++) {
		const struct msc_vma *vma = &s->vmas[i];
		bool touches = i + 1 < s->nr_vmas && vma->end == vma[1].start;

		if (!msc_draw_has(d, i))
			continue;
		if (!open)
			put_edge(d, vma->start, strokes->top, "");
		msc_draw_vma(d, i, text);
		put_inside(d, text);
		msc_draw_pages(d, i, text);
		put_inside(d, text);
		msc_draw_verdict(d, i, text);
		open = touches && msc_draw_has(d, i + 1);
		put_edge(d, vma->end, open ? strokes->between : strokes->bottom, text);
		if (!open && i + 1 < s->nr_vmas && msc_draw_has(d, i + 1) &&
		    vma->end < vma[1].start)
			fprintf(d->out, "%*s  %s\n", LABEL, "",
				msc_size_text((vma[1].start - vma->end) >> MSC_PAGE_SHIFT));
	}
}
