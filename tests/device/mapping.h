/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the devices map. Each kind of mapping has one flag of VM_SPECIAL, so that a test can tell
 * what that flag does:
 *
 *	plain		none of them
 *	pfnmap		page frames that nobody counts, as remap_pfn_range() maps them
 *	mixedmap	pages, where page frames could be as well
 *	io		pages of a device, which nothing but the CPU may look at
 *	dontexpand	pages of a mapping that must stay as long as it is
 *	huge-pfnmap	memory of the machine's, mapped by a PMD as page frames; nobody counts it
 *	pud-pfnmap	the first GiB of its memory, to be read only, by a PUD; on kernels that ask
 *			a driver for one (not 6.1: mm/huge_memory.c:hugepage_vma_check())
 */
#ifndef DEVICE_MAPPING_H
#define DEVICE_MAPPING_H

struct file;
struct vm_area_desc;
struct vm_area_struct;

/* A device maps so many pages, from the offset 0 on. */
#define DEVICE_PAGES 16

/* The pages that all but pfnmap map. Returns 0 or -ENOMEM. */
int device_pages_init(void);

/* No mapping is left: each holds its file, and that this module. */
void device_pages_exit(void);

/*
 * file_operations.mmap for the kind that has @flag, VM_NONE for plain. mmap_lock is held for
 * writing. Returns 0, -EINVAL beyond the device's pages, or what remap_pfn_range() does.
 */
int device_mmap(unsigned long flag, struct vm_area_struct *vma);

/*
 * file_operations.mmap_prepare, where the kernel has it; as device_mmap(), but that pfnmap has
 * VM_IO and VM_DONTEXPAND besides: mm/memory.c:remap_pfn_range_prepare() sets them behind it.
 */
int device_mmap_prepare(unsigned long flag, struct vm_area_desc *desc);

/* The memory that huge-pfnmap maps; without it there is no mapping. */
void device_huge_init(void);
void device_huge_exit(void);

/*
 * file_operations.mmap for huge-pfnmap, as device_mmap(). Returns 0, -ENOMEM, or -EINVAL if it is
 * not shared and just a huge page, where one can be mapped.
 */
int device_mmap_huge(struct file *file, struct vm_area_struct *vma);

/* The same for pud-pfnmap; -EACCES if it is to be written to. */
int device_mmap_pud(struct file *file, struct vm_area_struct *vma);

/* vm_flags_set() and vm_flags_clear() of 6.3; the VMA is not in its mm's tree yet. */
void device_change_flags(struct vm_area_struct *vma, unsigned long set, unsigned long clear);

#endif
