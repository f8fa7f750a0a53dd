// SPDX-License-Identifier: GPL-2.0
/* Reports kept step by step, in DIR/SCENARIO.VARIANT/STEP-PROCESS, and compared with those. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "diff.h"
#include "reader.h"
#include "scenario_play.h"

/* The file's folder and its name without what follows the dot: "mremap-there_and_back". */
static void scenario_name(const char *file, char *name, size_t size)
{
	const char *base = strrchr(file, '/'), *folder;
	size_t len = strcspn(base ? base + 1 : file, ".");

	if (!base) {
		snprintf(name, size, "%.*s", (int)len, file);
		return;
	}
	for (folder = base; folder > file && folder[-1] != '/'; folder--)
		;
	snprintf(name, size, "%.*s-%.*s", (int)(base - folder), folder, (int)len, base + 1);
}

static void step_path(const struct scn_player *player, const char *dir, unsigned int process,
		      char *folder, char *path, size_t size)
{
	const char *name = player->scenario->processes[process];
	char scenario[SCN_LINE_MAX];

	scenario_name(player->file, scenario, sizeof(scenario));
	snprintf(folder, size, "%s/%s.%s", dir, scenario, player->variant);
	snprintf(path, size, "%s/%s.%s/%03u%s%s", dir, scenario, player->variant, player->step,
		 process ? "-" : "", name);
}

static bool record(const struct scn_player *player, const struct msc_snapshot *s,
		   const char *folder, const char *path)
{
	FILE *out;

	if (mkdir(player->options->record, 0777) && errno != EEXIST)
		return false;
	if (mkdir(folder, 0777) && errno != EEXIST)
		return false;
	out = fopen(path, "we");
	if (!out)
		return false;
	scn_report_write(s, out);
	return !fclose(out);
}

/* struct against - a differ that notes what it is told on the player's output */
struct against {
	struct msc_differ differ;
	FILE *out;
};

static void note(struct msc_differ *differ, const struct msc_change *change)
{
	FILE *out = ((struct against *)differ)->out;

	fprintf(out, "#   %s %s", change->what, change->where ? change->where : "");
	if (change->key)
		fprintf(out, ": %s", change->key);
	if (change->from || change->to)
		fprintf(out, ": %s -> %s", change->from ? change->from : "nothing",
			change->to ? change->to : "nothing");
	fputc('\n', out);
}

static bool read_report(FILE *in, struct msc_snapshot *s, struct msc_reader_error *error)
{
	bool good;

	if (!in) {
		snprintf(error->text, sizeof(error->text), "%s", strerror(errno));
		return false;
	}
	good = !msc_reader_read(in, s, error);
	fclose(in);
	return good;
}

/* @from as it would be kept. */
static bool copy_report(const struct msc_snapshot *from, struct msc_snapshot *s,
			struct msc_reader_error *error)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	bool good;

	if (!out)
		return false;
	scn_report_write(from, out);
	good = !fclose(out) && read_report(fmemopen(text, len, "r"), s, error);
	free(text);
	return good;
}

/* Keep the AVCs and runs of @nr VMAs from the first'th on, which are then the first. */
static void keep_parts(struct msc_snapshot *s, msc_u32 first, msc_u32 nr)
{
	msc_u32 i, kept = 0;

	for (i = 0; i < s->nr_avcs; i++) {
		if (s->avcs[i].vma < first || s->avcs[i].vma >= first + nr)
			continue;
		s->avcs[kept] = s->avcs[i];
		s->avcs[kept++].vma -= first;
	}
	s->nr_avcs = kept;
	for (i = kept = 0; i < s->nr_runs; i++) {
		if (s->runs[i].vma < first || s->runs[i].vma >= first + nr)
			continue;
		s->runs[kept] = s->runs[i];
		s->runs[kept++].vma -= first;
	}
	s->nr_runs = kept;
}

static bool is_named(const struct msc_snapshot *s, msc_u64 anon_vma)
{
	msc_u32 i;

	for (i = 0; i < s->nr_avcs; i++) {
		if (s->avcs[i].anon_vma == anon_vma)
			return true;
	}
	return false;
}

/*
 * What lies outside of the arena (the agent itself, the vdso) is no part of a scenario, and not the
 * same on two kernels; nor are the sums over it.
 */
static void keep_arena(struct msc_snapshot *s)
{
	msc_u32 first = 0, nr = 0, i, kept = 0;

	while (first < s->nr_vmas && s->vmas[first].start < scn_address(0))
		first++;
	while (first + nr < s->nr_vmas &&
	       s->vmas[first + nr].start < scn_address(SCN_ARENA_PAGES))
		nr++;
	memmove(s->vmas, s->vmas + first, nr * sizeof(*s->vmas));
	s->nr_vmas = nr;
	keep_parts(s, first, nr);
	for (i = 0; i < s->nr_anon_vmas; i++) {
		if (is_named(s, s->anon_vmas[i].self))
			s->anon_vmas[kept++] = s->anon_vmas[i];
	}
	s->nr_anon_vmas = kept;
	s->target.map_count = nr;
	s->target.total_vm = s->target.data_vm = s->target.exec_vm = s->target.stack_vm = 0;
	s->sections &= ~MSC_SECTION_CHECK;
}

/* The differences come first, and below them what they are of. */
static bool compare(struct scn_player *player, const struct msc_snapshot *now,
		    const struct scn_line *line, const char *path)
{
	struct against against = {
		{ .same_addresses = true, .change = note }, player->out,
	};
	struct msc_reader_error error = { .text = "no memory" };
	struct msc_snapshot kept, same;
	bool good;

	msc_snapshot_init(&kept, &msc_reader_alloc, MSC_SECTION_ALL);
	msc_snapshot_init(&same, &msc_reader_alloc, MSC_SECTION_ALL);
	good = read_report(fopen(path, "re"), &kept, &error) && copy_report(now, &same, &error);
	if (good) {
		keep_arena(&kept);
		keep_arena(&same);
		good = msc_diff(&kept, &same, &against.differ);
	}
	if (!good)
		scn_failed(player, line, path, error.text);
	else if (against.differ.changes)
		scn_failed(player, line, path, "the differences above");
	msc_snapshot_free(&kept);
	msc_snapshot_free(&same);
	return good;
}

bool scn_report_keep(struct scn_player *player, const struct scn_process *process,
		     const struct scn_line *line)
{
	const struct scn_options *options = player->options;
	unsigned int index = (unsigned int)(process - player->processes);
	char folder[512], path[512], got[600];

	if (options->record) {
		step_path(player, options->record, index, folder, path, sizeof(path));
		if (!record(player, &process->now, folder, path)) {
			snprintf(got, sizeof(got), "%s: %s", path, strerror(errno));
			scn_failed(player, line, "to keep the report", got);
			return false;
		}
	}
	if (!options->against)
		return true;
	step_path(player, options->against, index, folder, path, sizeof(path));
	return compare(player, &process->now, line, path);
}
