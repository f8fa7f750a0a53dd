// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include <wchar.h>

#include "draw.h"
#include "prose.h"
#include "utf8.h"

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

/* The columns that this terminal shows a character in, @len bytes of UTF-8; -1: it cannot. */
static int columns_of(const struct msc_drawing *d, const char *text, size_t len)
{
	mbstate_t state = { 0 };
	wchar_t wide;

	if (len == 1)
		return 1;
	if (!len || !d->unicode || mbrtowc(&wide, text, len, &state) != len)
		return -1;
	return wcwidth(wide);
}

/*
 * What of @text fits into @width columns, into @to: with a question mark for each character that
 * cannot be shown. The columns that it takes.
 */
static int fit(const struct msc_drawing *d, char to[MSC_DRAW_TEXT], const char *text, int width)
{
	int used = 0, columns;
	size_t len;

	for (; *text; text += len, used += columns) {
		len = msc_utf8_len(text, strlen(text));
		columns = columns_of(d, text, len);
		if (used + (columns < 0 ? 1 : columns) > width)
			break;
		if (columns >= 0) {
			to = mempcpy(to, text, len);
			continue;
		}
		*to++ = '?';
		columns = 1;
		len += !len;
	}
	*to = '\0';
	return used;
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
	int inside = d->width - LABEL - 2, used;
	char shown[MSC_DRAW_TEXT];

	used = fit(d, shown, text, inside - 8);
	fprintf(d->out, "%#*llx %s", LABEL - 1, (ull)addr, ends[0]);
	if (used) {
		put_many(d, strokes->across, 4);
		fprintf(d->out, " %s ", shown);
		inside -= 6 + used;
	}
	put_many(d, strokes->across, inside);
	fprintf(d->out, "%s\n", ends[1]);
}

static void put_inside(const struct msc_drawing *d, const char *text)
{
	const struct strokes *strokes = strokes_of(d);
	int inside = d->width - LABEL - 4, used;
	char shown[MSC_DRAW_TEXT];

	if (!*text)
		return;
	used = fit(d, shown, text, inside);
	fprintf(d->out, "%*s%s %s%*s %s\n", LABEL, "", strokes->down, shown, inside - used, "",
		strokes->down);
}

bool msc_draw_text(const struct msc_drawing *d)
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
	return true;
}
