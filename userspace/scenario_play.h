/* SPDX-License-Identifier: GPL-2.0 */
/* Playing a scenario: its processes, their reports, and what of it failed. */
#ifndef MSC_SCENARIO_PLAY_H
#define MSC_SCENARIO_PLAY_H

#include <stdio.h>

#include "expect.h"
#include "scenario_agent.h"

/* struct scn_process - one process of a scenario */
struct scn_process {
	struct scn_agent agent;		/* pid 0: not yet, or no longer */
	struct msc_snapshot now;	/* the last report */
	struct msc_snapshot before;	/* the one before */
	struct msc_target first;	/* its first report's counters */
	unsigned int taken;		/* the step after which now was taken */
};

/* struct scn_options - how to play */
struct scn_options {
	const char *agent;		/* the program, a path */
	const char *files;		/* the folder for what open() makes */
	const char *record;		/* keep each step's reports below it; NULL: do not */
	const char *against;		/* compare them with what is there; NULL: do not */
};

/* struct scn_player - one scenario being played under one variant */
struct scn_player {
	const struct scenario *scenario;
	const struct scn_options *options;
	const char *file;		/* its path */
	const char *variant;
	FILE *out;			/* for what failed, lines with "# " before them */
	struct scn_process processes[SCN_MAX_PROCESSES];
	struct scn_process copy;	/* variant fork: a fork of who played the last step */
	unsigned int copy_of;		/* that process */
	uint64_t copy_allowed;		/* the rules that it may break: those of when it was made */
	long fds[SCN_MAX_OBJECTS];	/* -1: not open */
	struct scn_value lets[SCN_MAX_LETS];	/* unknown until their line is played */
	char *texts[SCN_MAX_LETS];	/* of lets that are strings, which reports do not outlive */
	unsigned int step;		/* steps played, from 1 */
	unsigned int drawn;		/* the last step that was drawn */
	unsigned int failures;
};

/*
 * Play it. Returns 0 if all was as expected, 1 if not, -ERRNO if it could not be played at all;
 * what is wrong is on @player->out in each case.
 */
int scn_play(struct scn_player *player);

/* Note that @line is not as expected: "FILE:LINE: expected EXPECTED, got GOT", and a picture. */
void scn_failed(struct scn_player *player, const struct scn_line *line, const char *expected,
		const char *got);

/* Take a report of @process; false if that failed, which is noted. */
bool scn_report_take(struct scn_player *player, struct scn_process *process,
		     const struct scn_line *line);

/* Judge the invariants over the present report of @process, but those of @allowed (bits). */
void scn_report_check(struct scn_player *player, const struct scn_process *process,
		      const struct scn_line *line, uint64_t allowed);

/*
 * Write @s to @out as a report that is the same in every run: without PID, times, addresses, how
 * often ksmd has scanned, and what-if.
 */
void scn_report_write(const struct msc_snapshot *s, FILE *out);

/*
 * What the reports of the scenario in @file are kept by, into @name of @size bytes: its folder's
 * name and its own without ".scn", as in "mremap-there_and_back".
 */
void scn_record_name(const char *file, char *name, unsigned long size);

/* Keep the report of step @player->step, or compare it, as the options say. */
bool scn_report_keep(struct scn_player *player, const struct scn_process *process,
		     const struct scn_line *line);

/*
 * Let the process play @line, a call or a fork. *@result is as in struct scn_line; false if the
 * agent is gone, with why in its trouble.
 */
bool scn_step(struct scn_player *player, const struct scn_line *line, int *result, char *got,
	      unsigned long size);

/* Begin with the heap where the arena has it. False if the agent is gone or the kernel refused. */
bool scn_step_heap(struct scn_agent *agent);

/* Set PR_SET_MEMORY_MERGE. False as above. */
bool scn_step_merge_any(struct scn_agent *agent);

/* Let ksmd do @scans full scans, then stop it. NULL, or what went wrong. */
const char *scn_ksm_scan(unsigned int scans);

/*
 * Stop ksmd, and set it up to scan all there is at each turn, the rest as kernels have it from the
 * start. Before a scenario that @changes_settings all is taken apart, else KSM might refuse to.
 * Returns 0, or the -ERRNO of one that was refused.
 */
int scn_ksm_init(bool changes_settings);

/* Draw the arena as @s shows it, with the names that regions have before line @line. */
void scn_draw(FILE *out, const struct scenario *scenario, unsigned int process, int line,
	      const struct msc_snapshot *s);

#endif
