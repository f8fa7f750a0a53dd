// SPDX-License-Identifier: GPL-2.0
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "../walk/facts.h"
#include "../walk/ksm.h"
#include "../walk/symbols.h"
#include "files.h"
#include "status.h"
#include "targets.h"
#include "tree.h"

static struct dentry *root;
static const struct msc_source self = { .range = MSC_WALK_EVERYWHERE };

DEFINE_SHOW_ATTRIBUTE(msc_status);
DEFINE_SHOW_ATTRIBUTE(msc_targets);

int msc_tree_init(void)
{
	msc_walk_symbols_init();
	msc_facts_init();
	msc_ksm_init();
	root = debugfs_create_dir("mergescope", NULL);
	if (IS_ERR(root))
		return PTR_ERR(root);
	debugfs_create_file("status", 0400, root, NULL, &msc_status_fops);
	debugfs_create_file("targets", 0400, root, NULL, &msc_targets_fops);
	msc_files_create(debugfs_create_dir("self", root), &self);
	msc_targets_init(root);
	return 0;
}

void msc_tree_exit(void)
{
	msc_targets_exit();
	debugfs_remove(root);
}
