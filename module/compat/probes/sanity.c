// SPDX-License-Identifier: GPL-2.0
/* A toolchain that cannot build this cannot tell an absent feature from its own failure. */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/mm.h>

unsigned long msc_probe(const struct vm_area_struct *vma);
unsigned long msc_probe(const struct vm_area_struct *vma)
{
	return vma->vm_end - vma->vm_start;
}
