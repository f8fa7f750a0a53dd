/* SPDX-License-Identifier: GPL-2.0 */
/* What KSM knows of an mm, into records: its rmap_items, and the pages that it shares. */
#ifndef MSC_WALK_KSM_H
#define MSC_WALK_KSM_H

#include <linux/ktime.h>
#include <linux/mm_types.h>

#include "../core/model.h"

/* struct msc_ksm_walk - a walk over the rmap_items and the KSM pages of an mm, by address */
struct msc_ksm_walk {
	struct msc_snapshot *s;
	struct mm_struct *mm;
	unsigned long start, end;	/* of the range that is looked at, bytes */
	/* Asked between addresses: must mmap_lock be let go? If not, the mutex may have been. */
	bool (*stop)(void *ctx);
	void *ctx;

	/* The caller leaves these alone. */
	bool locked;		/* ksm_thread_mutex is held */
	u32 hold;		/* how often it has been taken */
	ktime_t since;		/* it was taken */
	s64 hold_us;		/* and should be let go so much later */
	const void *item;	/* the rmap_item that comes next; only if locked */
	unsigned long behind;	/* every rmap_item below this address was recorded */
	u64 left;		/* rmap_items that may still come: a list has an end */
	unsigned long addr;	/* every page below it was looked at */
	u32 run;		/* the run of pages that comes next */
};

/*
 * See whether KSM's lists look as they should, once, at load: behind msc_facts_init(). If ksmd has
 * them, or they are empty, the first snapshots will.
 */
void msc_ksm_init(void);

/* Begin a walk; what the first part of @k says is set, and the rest zero. No lock is held. */
void msc_ksm_begin(struct msc_ksm_walk *k);

/*
 * Take ksm_thread_mutex, if KSM's lists are wanted and can be had; before mmap_lock, or behind one
 * that is never let go. Tries for a bounded time, and then the snapshot is without what comes from
 * there on (s->ksm.lists). No-op if it is held. Returns 0, or -EINTR if the caller was killed.
 */
int msc_ksm_lock(struct msc_ksm_walk *k);

/* Let it go; the walk can go on after another msc_ksm_lock(). No-op if it is not held. */
void msc_ksm_unlock(struct msc_ksm_walk *k);

/* Was it held for so long that ksmd and the knobs in sysfs should have their turn? */
bool msc_ksm_is_due(const struct msc_ksm_walk *k);

/* mmap_lock does not come: go on without the lists. Lets the mutex go. */
void msc_ksm_give_up(struct msc_ksm_walk *k);

/*
 * Record what KSM knows of the addresses below @upto whose pages are in the runs, if its lists can
 * be had. Holds mmap_lock for reading, and ksm_thread_mutex unless k->stop() has let it go: then it
 * is taken as msc_ksm_lock() does. Takes page-table locks, folio locks; may sleep. Returns 0, or
 *   -EAGAIN       no room: reserve and go on
 *   -EINPROGRESS  k->stop() said so: go on later
 *   -EINTR        the caller was killed
 */
int msc_ksm_walk(struct msc_ksm_walk *k, unsigned long upto);

/* What the mm counts, at the end of the walk. Holds mmap_lock. */
void msc_ksm_finish(struct msc_ksm_walk *k);

#endif
