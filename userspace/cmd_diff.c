// SPDX-License-Identifier: GPL-2.0
/* diff: two reports, compared by what they say. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "diff.h"
#include "json.h"
#include "prose.h"
#include "source.h"

struct options {
	const char *args[2];
	int nr;
	bool json, same_addresses;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'j':
		o->json = true;
		return 0;
	case 's':
		o->same_addresses = true;
		return 0;
	case ARGP_KEY_ARG:
		if (o->nr == 2)
			return ARGP_ERR_UNKNOWN;
		o->args[o->nr++] = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "an object for each difference, on a line", 0 },
	{ "same-addresses", 's', NULL, 0,
	  "do not move addresses of A to where B has the same mapping", 0 },
	{ 0 },
};

static const struct argp argp = {
	options, parse_option, "A B",
	"Compare two reports, each a PID or a file, by what they say: VMAs that appeared, "
	"vanished, were split, merged or moved, and facts that changed. Exits with 1 if there is a "
	"difference.",
	msc_common_options, NULL, NULL,
};

static void print_text(struct msc_differ *differ, const struct msc_change *change)
{
	(void)differ;
	printf("%-9s", change->what);
	if (change->key)
		printf("%s: %s: %s -> %s\n", change->where, change->key, change->from, change->to);
	else if (change->from)
		printf("%s -> %s\n", change->from, change->to);
	else
		printf("%s\n", change->where);
}

static void add(struct json_object *object, const char *key, const char *value)
{
	if (value)
		json_object_object_add(object, key, msc_json_string(value, strlen(value)));
}

static void print_json(struct msc_differ *differ, const struct msc_change *change)
{
	struct json_object *object = json_object_new_object();

	(void)differ;
	add(object, "change", change->what);
	add(object, "where", change->where);
	add(object, "key", change->key);
	add(object, "from", change->from);
	add(object, "to", change->to);
	msc_json_put(stdout, object);
}

static void print_header(const struct options *o, const struct msc_snapshot *snapshots)
{
	int i;

	for (i = 0; i < 2; i++)
		printf("%s %s: %s (%d), kernel %s\n", i ? "+++" : "---", o->args[i],
		       msc_plain(snapshots[i].target.comm), snapshots[i].target.pid,
		       msc_plain(snapshots[i].facts.release));
}

static int diff(const struct options *o, const struct msc_snapshot *snapshots)
{
	struct msc_differ differ = {
		.same_addresses = o->same_addresses, .change = o->json ? print_json : print_text,
	};

	if (!o->json)
		print_header(o, snapshots);
	if (!msc_diff(&snapshots[0], &snapshots[1], &differ))
		return msc_trouble("no memory to compare them");
	return differ.changes ? MSC_EXIT_FOUND : MSC_EXIT_FINE;
}

int msc_cmd_diff(int argc, char **argv)
{
	struct msc_snapshot snapshots[2];
	int status = MSC_EXIT_TROUBLE;
	struct options o = { 0 };

	if (msc_parse(&argp, argc, argv, &o))
		return MSC_EXIT_TROUBLE;
	if (o.nr < 2)
		return msc_missing(argv[0], o.nr ? "B" : "A");
	if (msc_source_snapshot(o.args[0], &snapshots[0])) {
		if (msc_source_snapshot(o.args[1], &snapshots[1]))
			status = diff(&o, snapshots);
		msc_snapshot_free(&snapshots[1]);
	}
	msc_snapshot_free(&snapshots[0]);
	return status;
}
