// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "../module/core/index.h"
#include "draw.h"
#include "prose.h"
#include "utf8.h"

typedef unsigned long long ull;

/* Pixels. */
#define LEFT 130
#define BOX 720
#define LINE 18
#define GAP 34

/* Is the character at @text, @len bytes of UTF-8, one of XML's? It has few controls. */
static bool is_xml(const char *text, size_t len)
{
	if (len == 1)
		return (unsigned char)*text >= 0x20 && *text != 0x7f;
	return len && memcmp(text, "\xef\xbf\xbe", 3) && memcmp(text, "\xef\xbf\xbf", 3);
}

static void put_escaped(FILE *out, const char *text)
{
	size_t len;

	for (; *text; text += len) {
		len = msc_utf8_len(text, strlen(text));
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		default:
			if (is_xml(text, len))
				fwrite(text, 1, len, out);
			else
				fputc('?', out);
		}
		len += !len;
	}
}

static void put_text(const struct msc_drawing *d, int x, int y, const char *kind, const char *text)
{
	fprintf(d->out, "<text x=\"%d\" y=\"%d\" class=\"%s\">", x, y, kind);
	put_escaped(d->out, text);
	fputs("</text>\n", d->out);
}

static void put_addr(const struct msc_drawing *d, int y, msc_u64 addr)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", (ull)addr);
	put_text(d, LEFT - 8, y + 4, "addr", text);
}

/* A VMA grows with the order of its size: a page and a terabyte are both to be seen. */
static int height_of(const struct msc_vma *vma)
{
	msc_u64 pages = msc_vma_pages(vma);
	int order = 0;

	for (; pages > 1; pages >>= 1)
		order++;
	return 2 * LINE + 8 + 2 * order;
}

/* Is a hole to be seen between VMA @index and the next? */
static bool has_gap(const struct msc_drawing *d, msc_u32 index)
{
	const struct msc_vma *vma = &d->s->vmas[index];

	return index + 1 < d->s->nr_vmas && vma->end < vma[1].start;
}

static int total_height(const struct msc_drawing *d)
{
	int height = 2 * GAP;
	msc_u32 i;

	for (i = 0; i < d->s->nr_vmas; i++) {
		if (msc_draw_has(d, i))
			height += height_of(&d->s->vmas[i]) + (has_gap(d, i) ? GAP : 0);
	}
	return height;
}

static const char *kind_class(const struct msc_vma *vma)
{
	if (vma->kind != MSC_KIND_ANON)
		return "file";
	return vma->anon_vma ? "anon" : "untouched";
}

static void put_vma(const struct msc_drawing *d, msc_u32 index, int y)
{
	const struct msc_vma *vma = &d->s->vmas[index];
	char text[MSC_DRAW_TEXT];

	fprintf(d->out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" class=\"%s\"/>\n", LEFT,
		y, BOX, height_of(vma), kind_class(vma));
	put_addr(d, y, vma->start);
	msc_draw_vma(d, index, text);
	put_text(d, LEFT + 8, y + LINE, "vma", text);
	msc_draw_pages(d, index, text);
	put_text(d, LEFT + 8, y + 2 * LINE, "pages", text);
}

static void put_boundary(const struct msc_drawing *d, msc_u32 index, int y)
{
	const struct msc_vma *vma = &d->s->vmas[index];
	char text[MSC_DRAW_TEXT];

	if (has_gap(d, index)) {
		put_addr(d, y, vma->end);
		put_text(d, LEFT + 8, y + GAP / 2 + 4, "hole",
			 msc_size_text((vma[1].start - vma->end) >> MSC_PAGE_SHIFT));
		return;
	}
	msc_draw_verdict(d, index, text);
	if (!*text) {
		put_addr(d, y, vma->end);
		return;
	}
	fprintf(d->out, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" class=\"%s\"/>\n", LEFT, y,
		LEFT + BOX, y, strncmp(text, "apart", 5) ? "may" : "apart");
	put_text(d, LEFT + BOX + 8, y + 4, "verdict", text);
}

static const char style[] =
	"<style>\n"
	"text { font: 12px monospace; }\n"
	".addr { text-anchor: end; fill: #555; }\n"
	".pages, .hole { fill: #555; }\n"
	".verdict { fill: #a00; }\n"
	"rect { stroke: #333; }\n"
	"rect.anon { fill: #cfe8cf; }\n"
	"rect.untouched { fill: #f4f4f4; }\n"
	"rect.file { fill: #d5e1f2; }\n"
	"line { stroke-width: 3; }\n"
	"line.apart { stroke: #c00; }\n"
	"line.may { stroke: #080; stroke-dasharray: 6 4; }\n"
	"</style>\n";

bool msc_draw_svg(const struct msc_drawing *d)
{
	const struct msc_snapshot *s = d->s;
	int y = GAP;
	msc_u32 i;

	fprintf(d->out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\">\n",
		LEFT + BOX + 420, total_height(d));
	fputs(style, d->out);
	for (i = 0; i < s->nr_vmas; i++) {
		if (!msc_draw_has(d, i))
			continue;
		put_vma(d, i, y);
		y += height_of(&s->vmas[i]);
		put_boundary(d, i, y);
		y += has_gap(d, i) ? GAP : 0;
	}
	fputs("</svg>\n", d->out);
	return true;
}
