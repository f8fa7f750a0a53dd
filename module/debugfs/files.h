/* SPDX-License-Identifier: GPL-2.0 */
/* The report files: a snapshot taken at open(), read from there. */
#ifndef MSC_DEBUGFS_FILES_H
#define MSC_DEBUGFS_FILES_H

#include "../walk/snapshot.h"

struct dentry;
struct pid;

/* struct msc_source - what a directory's files report */
struct msc_source {
	struct pid *pid;		/* NULL: the process that opens the file */
	struct msc_walk_range range;	/* READ_ONCE(): it can be set while a file is opened */
};

/* Put the report files into @dir. @source is the caller's; it stays until the files are removed. */
void msc_files_create(struct dentry *dir, const struct msc_source *source);

#endif
