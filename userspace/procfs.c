// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "procfs.h"
#include "source.h"

#define PF_KTHREAD 0x00200000ul	/* include/linux/sched.h, in every release */

/* Has @pid an address space? By /proc/PID/stat, whose second field may hold anything. */
static bool has_mm(int pid)
{
	char path[64], line[1024], *end, state;
	unsigned long flags;
	FILE *stat;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	stat = fopen(path, "r");
	if (!stat)
		return false;
	n = fread(line, 1, sizeof(line) - 1, stat);
	fclose(stat);
	line[n] = '\0';
	end = strrchr(line, ')');
	if (!end || sscanf(end + 1, " %c %*d %*d %*d %*d %*d %lu", &state, &flags) != 2)
		return false;
	return state != 'Z' && state != 'X' && !(flags & PF_KTHREAD);
}

static bool add_pid(int **pids, size_t *nr, int pid)
{
	int *grown = pids[0];

	/* Full at each power of two. */
	if (!(*nr & (*nr - 1)))
		grown = realloc(*pids, (*nr ? 2 * *nr : 1) * sizeof(**pids));
	if (!grown)
		return false;
	*pids = grown;
	grown[(*nr)++] = pid;
	return true;
}

int *msc_procfs_pids(size_t *nr)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int *pids = malloc(sizeof(*pids)), pid;
	bool ok = pids && proc;

	*nr = 0;
	while (ok && (entry = readdir(proc))) {
		pid = msc_source_pid(entry->d_name);
		if (pid && has_mm(pid))
			ok = add_pid(&pids, nr, pid);
	}
	if (proc)
		closedir(proc);
	if (ok)
		return pids;
	msc_trouble("/proc: %s", strerror(errno));
	free(pids);
	return NULL;
}

long msc_procfs_vmas(int pid)
{
	char path[64], *line = NULL;
	size_t size = 0;
	long vmas = 0;
	ssize_t len;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "r");
	if (!maps)
		return errno == ENOENT || errno == ESRCH ? 0 : -1;
	while ((len = getline(&line, &size, maps)) > 0)
		vmas += !strstr(line, "[vsyscall]");
	free(line);
	fclose(maps);
	return vmas;
}
