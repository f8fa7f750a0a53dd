/* SPDX-License-Identifier: GPL-2.0 */
/* What /proc says of processes. */
#ifndef MSC_PROCFS_H
#define MSC_PROCFS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The PIDs of all processes that have an address space: no kernel threads, no zombies. malloc()ed;
 * NULL, with a line on stderr, if /proc cannot be read or there is no memory.
 */
int *msc_procfs_pids(size_t *nr);

/*
 * The number of VMAs of @pid, by the lines of its maps; vsyscall, which is no VMA, does not count.
 * -1 with errno set if it cannot be read, 0 if the process has exited.
 */
long msc_procfs_vmas(int pid);

#endif
