// SPDX-License-Identifier: GPL-2.0
/*
 * The VMAs of an mm and its counters. The maple tree keeps the range of each VMA by itself, so that
 * it is walked as ever when a VMA says otherwise.
 */
#include <linux/mm.h>
#include <linux/rmap.h>
#include <linux/spinlock.h>

#include "compat.h"
#include "mutation.h"

static int map_count(struct mutation *m)
{
	mutate_set(m, m->mm->map_count, m->mm->map_count + 1);
	return 0;
}

static int total_vm(struct mutation *m)
{
	mutate_set(m, m->mm->total_vm, m->mm->total_vm + 1);
	return 0;
}

static int data_vm(struct mutation *m)
{
	mutate_set(m, m->mm->data_vm, m->mm->data_vm + 1);
	return 0;
}

static int exec_vm(struct mutation *m)
{
	mutate_set(m, m->mm->exec_vm, m->mm->exec_vm + 1);
	return 0;
}

static int stack_vm(struct mutation *m)
{
	mutate_set(m, m->mm->stack_vm, m->mm->stack_vm + 1);
	return 0;
}

/* A page down, into the VMA before it; as long as it was, so that no counter is wrong as well. */
static int overlap(struct mutation *m)
{
	if (m->vma->anon_vma)
		return -EEXIST;
	mutate_set(m, m->vma->vm_start, m->vma->vm_start - PAGE_SIZE);
	mutate_set(m, m->vma->vm_end, m->vma->vm_end - PAGE_SIZE);
	return 0;
}

/* Of a kind that only total_vm counts, which is made to fit. */
static int empty(struct mutation *m)
{
	if (m->vma->anon_vma || (m->vma->vm_flags & (VM_WRITE | VM_EXEC)))
		return -EEXIST;
	mutate_set(m, m->mm->total_vm, m->mm->total_vm - vma_pages(m->vma));
	mutate_set(m, m->vma->vm_end, m->vma->vm_start);
	return 0;
}

/* Behind where its AVCs are in their trees. */
static int move_pgoff(struct mutation *m)
{
	unsigned long pages = vma_pages(m->vma);

#ifdef MSC_HAVE_VMA_ANON_PGOFF
	mutate_set(m, m->vma->__vm_anon_pgoff_lo, m->vma->__vm_anon_pgoff_lo + pages);
#else
	mutate_set(m, m->vma->vm_pgoff, m->vma->vm_pgoff + pages);
#endif
	return 0;
}

/* A VMA that maps anonymous pages loses its anon_vma, but for its chain. */
static int no_anon_vma(struct mutation *m)
{
	spin_lock(&m->mm->page_table_lock);
	mutate_set(m, m->vma->anon_vma, NULL);
	spin_unlock(&m->mm->page_table_lock);
	return 0;
}

/* KSM is no longer to look at a VMA, though the mm says that it is to look at all. */
static int not_mergeable(struct mutation *m)
{
	unsigned long flags = m->vma->vm_flags;

	if (!(flags & VM_MERGEABLE))
		return -EEXIST;
	/* Read-only to all but mm/ since 6.3. */
	mutate_poke(m, (void *)&m->vma->vm_flags, sizeof(flags), flags & ~VM_MERGEABLE);
	return 0;
}

const struct mutate_kind mutate_vma_kinds[] = {
	{ "map-count", 0, map_count, NULL },
	{ "total-vm", 0, total_vm, NULL },
	{ "data-vm", 0, data_vm, NULL },
	{ "exec-vm", 0, exec_vm, NULL },
	{ "stack-vm", 0, stack_vm, NULL },
	{ "vma-overlap", MUTATE_VMA, overlap, NULL },
	{ "vma-empty", MUTATE_VMA, empty, NULL },
	{ "vma-pgoff", MUTATE_VMA | MUTATE_ANON_VMA, move_pgoff, NULL },
	{ "vma-no-anon-vma", MUTATE_VMA | MUTATE_ANON_VMA, no_anon_vma, NULL },
	{ "vma-not-mergeable", MUTATE_VMA, not_mergeable, NULL },
	{}
};
