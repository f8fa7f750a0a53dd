/* SPDX-License-Identifier: GPL-2.0 */
/* The targets: which processes have a directory, and the module parameter that says so. */
#ifndef MSC_DEBUGFS_TARGETS_H
#define MSC_DEBUGFS_TARGETS_H

#include <linux/moduleparam.h>

#include "../walk/snapshot.h"

struct dentry;
struct seq_file;

/* More targets than this are E2BIG. */
#define MSC_MAX_TARGETS 64

/*
 * The parameter "targets": see core/pidlist.h for the grammar. All or nothing: a list with an error
 * in it changes nothing, and the kernel log names the member. Reading it gives the PIDs, with
 * commas between.
 *   -EINVAL  not a list of PIDs; signed and unsigned members mixed; a kernel thread; not a process
 *            but one of its threads
 *   -ESRCH   no such process, or it has exited
 *   -EEXIST  the same PID twice, or +PID of a target
 *   -ENOENT  -PID of no target
 *   -E2BIG   more than MSC_MAX_TARGETS
 */
extern const struct kernel_param_ops msc_targets_ops;

/* Limit the page-level sections of target @nr. Returns 0, or -ENOENT if it is none. */
int msc_targets_set_range(pid_t nr, struct msc_walk_range range);

/* The limits that are set, as the parameter "range" takes them, a line each. Returns the length. */
int msc_targets_get_ranges(char *buffer, int size);

/*
 * Make the directories of the targets that insmod named, and from now on those of new ones, in
 * @root.
 */
void msc_targets_init(struct dentry *root);

/* Drop all targets and their directories. Waits for readers that are inside open() or read(). */
void msc_targets_exit(void);

/* The file "targets": a line each. */
int msc_targets_show(struct seq_file *m, void *unused);

#endif
