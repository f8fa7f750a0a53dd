// SPDX-License-Identifier: GPL-2.0
/* report: a process's report, as text or JSON, on the screen or into a file. */
#include <stdlib.h>

#include "command.h"
#include "json.h"
#include "output.h"
#include "source.h"

struct options {
	const char *arg;
	const char *output;
	bool json;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'j':
		o->json = true;
		return 0;
	case 'o':
		o->output = arg;
		return 0;
	case ARGP_KEY_ARG:
		return msc_take_arg(&o->arg, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "an object for each line of the report, on a line", 0 },
	{ "output", 'o', "FILE", 0, "write it to FILE", 0 },
	{ 0 },
};

static const struct argp argp = {
	options, parse_option, "PID|FILE",
	"Take a report of a process, or show a saved one; mergescope-report(5) describes it.",
	msc_common_options, NULL, NULL,
};

static bool print_report(FILE *out, const struct options *o, struct msc_text *text)
{
	if (o->json)
		return msc_json_report(out, o->arg, text);
	fwrite(text->bytes, 1, text->len, out);
	return true;
}

static int write_report(const struct options *o, struct msc_text *text)
{
	struct msc_output output;
	bool ok;

	if (!o->output) {
		ok = print_report(stdout, o, text);
	} else {
		if (!msc_output_open(&output, o->output))
			return MSC_EXIT_TROUBLE;
		ok = print_report(output.out, o, text);
		ok = msc_output_close(&output, ok) && ok;
	}
	return ok ? MSC_EXIT_FINE : MSC_EXIT_TROUBLE;
}

int msc_cmd_report(int argc, char **argv)
{
	struct options o = { 0 };
	struct msc_snapshot s;
	struct msc_text text;
	int status = MSC_EXIT_TROUBLE;

	if (msc_parse(&argp, argc, argv, &o))
		return MSC_EXIT_TROUBLE;
	if (!o.arg)
		return msc_missing(argv[0], "PID or FILE");
	if (!msc_source_text(o.arg, &text))
		return MSC_EXIT_TROUBLE;
	/* What is shown, and above all what is saved, can be read back. */
	if (msc_source_parse(o.arg, &text, &s))
		status = write_report(&o, &text);
	msc_snapshot_free(&s);
	free(text.bytes);
	return status;
}
