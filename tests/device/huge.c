// SPDX-License-Identifier: GPL-2.0
/* Memory that a driver maps huge, as page frames that nobody counts. */
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

int device_mmap_huge(struct file *file, struct vm_area_struct *vma)
{
	if (!huge_page)
		return -ENOMEM;
	if (!(vma->vm_flags & VM_MAYSHARE) || vma->vm_start & ~PMD_MASK ||
	    vma->vm_end - vma->vm_start != PMD_SIZE)
		return -EINVAL;
	vma->vm_ops = &vm_ops;
	device_change_flags(vma, VM_PFNMAP, 0);
	return 0;
}
