/* SPDX-License-Identifier: GPL-2.0 */
/* One VMA into one record. */
#ifndef MSC_WALK_VMA_H
#define MSC_WALK_VMA_H

#include "../core/model.h"

struct vm_area_struct;

/*
 * Append @vma to @s, which must have room (msc_snapshot_has_room()). @path_buf is scratch space of
 * MSC_NAME_MAX bytes. Holds mmap_lock for reading; takes mm->page_table_lock; does not sleep.
 */
void msc_walk_vma(struct msc_snapshot *s, struct vm_area_struct *vma, char *path_buf);

/* Fill in the anon_vma that @vma, which was added last, has got since. Locks as above. */
void msc_walk_vma_anon(struct msc_snapshot *s, struct vm_area_struct *vma);

#endif
