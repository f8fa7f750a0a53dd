// SPDX-License-Identifier: GPL-2.0
/* whatif: what other policies would make of a process's VMAs, and what stands in the way. */
#include "../module/core/whatif_text.h"
#include "command.h"
#include "file_sink.h"
#include "gains.h"
#include "json.h"
#include "prose.h"
#include "source.h"

typedef unsigned long long ull;

/* VMAs named for each policy, and such that cannot be relocated. */
#define MAX_EXAMPLES 5

struct options {
	const char *arg;
	bool json;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'j':
		o->json = true;
		return 0;
	case ARGP_KEY_ARG:
		return msc_take_arg(&o->arg, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "an object for each line whatif, merged and relocation", 0 },
	{ 0 },
};

static const struct argp argp = {
	options, parse_option, "PID|FILE",
	"Say how many VMAs a process would have under other policies, what that would save, and "
	"which of them would be one; and what keeps anonymous memory that was moved from getting "
	"the page offsets of its address.",
	msc_common_options, NULL, NULL,
};

static void print_lines(FILE *out, const struct msc_snapshot *s)
{
	struct msc_file_sink sink = msc_file_sink(out);
	msc_u32 i;

	for (i = 0; i < MSC_NR_POLICY_LINES; i++)
		msc_report_whatif(&sink.sink, s, i);
	for (i = 0; i < s->nr_merged; i++)
		msc_report_merged(&sink.sink, s, i);
	for (i = 0; i < s->nr_relocations; i++)
		msc_report_relocation(&sink.sink, s, i);
}

static void put_more(FILE *out, msc_u32 nr)
{
	if (nr > MAX_EXAMPLES)
		fprintf(out, "    and %u more\n", nr - MAX_EXAMPLES);
}

/* The first VMAs that policy @id would make of several. */
static void put_merged(FILE *out, const struct msc_snapshot *s, enum msc_whatif_id id)
{
	msc_u32 nr = 0, i;

	for (i = 0; i < s->nr_merged; i++) {
		const struct msc_merged *merged = &s->merged[i];

		if (merged->id != id)
			continue;
		if (!nr++)
			fprintf(out, "\n%s would make one VMA of\n", msc_whatif_name(id));
		if (nr <= MAX_EXAMPLES)
			fprintf(out, "    0x%llx-0x%llx, %s now\n", (ull)merged->start,
				(ull)merged->end, msc_count(merged->vmas, "VMA"));
	}
	put_more(out, nr);
}

static void put_obstacles(FILE *out, const struct msc_snapshot *s, const struct msc_relocation *r)
{
	msc_u32 items;
	unsigned int i;

	for (i = 0; i < MSC_NR_OBSTACLES; i++) {
		if (r->by[i].count)
			fprintf(out, "      %s: %llu, the first at 0x%llx\n", msc_obstacle_name(i),
				(ull)r->by[i].count, (ull)r->by[i].first);
	}
	if (r->by[MSC_O_KSM].count && msc_relocate_ksm_items(s, &s->vmas[r->vma], &items))
		fprintf(out, "      which %s remember\n", msc_count(items, "rmap_item"));
}

/* The first VMAs that were moved and must stay as they are, and why. */
static void put_stuck(FILE *out, const struct msc_snapshot *s)
{
	msc_u32 nr = 0, i;

	for (i = 0; i < s->nr_relocations; i++) {
		const struct msc_relocation *r = &s->relocations[i];

		if (!r->moved || r->safe != MSC_SAFE_NO)
			continue;
		if (!nr++)
			fputs("\nMoved, and not to be relocated:\n", out);
		if (nr > MAX_EXAMPLES)
			continue;
		fprintf(out, "    %s\n", msc_vma_text(s, &s->vmas[r->vma]));
		put_obstacles(out, s, r);
	}
	put_more(out, nr);
}

static void print_text(FILE *out, const struct msc_snapshot *s)
{
	struct msc_gains gains;
	unsigned int i;

	msc_gains_count(s, &gains);
	msc_gains_print(out, &gains);
	for (i = MSC_WHATIF_NOW + 1; i < MSC_NR_WHATIFS; i++)
		put_merged(out, s, i);
	put_stuck(out, s);
}

static int whatif(const struct options *o, const struct msc_snapshot *s)
{
	if (!(s->shown & MSC_SECTION_WHATIF))
		return msc_trouble("%s: no section whatif, expected the file report, not vmas",
				   o->arg);
	if (o->json)
		return msc_json_printed(stdout, o->arg, s, print_lines) ? MSC_EXIT_FINE
									: MSC_EXIT_TROUBLE;
	print_text(stdout, s);
	return MSC_EXIT_FINE;
}

int msc_cmd_whatif(int argc, char **argv)
{
	struct options o = { 0 };
	struct msc_snapshot s;
	int status = MSC_EXIT_TROUBLE;

	if (msc_parse(&argp, argc, argv, &o))
		return MSC_EXIT_TROUBLE;
	if (!o.arg)
		return msc_missing(argv[0], "PID or FILE");
	if (msc_source_snapshot(o.arg, &s))
		status = whatif(&o, &s);
	msc_snapshot_free(&s);
	return status;
}
