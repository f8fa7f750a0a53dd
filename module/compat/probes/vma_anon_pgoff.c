// SPDX-License-Identifier: GPL-2.0
/* 7.3: a VMA keeps the page offset of its anonymous pages apart from vm_pgoff. */
#include <linux/mm.h>

pgoff_t msc_probe(const struct vm_area_struct *vma);
pgoff_t msc_probe(const struct vm_area_struct *vma)
{
	return vma_start_anon_pgoff(vma);
}
