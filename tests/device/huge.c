// SPDX-License-Identifier: GPL-2.0
/* Memory that a driver maps by a PMD or a PUD, as page frames that nobody counts. */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/pgtable.h>

#include "mapping.h"
#include "msc_config.h"
#ifdef MSC_HAVE_PFN_T
#include <linux/pfn_t.h>
#endif

static struct page *huge_page;

void device_huge_init(void)
{
	huge_page = alloc_pages(GFP_KERNEL | __GFP_COMP | __GFP_ZERO | __GFP_NOWARN,
				PMD_SHIFT - PAGE_SHIFT);
}

void device_huge_exit(void)
{
	if (huge_page)
		put_page(huge_page);
}

/*
 * Not .huge_fault, which 6.1 does not call for VM_PFNMAP: a fault may as well fill the PMD, which
 * is none.
 */
static vm_fault_t fault(struct vm_fault *vmf)
{
	unsigned long pfn = page_to_pfn(huge_page);

#ifdef MSC_HAVE_PFN_T
	return vmf_insert_pfn_pmd(vmf, __pfn_to_pfn_t(pfn, 0), false);
#else
	return vmf_insert_pfn_pmd(vmf, pfn, false);
#endif
}

static const struct vm_operations_struct vm_ops = {
	.fault = fault,
};

static int map(struct vm_area_struct *vma, unsigned long size,
	       const struct vm_operations_struct *ops)
{
	if (!(vma->vm_flags & VM_MAYSHARE) || vma->vm_start & (size - 1) ||
	    vma->vm_end - vma->vm_start != size)
		return -EINVAL;
	vma->vm_ops = ops;
	device_change_flags(vma, VM_PFNMAP, 0);
	return 0;
}

int device_mmap_huge(struct file *file, struct vm_area_struct *vma)
{
	return huge_page ? map(vma, PMD_SIZE, &vm_ops) : -ENOMEM;
}

#ifdef MSC_HAVE_HUGE_FAULT_ORDER
/* Not .fault: before that is called the PUD gets a table of PMDs. */
static vm_fault_t pud_fault(struct vm_fault *vmf, unsigned int order)
{
	if (order != PUD_ORDER)
		return VM_FAULT_SIGBUS;
#ifdef MSC_HAVE_PFN_T
	return vmf_insert_pfn_pud(vmf, __pfn_to_pfn_t(0, 0), false);
#else
	return vmf_insert_pfn_pud(vmf, 0, false);
#endif
}

static const struct vm_operations_struct pud_ops = {
	.huge_fault = pud_fault,
};

int device_mmap_pud(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_WRITE)
		return -EACCES;
	device_change_flags(vma, 0, VM_MAYWRITE);
	return map(vma, PUD_SIZE, &pud_ops);
}
#endif
