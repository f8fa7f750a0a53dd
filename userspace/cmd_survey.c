// SPDX-License-Identifier: GPL-2.0
/* survey: every process of this machine, a row each. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "command.h"
#include "output.h"
#include "procfs.h"
#include "progress.h"
#include "source.h"
#include "survey.h"

#define DEFAULT_COLUMNS 80

struct options {
	const char *output;
	bool json, anonymous;
	unsigned long limit;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'a':
		o->anonymous = true;
		return 0;
	case 'j':
		o->json = true;
		return 0;
	case 'o':
		o->output = arg;
		return 0;
	case 'n':
		return msc_number("--limit", arg, 1, 1 << 22, &o->limit) ? 0 : EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "anonymous", 'a', NULL, 0, "as with --json, but no names, no PIDs and no addresses: for "
	  "others to look at", 0 },
	{ "json", 'j', NULL, 0, "an object for each process, on a line, and one for all", 0 },
	{ "limit", 'n', "N", 0, "only the N processes with the most pairs apart", 0 },
	{ "output", 'o', "FILE", 0, "write it to FILE", 0 },
	{ 0 },
};

static const struct argp argp = {
	options, parse_option, NULL,
	"Look at every process of this machine: its VMAs, the pairs of neighbours that are kept "
	"apart and by what, how many VMAs less there would be without the reasons that stand alone "
	"(GAIN), what KSM may merge, and what other policies would save (as whatif does for one of "
	"them). Processes with the most pairs apart come first.",
	msc_common_options, NULL, NULL,
};

static void hide_progress(void)
{
	msc_progress_hide(stderr, msc_columns(STDERR_FILENO, DEFAULT_COLUMNS));
}

/* The report of @pid. False if there is no memory for its row. */
static bool add_report(struct msc_survey *survey, int pid, const struct msc_text *text)
{
	struct msc_snapshot s;
	char name[16];
	bool ok = true;

	snprintf(name, sizeof(name), "%d", pid);
	if (!msc_source_parse(name, text, &s))
		survey->refused++;
	else
		ok = msc_survey_add(survey, &s);
	msc_snapshot_free(&s);
	if (!ok)
		msc_trouble("no memory for so many processes");
	return ok;
}

/* False if it makes no sense to go on: what is wrong with one process alone is told and counted. */
static bool add_process(struct msc_survey *survey, int pid)
{
	struct msc_text text;
	bool ok;

	switch (msc_module_read(pid, "report", true, &text)) {
	case MSC_MODULE_OK:
		break;
	case MSC_MODULE_GONE:
		survey->skipped++;
		return true;
	case MSC_MODULE_REFUSED:
		survey->refused++;
		return true;
	default:
		return false;
	}
	ok = add_report(survey, pid, &text);
	free(text.bytes);
	return ok;
}

static bool add_processes(struct msc_survey *survey)
{
	bool ok = true, bar = isatty(STDERR_FILENO);
	size_t nr, i;
	int *pids;

	pids = msc_procfs_pids(&nr);
	if (!pids)
		return false;
	if (bar)
		msc_before_trouble = hide_progress;
	for (i = 0; ok && i < nr; i++) {
		if (bar)
			msc_progress_show(stderr, msc_columns(STDERR_FILENO, DEFAULT_COLUMNS), i,
					  nr);
		ok = add_process(survey, pids[i]);
	}
	if (bar && ok)
		hide_progress();
	msc_before_trouble = NULL;
	free(pids);
	return ok;
}

static void print_to(FILE *out, const struct msc_survey *survey, const struct options *o)
{
	if (o->json || o->anonymous)
		msc_survey_json(out, survey, o->limit, o->anonymous);
	else
		msc_survey_print(out, survey, o->limit);
}

/* To stdout if there is no @output. False with the trouble told. */
static bool survey_to(struct msc_output *output, const struct options *o)
{
	struct msc_survey survey = { 0 };
	bool ok = add_processes(&survey);

	if (ok) {
		msc_survey_sort(&survey);
		print_to(output ? output->out : stdout, &survey, o);
	}
	free(survey.rows);
	return ok;
}

int msc_cmd_survey(int argc, char **argv)
{
	struct msc_output output;
	struct options o = { 0 };
	bool ok;

	if (msc_parse(&argp, argc, argv, &o))
		return MSC_EXIT_TROUBLE;
	/* Before what takes long, and would be for nothing. */
	if (o.output && !msc_output_open(&output, o.output))
		return MSC_EXIT_TROUBLE;
	ok = msc_module_usable() && survey_to(o.output ? &output : NULL, &o);
	if (o.output)
		ok = msc_output_close(&output, ok) && ok;
	return ok ? MSC_EXIT_FINE : MSC_EXIT_TROUBLE;
}
