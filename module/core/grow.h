/* SPDX-License-Identifier: GPL-2.0 */
/* How a snapshot's memory grows: shared by the files of the model, nobody else's. */
#ifndef MSC_CORE_GROW_H
#define MSC_CORE_GROW_H

#include "model.h"

/* Twice what is used, and at least @min more than that. */
static inline msc_u32 msc_more(msc_u32 used, msc_u32 min)
{
	return used * 2 + min;
}

/*
 * Grow the array at @array, of *@max elements of @size bytes, to @wanted elements. Returns 0 or
 * MSC_NOROOM.
 */
int msc_grow(struct msc_snapshot *s, void **array, msc_u32 *max, msc_u32 wanted, msc_size size);

/* Grow a map so that it has room for @wanted keys. Returns 0 or MSC_NOROOM. */
int msc_grow_map(struct msc_snapshot *s, struct msc_map *map, msc_u32 wanted);

/* The part of msc_snapshot_reserve() that is KSM's. */
int msc_reserve_ksm(struct msc_snapshot *s);

#endif
