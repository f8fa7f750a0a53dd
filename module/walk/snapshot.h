/* SPDX-License-Identifier: GPL-2.0 */
/* A whole process into a snapshot, holding its mmap_lock no longer at a stretch than allowed. */
#ifndef MSC_WALK_SNAPSHOT_H
#define MSC_WALK_SNAPSHOT_H

#include <linux/mm.h>
#include <linux/types.h>

#include "../core/model.h"

struct pid;

/* struct msc_walk_range - the part of an address space whose pages are looked at; bytes */
struct msc_walk_range {
	unsigned long start;
	unsigned long end;	/* exclusive */
};

/* All of it. */
#define MSC_WALK_EVERYWHERE { 0, PAGE_MASK }

/* struct msc_walk_options - how to walk */
struct msc_walk_options {
	unsigned int hold_us;	/* longest stretch under mmap_lock; 0: never let go */
	struct msc_walk_range range;
	bool deep;		/* count the mappings of each anonymous folio */
	bool pointers;		/* the reader may see kernel addresses */
};

/* struct msc_walk_totals - since the module was loaded, over all snapshots */
struct msc_walk_totals {
	u64 snapshots;
	u64 let_go;		/* times mmap_lock was let go on the way */
	u64 retries;		/* torn attempts thrown away */
	u64 longest_us;		/* longest stretch under mmap_lock */
};

/*
 * Take a snapshot of @pid into @s, which the caller has initialised with msc_walk_alloc and frees
 * in any case. Sleeps; takes mmap_lock for reading, killably. Returns 0 or
 *   -ESRCH, -EPERM   as msc_target_get_mm()
 *   -EINTR           the caller was killed
 *   -ENOMEM          no memory for the snapshot
 */
int msc_walk_snapshot(struct msc_snapshot *s, struct pid *pid,
		      const struct msc_walk_options *options);

struct msc_walk_totals msc_walk_totals_get(void);

#endif
