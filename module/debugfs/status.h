/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The file "status": what this module is, what it found in this kernel, and what it has cost so
 * far.
 */
#ifndef MSC_DEBUGFS_STATUS_H
#define MSC_DEBUGFS_STATUS_H

struct seq_file;

int msc_status_show(struct seq_file *m, void *unused);

#endif
