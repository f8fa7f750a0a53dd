// SPDX-License-Identifier: GPL-2.0
#include <linux/gfp.h>
#include <linux/mm.h>

#include "mapping.h"
#include "msc_config.h"

/*
 * The BIOS of any PC, read-only memory: of a private mapping of page frames, vm_pgoff is the first
 * frame's number, and so it is the same on every machine.
 */
#define ROM_FRAME (0xf0000UL >> PAGE_SHIFT)

static struct page *pages[DEVICE_PAGES];

int device_pages_init(void)
{
	unsigned int i;

	for (i = 0; i < DEVICE_PAGES; i++) {
		pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!pages[i]) {
			device_pages_exit();
			return -ENOMEM;
		}
	}
	return 0;
}

void device_pages_exit(void)
{
	unsigned int i;

	for (i = 0; i < DEVICE_PAGES && pages[i]; i++)
		put_page(pages[i]);
}

static vm_fault_t fault(struct vm_fault *vmf)
{
	if (vmf->pgoff >= DEVICE_PAGES)
		return VM_FAULT_SIGBUS;
	get_page(pages[vmf->pgoff]);
	vmf->page = pages[vmf->pgoff];
	return 0;
}

static const struct vm_operations_struct vm_ops = {
	.fault = fault,
};

static bool is_within(unsigned long pgoff, unsigned long nr)
{
	return pgoff < DEVICE_PAGES && nr <= DEVICE_PAGES - pgoff;
}

void device_change_flags(struct vm_area_struct *vma, unsigned long set, unsigned long clear)
{
	unsigned long *flags = (unsigned long *)&vma->vm_flags;

	*flags = (*flags | set) & ~clear;
}

/* Of the flags that come with page frames, this device wants the one. */
static int map_frames(struct vm_area_struct *vma)
{
	int err = remap_pfn_range(vma, vma->vm_start, ROM_FRAME + vma->vm_pgoff,
				  vma->vm_end - vma->vm_start, vma->vm_page_prot);

	if (!err)
		device_change_flags(vma, 0, VM_IO | VM_DONTEXPAND);
	return err;
}

int device_mmap(unsigned long flag, struct vm_area_struct *vma)
{
	if (!is_within(vma->vm_pgoff, vma_pages(vma)))
		return -EINVAL;
	if (flag == VM_PFNMAP)
		return map_frames(vma);
	vma->vm_ops = &vm_ops;
	device_change_flags(vma, flag, 0);
	return 0;
}

#ifdef MSC_HAVE_MMAP_PREPARE
int device_mmap_prepare(unsigned long flag, struct vm_area_desc *desc)
{
	if (!is_within(desc->pgoff, vma_desc_pages(desc)))
		return -EINVAL;
	if (flag == VM_PFNMAP) {
		mmap_action_remap_full(desc, ROM_FRAME + desc->pgoff);
		return 0;
	}
	desc->vm_ops = &vm_ops;
	vma_desc_set_flags_mask(desc, legacy_to_vma_flags(flag));
	return 0;
}
#endif
