// SPDX-License-Identifier: GPL-2.0
/*
 * mergescope: why VMAs stay apart, and whether the reverse map still finds its pages.
 *
 * core/ judges records, walk/ makes them from a process, compat/ knows the kernels, debugfs/ shows
 * it all.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/printk.h>

#include "core/format.h"
#include "debugfs/range.h"
#include "debugfs/settings.h"
#include "debugfs/targets.h"
#include "debugfs/tree.h"

unsigned int msc_hold_us = 1000;
module_param_named(hold_us, msc_hold_us, uint, 0600);
MODULE_PARM_DESC(hold_us, "longest stretch under a target's mmap_lock, us; 0: never let go");

bool msc_deep;
module_param_named(deep, msc_deep, bool, 0600);
MODULE_PARM_DESC(deep, "also count the mappings of each anonymous folio (slow)");

bool msc_pointers;
module_param_named(pointers, msc_pointers, bool, 0600);
MODULE_PARM_DESC(pointers, "add kernel addresses to reports of readers with CAP_SYSLOG");

module_param_cb(range, &msc_range_ops, NULL, 0600);
MODULE_PARM_DESC(range, "PID:START-END: limit a target's page-level sections; PID: lifts that");

module_param_cb(targets, &msc_targets_ops, NULL, 0600);
MODULE_PARM_DESC(targets, "processes to report: PID,... or at run time also +PID,-PID,...");

static int __init mergescope_init(void)
{
	int err = msc_tree_init();

	if (err)
		pr_err("no directory in debugfs (errno %d): is debugfs off, or the name taken?\n",
		       -err);
	return err;
}

static void __exit mergescope_exit(void)
{
	msc_tree_exit();
}

module_init(mergescope_init);
module_exit(mergescope_exit);

MODULE_DESCRIPTION("Inspector of VMAs, anon_vmas and their consistency, in debugfs");
MODULE_AUTHOR("mergescope developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(MSC_VERSION);
