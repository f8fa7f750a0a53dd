// SPDX-License-Identifier: GPL-2.0
/* Reports kept step by step, in DIR/SCENARIO.VARIANT/STEP-PROCESS, and compared with those. */
#include <errno.h>
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

/* A report that was kept. */
static bool read_kept(const char *path, struct msc_snapshot *s, struct msc_reader_error *error)
{
	FILE *in = fopen(path, "re");
	bool good;

	msc_snapshot_init(s, &msc_reader_alloc, MSC_SECTION_ALL);
	if (!in) {
		snprintf(error->text, sizeof(error->text), "%s", strerror(errno));
		return false;
	}
	good = !msc_reader_read(in, s, error);
	fclose(in);
	return good;
}

/* The differences come first, and below them what they are of. */
static bool compare(struct scn_player *player, const struct msc_snapshot *now,
		    const struct scn_line *line, const char *path)
{
	struct against against = {
		{ .same_addresses = true, .change = note }, player->out,
	};
	struct msc_reader_error error = { 0 };
	struct msc_snapshot kept, same = *now;
	bool good;

	same.facts.pointers = false;
	same.target.pid = 0;
	good = read_kept(path, &kept, &error) && msc_diff(&kept, &same, &against.differ);
	if (!good)
		scn_failed(player, line, path, error.text[0] ? error.text : "no memory");
	else if (against.differ.changes)
		scn_failed(player, line, path, "the differences above");
	msc_snapshot_free(&kept);
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
