// SPDX-License-Identifier: GPL-2.0
/* 6.6: the test behind [heap] in maps became vma_is_initial_heap(). */
#include <linux/mm.h>

bool msc_probe(const struct vm_area_struct *vma);
bool msc_probe(const struct vm_area_struct *vma)
{
	return vma_is_initial_heap(vma);
}
