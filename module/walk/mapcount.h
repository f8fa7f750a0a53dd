/* SPDX-License-Identifier: GPL-2.0 */
/* How many mappings of a folio its reverse map finds. */
#ifndef MSC_WALK_MAPCOUNT_H
#define MSC_WALK_MAPCOUNT_H

#include "../core/model.h"

struct anon_vma;
struct folio;

/*
 * Set mapcount, reached and MSC_PAGE_COUNTED in @facts, which are of a page of @folio: anonymous,
 * not KSM's, locked, and of @anon_vma, which is on the chain of a VMA of the process that is
 * walked. Leaves them as they are if the mappings cannot be counted: too many, changing all the
 * time, a device's, or the caller is killed. Holds mmap_lock of that process for reading; takes the
 * anon_vma root's rwsem for reading, and page-table locks of all processes that map the folio; may
 * sleep.
 */
void msc_count_mappings(struct msc_page *facts, struct folio *folio, struct anon_vma *anon_vma);

#endif
