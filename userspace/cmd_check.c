// SPDX-License-Identifier: GPL-2.0
/* check: the invariants, judged here over the records of a report. */
#include <stdlib.h>

#include "../module/core/anon_text.h"
#include "../module/core/ksm_text.h"
#include "command.h"
#include "file_sink.h"
#include "json.h"
#include "judge.h"
#include "source.h"

struct options {
	const char *arg;
	bool json, quiet;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'j':
		o->json = true;
		return 0;
	case 'q':
		o->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		return msc_take_arg(&o->arg, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "an object for each line, on a line", 0 },
	{ "quiet", 'q', NULL, 0, "print nothing, only exit with 1 if one is violated", 0 },
	{ 0 },
};

static const struct argp argp = {
	options, parse_option, "PID|FILE",
	"Judge the invariants over a process or a saved report. Prints the lines ksm, check "
	"and violation of mergescope-report(5), and exits with 1 if there is a violation.",
	msc_common_options, NULL, NULL,
};

static void print_rules(FILE *out, const struct msc_snapshot *s)
{
	struct msc_file_sink sink = msc_file_sink(out);
	unsigned int i;

	msc_report_ksm(&sink.sink, s, 0);
	for (i = 0; i < MSC_NR_RULES; i++)
		msc_report_rule(&sink.sink, s, i);
}

static int check(const struct options *o, const struct msc_snapshot *s)
{
	if (!(s->sections & MSC_SECTION_CHECK))
		return msc_trouble("%s: no section check, expected the file report, not vmas",
				   o->arg);
	if (!o->quiet && !o->json)
		print_rules(stdout, s);
	else if (!o->quiet && !msc_json_printed(stdout, o->arg, s, print_rules))
		return MSC_EXIT_TROUBLE;
	return msc_judge_all(s).violations ? MSC_EXIT_FOUND : MSC_EXIT_FINE;
}

int msc_cmd_check(int argc, char **argv)
{
	struct options o = { 0 };
	struct msc_snapshot s;
	int status = MSC_EXIT_TROUBLE;

	if (msc_parse(&argp, argc, argv, &o))
		return MSC_EXIT_TROUBLE;
	if (!o.arg)
		return msc_missing(argv[0], "PID or FILE");
	if (msc_source_snapshot(o.arg, &s))
		status = check(&o, &s);
	msc_snapshot_free(&s);
	return status;
}
