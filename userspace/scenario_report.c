// SPDX-License-Identifier: GPL-2.0
/* The reports that are taken of a scenario's processes, and which invariants they break. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../module/core/report.h"
#include "../module/core/rules.h"
#include "file_sink.h"
#include "reader.h"
#include "scenario_play.h"

bool scn_report_take(struct scn_player *player, struct scn_process *process,
		     const struct scn_line *line)
{
	struct msc_snapshot oldest = process->before;
	struct msc_reader_error error;
	char path[64], got[384];
	FILE *file;
	bool good;

	snprintf(path, sizeof(path), "/sys/kernel/debug/mergescope/%d/report",
		 process->agent.pid);
	file = fopen(path, "re");
	if (!file) {
		snprintf(got, sizeof(got), "%s", strerror(errno));
		scn_failed(player, line, "a report of the process", got);
		return false;
	}
	process->before = process->now;
	msc_snapshot_free(&oldest);
	msc_snapshot_init(&process->now, &msc_reader_alloc, MSC_SECTION_ALL);
	good = !msc_reader_read(file, &process->now, &error);
	fclose(file);
	if (!good) {
		snprintf(got, sizeof(got), "line %lu: %s", error.line, error.text);
		scn_failed(player, line, "a report of the process", got);
		return false;
	}
	process->taken = player->step;
	return true;
}

/* struct findings - a judge that notes the first violation of its rule */
struct findings {
	struct msc_judge judge;
	struct msc_finding first;
};

static void note(struct msc_judge *judge, const struct msc_finding *finding)
{
	struct findings *findings = (struct findings *)judge;

	if (judge->violations <= 1)
		findings->first = *finding;
}

/* "2 violations, the first at @3: off-chain" */
static void describe(const struct findings *findings, char *text, size_t size)
{
	const struct msc_finding *first = &findings->first;
	uint64_t page = (first->addr - SCN_ARENA) >> SCN_PAGE_SHIFT;

	if (first->addr >= SCN_ARENA && page < SCN_ARENA_PAGES)
		snprintf(text, size, "%" PRIu64 " violations, the first at @%" PRIu64 ": %s",
			 (uint64_t)findings->judge.violations, page, first->what);
	else
		snprintf(text, size, "%" PRIu64 " violations, the first at %#" PRIx64 ": %s",
			 (uint64_t)findings->judge.violations, (uint64_t)first->addr, first->what);
}

/* " in c", or nothing of the first process. */
static void name_process(const struct scn_player *player, const struct scn_process *process,
			 char *text, size_t size)
{
	bool is_copy = process == &player->copy;
	const char *name = is_copy ? "the copy" :
				     player->scenario->processes[process - player->processes];

	snprintf(text, size, "%s%s", name[0] ? " in " : "", name);
}

void scn_report_check(struct scn_player *player, const struct scn_process *process,
		      const struct scn_line *line, uint64_t allowed)
{
	struct findings findings;
	char expected[120], got[160], where[SCN_NAME_MAX + 4];
	unsigned int i;

	for (i = 0; i < MSC_NR_RULES; i++) {
		findings = (struct findings){ .judge.violation = note };
		msc_rules[i].judge(&process->now, &findings.judge);
		if (!findings.judge.violations || allowed & 1ULL << i)
			continue;
		name_process(player, process, where, sizeof(where));
		snprintf(expected, sizeof(expected), "%s to hold%s", msc_rules[i].name, where);
		describe(&findings, got, sizeof(got));
		scn_failed(player, line, expected, got);
	}
}

void scn_report_write(const struct msc_snapshot *s, FILE *out)
{
	struct msc_file_sink sink = msc_file_sink(out);
	struct msc_snapshot same = *s;
	msc_u64 part, parts;

	/* It follows from the other sections, but for the time that each walk took. */
	same.shown &= ~MSC_SECTION_WHATIF;
	same.facts.pointers = false;
	same.target.pid = 0;
	same.lock.held_us = same.lock.longest_us = 0;
	same.lock.let_go = same.lock.retries = 0;
	same.ksm.scans = 0;
	same.ksm.let_go = 0;
	same.ksm.longest_us = 0;
	parts = msc_report_parts(&same);
	for (part = 0; part < parts; part++)
		msc_report_part(&sink.sink, &same, part);
}
