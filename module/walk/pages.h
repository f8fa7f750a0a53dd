/* SPDX-License-Identifier: GPL-2.0 */
/* The page tables of one VMA into runs. */
#ifndef MSC_WALK_PAGES_H
#define MSC_WALK_PAGES_H

#include "../core/model.h"

struct vm_area_struct;

/* struct msc_pages_walk - a walk over a VMA, which was recorded last */
struct msc_pages_walk {
	struct msc_snapshot *s;
	struct vm_area_struct *vma;
	unsigned long addr;	/* in: where to begin; out: how far it got */
	unsigned long end;	/* in: where to end, at the VMA's end or before it */
	u16 seam;		/* in: MSC_SEAM_* for the first run */
	bool (*stop)(void *ctx);	/* asked between page tables: must the lock be let go? */
	void *ctx;
};

/*
 * Append the runs of the pages from w->addr to w->end. Holds mmap_lock for reading; takes
 * page-table locks and, for pages that contradict the VMA, folio locks; sleeps then. Returns 0 at
 * the end, or
 *   -EAGAIN       no room for more runs: reserve and go on
 *   -EINPROGRESS  w->stop() said so: go on later
 *   -ESTALE       the VMA has got its anon_vma since it was recorded: record that and go on
 */
int msc_walk_pages(struct msc_pages_walk *w);

#endif
