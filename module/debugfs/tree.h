/* SPDX-License-Identifier: GPL-2.0 */
/* /sys/kernel/debug/mergescope: everything in it, from load to unload. */
#ifndef MSC_DEBUGFS_TREE_H
#define MSC_DEBUGFS_TREE_H

/*
 * Find out what this kernel has, then make the tree. Returns 0, or -errno where debugfs is not
 * there or has no memory: nothing is left behind then.
 */
int msc_tree_init(void);

void msc_tree_exit(void);

#endif
