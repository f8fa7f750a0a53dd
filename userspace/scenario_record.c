// SPDX-License-Identifier: GPL-2.0
/* Reports kept step by step, in DIR/SCENARIO.VARIANT/STEP-PROCESS. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

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

bool scn_report_keep(struct scn_player *player, const struct scn_process *process,
		     const struct scn_line *line)
{
	unsigned int index = (unsigned int)(process - player->processes);
	char folder[512], path[512], got[600];

	if (!player->options->record)
		return true;
	step_path(player, player->options->record, index, folder, path, sizeof(path));
	if (record(player, &process->now, folder, path))
		return true;
	snprintf(got, sizeof(got), "%s: %s", path, strerror(errno));
	scn_failed(player, line, "to keep the report", got);
	return false;
}
