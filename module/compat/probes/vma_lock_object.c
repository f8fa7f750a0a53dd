// SPDX-License-Identifier: GPL-2.0
/* 6.4: a VMA's lock is an object of its own; 6.15 put it into the VMA. */
#include <linux/mm.h>

size_t msc_probe(const struct vm_area_struct *vma);
size_t msc_probe(const struct vm_area_struct *vma)
{
	return sizeof(*vma->vm_lock);
}
