// SPDX-License-Identifier: GPL-2.0
/* Reports kept step by step, in DIR/SCENARIO.VARIANT/LINE-PROCESS, and compared with those. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "diff.h"
#include "output.h"
#include "reader.h"
#include "scenario_play.h"

void scn_record_name(const char *file, char *name, unsigned long size)
{
	static const char suffix[] = ".scn";
	const char *base = strrchr(file, '/'), *folder;
	size_t len = strlen(base ? base + 1 : file), cut = sizeof(suffix) - 1;

	if (len > cut && !strcmp(file + strlen(file) - cut, suffix))
		len -= cut;
	if (!base) {
		snprintf(name, size, "%.*s", (int)len, file);
		return;
	}
	for (folder = base; folder > file && folder[-1] != '/'; folder--)
		;
	snprintf(name, size, "%.*s-%.*s", (int)(base - folder), folder, (int)len, base + 1);
}

/* By its line, so that a step that a guard leaves out on one kernel renames no other. */
static bool step_path(const struct scn_player *player, const char *dir, int line,
		      unsigned int process, char path[PATH_MAX])
{
	char scenario[PATH_MAX];
	int len;

	scn_record_name(player->file, scenario, sizeof(scenario));
	len = snprintf(path, PATH_MAX, "%s/%s.%s/%04d%s%s", dir, scenario, player->variant, line,
		       process ? "-" : "", player->scenario->processes[process]);
	errno = ENAMETOOLONG;
	return len < PATH_MAX;
}

static bool record(const struct msc_snapshot *s, char *path)
{
	char *slash = strrchr(path, '/');
	bool is_there;
	FILE *out;

	*slash = '\0';
	is_there = !mkdir(path, 0777) || errno == EEXIST;
	*slash = '/';
	if (!is_there)
		return false;
	out = fopen(path, "we");
	if (!out)
		return false;
	scn_report_write(s, out);
	return msc_close(out);
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

/* Keep the AVCs, runs and KSM pages of @nr VMAs from the first'th on, which are then the first. */
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
	for (i = kept = 0; i < s->nr_ksm_pages; i++) {
		if (s->ksm_pages[i].vma < first || s->ksm_pages[i].vma >= first + nr)
			continue;
		s->ksm_pages[kept] = s->ksm_pages[i];
		s->ksm_pages[kept++].vma -= first;
	}
	s->nr_ksm_pages = kept;
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
	char path[PATH_MAX];

	if (options->record &&
	    (!step_path(player, options->record, line->line, index, path) ||
	     !record(&process->now, path))) {
		scn_failed(player, line, "to keep the report", strerror(errno));
		return false;
	}
	if (!options->against)
		return true;
	if (!step_path(player, options->against, line->line, index, path)) {
		scn_failed(player, line, "a report to compare with", strerror(errno));
		return false;
	}
	return compare(player, &process->now, line, path);
}
