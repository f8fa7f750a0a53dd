// SPDX-License-Identifier: GPL-2.0
/*
 * The arena in the box notation of mm's selftests: a box for each VMA, with stars where it has been
 * faulted, and a gap where nothing is mapped:
 *
 *	@0          @4             @100
 *	|-----------|***********|  |***********|
 *	|  a rw- 4p | b,c rw- 4p|  |  d rw- 4p |
 *	|-----------|***********|  |***********|
 */
#include <inttypes.h>
#include <string.h>

#include "scenario_call.h"
#include "scenario_play.h"

#define MAX_BOXES 64
#define ROW_COLUMNS 90

/* struct box - one VMA of the picture */
struct box {
	const struct msc_vma *vma;
	char label[64];
	unsigned int width;	/* between its edges */
};

static uint64_t page_of(uint64_t address)
{
	return (address - SCN_ARENA) >> SCN_PAGE_SHIFT;
}

/* The line at which the name that @line gives is given to something else, or @end. */
static bool is_bound(const struct scenario *scenario, const struct scn_line *line, int end)
{
	const struct scn_line *later;

	for (later = line + 1; later < scenario->lines + scenario->nr_lines; later++) {
		if (later->line <= end && later->process == line->process &&
		    !strcmp(later->name, line->name))
			return false;
	}
	return true;
}

/* The names of the regions that begin in @vma, of what its process has named up to line @end. */
static void add_names(struct box *box, const struct scenario *scenario, unsigned int process,
		      int end)
{
	const struct scn_line *line;
	uint64_t address;
	size_t len = 0;

	for (line = scenario->lines; line < scenario->lines + scenario->nr_lines; line++) {
		address = scn_address(line->region.first);
		if (line->line > end || line->kind != SCN_CALL || !line->name[0] ||
		    line->call->gives != SCN_GIVES_REGION ||
		    (line->process && line->process != process) || address < box->vma->start ||
		    address >= box->vma->end || !is_bound(scenario, line, end))
			continue;
		len += (size_t)snprintf(box->label + len, sizeof(box->label) - len, "%s%s",
					len ? "," : "", line->name);
		if (len > sizeof(box->label) / 2)
			return;
	}
}

static void describe(struct box *box)
{
	const struct msc_vma *vma = box->vma;
	size_t len = strlen(box->label);

	snprintf(box->label + len, sizeof(box->label) - len, "%s%c%c%c %" PRIu64 "p%s",
		 len ? " " : "", vma->flags & MSC_VM(RD) ? 'r' : '-',
		 vma->flags & MSC_VM(WR) ? 'w' : '-', vma->flags & MSC_VM(EX) ? 'x' : '-',
		 (uint64_t)(vma->end - vma->start) >> SCN_PAGE_SHIFT,
		 vma->flags & MSC_VM(MG) ? " mg" : "");
	box->width = (unsigned int)strlen(box->label) + 2;
}

static unsigned int find_boxes(struct box *boxes, const struct scenario *scenario,
			       unsigned int process, int line, const struct msc_snapshot *s)
{
	unsigned int nr = 0, i;

	for (i = 0; i < s->nr_vmas && nr < MAX_BOXES; i++) {
		if (s->vmas[i].start < SCN_ARENA ||
		    s->vmas[i].end > scn_address(SCN_ARENA_PAGES))
			continue;
		boxes[nr] = (struct box){ .vma = &s->vmas[i] };
		add_names(&boxes[nr], scenario, process, line);
		describe(&boxes[nr++]);
	}
	return nr;
}

static bool touches(const struct box *box, const struct box *next)
{
	return box->vma->end == next->vma->start;
}

static void draw_edge(FILE *out, const struct box *boxes, unsigned int nr)
{
	unsigned int i, column;

	fputs("#     ", out);
	for (i = 0; i < nr; i++) {
		if (!i || !touches(&boxes[i - 1], &boxes[i]))
			fputs(i ? "  |" : "|", out);
		for (column = 0; column < boxes[i].width; column++)
			fputc(boxes[i].vma->anon_vma ? '*' : '-', out);
		fputc('|', out);
	}
	fputc('\n', out);
}

static void draw_row(FILE *out, const struct box *boxes, unsigned int nr)
{
	unsigned int i;

	fputs("#     ", out);
	for (i = 0; i < nr; i++)
		fprintf(out, "%s@%-*" PRIu64,
			i && !touches(&boxes[i - 1], &boxes[i]) ? "   " : "",
			i + 1 < nr ? (int)boxes[i].width : 1, page_of(boxes[i].vma->start));
	fputc('\n', out);
	draw_edge(out, boxes, nr);
	fputs("#     ", out);
	for (i = 0; i < nr; i++)
		fprintf(out, "%s %s |", i && touches(&boxes[i - 1], &boxes[i]) ? "" :
					i					 ? "  |" :
										   "|",
			boxes[i].label);
	fputc('\n', out);
	draw_edge(out, boxes, nr);
}

void scn_draw(FILE *out, const struct scenario *scenario, unsigned int process, int line,
	      const struct msc_snapshot *s)
{
	struct box boxes[MAX_BOXES];
	unsigned int nr = find_boxes(boxes, scenario, process, line, s), first, i, columns;

	if (!nr)
		fputs("#     nothing is mapped\n", out);
	for (first = 0; first < nr; first = i) {
		columns = boxes[first].width + 2;
		for (i = first + 1; i < nr && columns + boxes[i].width + 3 < ROW_COLUMNS; i++)
			columns += boxes[i].width + 3;
		draw_row(out, boxes + first, i - first);
	}
}
