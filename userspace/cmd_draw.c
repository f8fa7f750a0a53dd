// SPDX-License-Identifier: GPL-2.0
/* draw: an address space as boxes, or its anon_vmas as a graph. */
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../module/core/range.h"
#include "command.h"
#include "draw.h"
#include "prose.h"
#include "source.h"

#define MIN_WIDTH 60
#define DEFAULT_WIDTH 100

struct options {
	const char *arg, *range;
	bool (*draw)(const struct msc_drawing *d);
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 's':
		o->draw = msc_draw_svg;
		return 0;
	case 'd':
		o->draw = msc_draw_dot;
		return 0;
	case 'r':
		o->range = arg;
		return 0;
	case ARGP_KEY_ARG:
		return msc_take_arg(&o->arg, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "svg", 's', NULL, 0, "a picture in SVG", 0 },
	{ "dot", 'd', NULL, 0, "the VMAs that have an anon_vma, and the anon_vmas, for graphviz",
	  0 },
	{ "range", 'r', "START-END", 0, "only VMAs in this range, hexadecimal, in bytes", 0 },
	{ 0 },
};

static const struct argp argp = {
	options, parse_option, "PID|FILE",
	"Draw the address space of a process or a saved report: a box for each VMA, and between "
	"two that touch what keeps them apart.",
	msc_common_options, NULL, NULL,
};

/* The module's own grammar of a range, for some process. */
static bool parse_range(const char *text, struct msc_drawing *d)
{
	struct msc_range range = { .end = ~0ULL };
	char whole[80];
	bool ok;

	ok = !text || ((size_t)snprintf(whole, sizeof(whole), "1:%s", text) < sizeof(whole) &&
		       *text && msc_range_parse(&range, whole) == MSC_RANGE_OK);
	if (!ok)
		msc_trouble("--range=%s: expected START-END, hexadecimal, at page boundaries",
			    text);
	d->start = range.start;
	d->end = range.end;
	return ok;
}

static int terminal_width(void)
{
	int columns = msc_columns(STDOUT_FILENO, DEFAULT_WIDTH);

	return columns < MIN_WIDTH ? MIN_WIDTH : columns;
}

static bool is_empty(const struct msc_drawing *d)
{
	msc_u32 i;

	for (i = 0; i < d->s->nr_vmas; i++) {
		if (msc_draw_has(d, i))
			return false;
	}
	return true;
}

static int draw(const struct options *o, const struct msc_drawing *d)
{
	if (o->range && is_empty(d))
		return msc_trouble("--range=%s: no VMA of %s reaches into it", o->range, o->arg);
	return o->draw(d) ? MSC_EXIT_FINE : msc_trouble("no memory to draw it");
}

int msc_cmd_draw(int argc, char **argv)
{
	struct options o = { .draw = msc_draw_text };
	struct msc_drawing d = { .out = stdout, .width = terminal_width() };
	int status = MSC_EXIT_TROUBLE;
	struct msc_snapshot s;

	if (msc_parse(&argp, argc, argv, &o))
		return MSC_EXIT_TROUBLE;
	if (!o.arg)
		return msc_missing(argv[0], "PID or FILE");
	if (!parse_range(o.range, &d))
		return MSC_EXIT_TROUBLE;
	setlocale(LC_CTYPE, "");
	d.unicode = !strcmp(nl_langinfo(CODESET), "UTF-8");
	d.s = &s;
	if (msc_source_snapshot(o.arg, &s))
		status = draw(&o, &d);
	msc_snapshot_free(&s);
	return status;
}
