/* SPDX-License-Identifier: GPL-2.0 */
/* A VMA's AVCs, and the anon_vmas behind them, into records. */
#ifndef MSC_WALK_ANON_VMA_H
#define MSC_WALK_ANON_VMA_H

#include "../core/model.h"

struct vm_area_struct;

/*
 * Has @vma AVCs? A fault links the first under page_table_lock, which is taken; under mmap_lock,
 * held for reading, a chain that has one stays as it is.
 */
bool msc_vma_has_chain(struct vm_area_struct *vma);

/*
 * Append the AVCs of @vma, which was recorded last, and those of their anon_vmas that are not
 * recorded yet. Holds mmap_lock for reading; takes each anon_vma root's rwsem for reading,
 * killably. Returns 0, or
 *   -EAGAIN  no room: take the snapshot back to before the VMA, and reserve
 *   -EINTR   the caller was killed
 */
int msc_walk_anon_vmas(struct msc_snapshot *s, struct vm_area_struct *vma);

#endif
