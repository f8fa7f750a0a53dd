/* SPDX-License-Identifier: GPL-2.0 */
/* The report files: a snapshot taken at open(), read from there. */
#ifndef MSC_DEBUGFS_FILES_H
#define MSC_DEBUGFS_FILES_H

struct dentry;
struct pid;

/*
 * Put the report files into @dir. They report @pid, whose reference the caller holds until the
 * files are removed; with NULL the process that opens them.
 */
void msc_files_create(struct dentry *dir, struct pid *pid);

#endif
