// SPDX-License-Identifier: GPL-2.0
/*
 * mergescope: what keeps a process's VMAs apart, from the command line. A verb is a cmd_*.c; what
 * they have in common are reports (source.c, reader.c) and module/core, which judges them.
 */
#include <errno.h>
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

int main(int argc, char **argv)
{
	char name[64];
	unsigned int i;

	if (argc < 2)
		return msc_trouble("a verb is missing: see mergescope --help");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))
		return msc_flushed(help());
	if (!strcmp(argv[1], "--version")) {
		puts("mergescope " MSC_VERSION);
		return msc_flushed(MSC_EXIT_FINE);
	}
	for (i = 0; i < NR_COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		snprintf(name, sizeof(name), "mergescope %s", commands[i].name);
		argv[1] = name;
		return msc_flushed(commands[i].run(argc - 1, argv + 1));
	}
	return msc_trouble("%s: no such verb: see mergescope --help", argv[1]);
}
