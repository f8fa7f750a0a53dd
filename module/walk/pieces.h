/* SPDX-License-Identifier: GPL-2.0 */
/* Does one VMA have all pages of a large folio that is not mapped by a PMD? */
#ifndef MSC_WALK_PIECES_H
#define MSC_WALK_PIECES_H

#include <linux/types.h>

struct folio;
struct mm_struct;

/*
 * Does an entry for each page of the large @folio stand in @mm's page tables, side by side from
 * @start on: one that maps the page, or the swap entry for which the folio is in the swap cache?
 * The caller holds mmap_lock for reading, RCU's read lock, and the page-table lock of one of these
 * entries, by which the folio stays; what is in another page table is read as it is at the moment.
 */
bool msc_pieces_are_whole(struct mm_struct *mm, unsigned long start, struct folio *folio);

#endif
