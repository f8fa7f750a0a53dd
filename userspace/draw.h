/* SPDX-License-Identifier: GPL-2.0 */
/* An address space as a picture: for the terminal, as SVG; and the anon_vma graph for graphviz. */
#ifndef MSC_DRAW_H
#define MSC_DRAW_H

#include <stdbool.h>
#include <stdio.h>

#include "../module/core/model.h"

/* struct msc_drawing - what is drawn, and how */
struct msc_drawing {
	const struct msc_snapshot *s;
	FILE *out;
	msc_u64 start, end;	/* VMAs that reach into this range; bytes, the end exclusive */
	int width;		/* of the terminal, in columns */
	bool unicode;		/* it shows box-drawing characters */
};

/* False if there is no memory. */
bool msc_draw_text(const struct msc_drawing *d);
bool msc_draw_svg(const struct msc_drawing *d);
bool msc_draw_dot(const struct msc_drawing *d);

/* Is VMA @index drawn? */
bool msc_draw_has(const struct msc_drawing *d, msc_u32 index);

#define MSC_DRAW_TEXT 400

/* What stands in VMA @index's box: "rw-p anon, 4 pages, pgoff 0x1000, a4". */
void msc_draw_vma(const struct msc_drawing *d, msc_u32 index, char text[MSC_DRAW_TEXT]);

/* What its pages are, "anon 4, none 2"; empty if that is not known. */
void msc_draw_pages(const struct msc_drawing *d, msc_u32 index, char text[MSC_DRAW_TEXT]);

/* What stands between VMA @index and the next: "apart by pgoff"; empty if they do not touch. */
void msc_draw_verdict(const struct msc_drawing *d, msc_u32 index, char text[MSC_DRAW_TEXT]);

#endif
