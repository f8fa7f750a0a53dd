// SPDX-License-Identifier: GPL-2.0
/*
 * mergescope: what keeps a process's VMAs apart, from the command line. A verb is a cmd_*.c; what
 * they have in common are reports (source.c, reader.c) and module/core, which judges them.
 */
#include <stdio.h>
#include <string.h>

#include "../module/core/format.h"
#include "command.h"

static const struct msc_command commands[] = {
	{ "report", "take a report of a process, or show a saved one", msc_cmd_report },
	{ "why", "say in words what keeps VMAs apart and what would merge them", msc_cmd_why },
	{ "whatif", "say what other policies would merge, and what stands in the way",
	  msc_cmd_whatif },
	{ "check", "judge the invariants over a process or a saved report", msc_cmd_check },
	{ "diff", "compare two reports by what they say", msc_cmd_diff },
	{ "draw", "draw an address space, or the anon_vma graph", msc_cmd_draw },
	{ "survey", "look at every process of this machine", msc_cmd_survey },
	{ "run", "play scenarios, and say what is not as they expect", msc_cmd_run },
	{ "watch", "wait for a process's VMAs to become many more, or wrong", msc_cmd_watch },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(*commands))

static int help(void)
{
	unsigned int i;

	puts("Usage: mergescope VERB [OPTION...] [ARGUMENT...]\n"
	     "What keeps a process's VMAs apart.\n");
	for (i = 0; i < NR_COMMANDS; i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].summary);
	puts("\nmergescope VERB --help describes each; mergescope(1) all of them.");
	return MSC_EXIT_FINE;
}

/* @args[0] is the verb, the rest its own. */
static int run_verb(int nr, char **args)
{
	char name[64];
	unsigned int i;

	for (i = 0; i < NR_COMMANDS; i++) {
		if (strcmp(args[0], commands[i].name))
			continue;
		snprintf(name, sizeof(name), "mergescope %s", commands[i].name);
		args[0] = name;
		return commands[i].run(nr, args);
	}
	return msc_trouble("%s: no such verb: see mergescope --help", args[0]);
}

/* What is no verb, and takes nothing but help one. */
static int run_other(int nr, char **args)
{
	char option[] = "--help", *of_verb[] = { args[1], option, NULL };
	bool is_help = !strcmp(args[0], "help");

	if (nr > 1 + is_help)
		return msc_trouble("%s: one argument too many: see mergescope --help",
				   args[1 + is_help]);
	if (nr > 1)
		return run_verb(2, of_verb);
	if (strcmp(args[0], "--version"))
		return help();
	puts("mergescope " MSC_VERSION);
	return MSC_EXIT_FINE;
}

int main(int argc, char **argv)
{
	static const char *const others[] = { "help", "--help", "--version" };
	unsigned int i;

	if (argc < 2)
		return msc_trouble("a verb is missing: see mergescope --help");
	for (i = 0; i < sizeof(others) / sizeof(*others); i++) {
		if (!strcmp(argv[1], others[i]))
			return msc_flushed(run_other(argc - 1, argv + 1));
	}
	return msc_flushed(run_verb(argc - 1, argv + 1));
}
