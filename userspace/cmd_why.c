// SPDX-License-Identifier: GPL-2.0
/* why: a process, or one of its addresses, in words. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "source.h"
#include "why.h"

struct options {
	const char *arg;
	const char *addr;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	if (key != ARGP_KEY_ARG || o->addr)
		return ARGP_ERR_UNKNOWN;
	if (o->arg)
		o->addr = arg;
	else
		o->arg = arg;
	return 0;
}

static const struct argp argp = {
	NULL, parse_option, "PID|FILE [ADDR]",
	"Say in words which VMAs of a process are kept apart and for what reasons, the most "
	"frequent first, and what would make them merge; and what KSM may do. With ADDR, a "
	"hexadecimal address, what holds for the VMA there and its two neighbours.",
	msc_common_options, NULL, NULL,
};

static bool parse_addr(const char *text, msc_u64 *addr)
{
	char *end;

	errno = 0;
	*addr = strtoull(text, &end, 16);
	/* strtoull() would take blanks and signs, too. */
	if (isxdigit((unsigned char)*text) && !*end && !errno)
		return true;
	msc_trouble("%s: no address, expected a hexadecimal number", text);
	return false;
}

static int why(const struct options *o, const struct msc_snapshot *s, msc_u64 addr)
{
	if (!o->addr)
		msc_why(stdout, s);
	else if (!msc_why_at(stdout, s, addr))
		return msc_trouble("%s: no VMA of %s holds this address", o->addr, o->arg);
	return MSC_EXIT_FINE;
}

int msc_cmd_why(int argc, char **argv)
{
	struct options o = { 0 };
	int status = MSC_EXIT_TROUBLE;
	struct msc_snapshot s;
	msc_u64 addr = 0;

	if (msc_parse(&argp, argc, argv, &o))
		return MSC_EXIT_TROUBLE;
	if (!o.arg)
		return msc_missing(argv[0], "PID or FILE");
	if (o.addr && !parse_addr(o.addr, &addr))
		return MSC_EXIT_TROUBLE;
	if (msc_source_snapshot(o.arg, &s))
		status = why(&o, &s, addr);
	msc_snapshot_free(&s);
	return status;
}
