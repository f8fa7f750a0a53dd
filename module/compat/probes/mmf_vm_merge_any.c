// SPDX-License-Identifier: GPL-2.0
/* 6.4: PR_SET_MEMORY_MERGE, kept as MMF_VM_MERGE_ANY. Its header moved; mm.h brings either. */
#include <linux/mm.h>
#include <linux/sched/coredump.h>

int msc_probe(void);
int msc_probe(void)
{
	return MMF_VM_MERGE_ANY;
}
