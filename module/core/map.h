/* SPDX-License-Identifier: GPL-2.0 */
/* A map from a non-zero 64-bit key to a 32-bit value, in memory that its owner provides. */
#ifndef MSC_CORE_MAP_H
#define MSC_CORE_MAP_H

#include "types.h"

struct msc_map_slot {
	msc_u64 key;	/* 0: free */
	msc_u32 value;
};

/*
 * struct msc_map - open addressing; @max is 0 or a power of two, and at most three quarters are
 * used
 */
struct msc_map {
	struct msc_map_slot *slots;
	msc_u32 used, max;
};

/* Is there room for one more key? */
msc_bool msc_map_has_room(const struct msc_map *map);

/* The value of @key (not 0), or NULL. */
msc_u32 *msc_map_find(const struct msc_map *map, msc_u64 key);

/* Add @key (not 0, not there yet). The map must have room. */
void msc_map_add(struct msc_map *map, msc_u64 key, msc_u32 value);

/* Empty the map, keep its memory. */
void msc_map_clear(struct msc_map *map);

/* Move every key of @from into @to, which is empty and has room for them. */
void msc_map_move(struct msc_map *to, const struct msc_map *from);

#endif
