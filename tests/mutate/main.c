// SPDX-License-Identifier: GPL-2.0
/*
 * mergescope_mutate corrupts kernel objects of a process on purpose, so that a test can see that
 * mergescope notices. For disposable virtual machines only: never installed, and not loaded by
 * accident.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "control.h"
#include "mutation.h"
#include "symbols.h"

static bool i_know;
module_param(i_know, bool, 0400);
MODULE_PARM_DESC(i_know, "I know that this corrupts the kernel on purpose");

static int __init mutate_init(void)
{
	if (!i_know) {
		pr_err("mergescope_mutate: corrupts the kernel on purpose; it wants i_know=1\n");
		return -EPERM;
	}
	msc_compat_symbols_init();
	return mutate_control_init();
}

/* Nothing stays corrupted behind the module: its file goes first, then what it did. */
static void __exit mutate_exit(void)
{
	mutate_control_exit();
	mutate_undo();
	mutate_unpin();
}

module_init(mutate_init);
module_exit(mutate_exit);

MODULE_DESCRIPTION("Deliberate corruption of a process's VMAs, anon_vmas, folios and rmap_items");
MODULE_LICENSE("GPL");
