// SPDX-License-Identifier: GPL-2.0
#include "map.h"

/* Cookies are addresses of aligned objects: mix them so that the low bits say something. */
static msc_u32 slot_of(const struct msc_map *map, msc_u64 key)
{
	return (msc_u32)((key * 0x9e3779b97f4a7c15ULL) >> 32) & (map->max - 1);
}

static struct msc_map_slot *probe(const struct msc_map *map, msc_u64 key)
{
	msc_u32 i = slot_of(map, key);

	while (map->slots[i].key && map->slots[i].key != key)
		i = (i + 1) & (map->max - 1);
	return &map->slots[i];
}

msc_bool msc_map_has_room(const struct msc_map *map)
{
	return map->used < map->max / 4 * 3;
}

msc_u32 *msc_map_find(const struct msc_map *map, msc_u64 key)
{
	struct msc_map_slot *slot;

	if (!map->max)
		return MSC_NULL;
	slot = probe(map, key);
	return slot->key ? &slot->value : MSC_NULL;
}

void msc_map_add(struct msc_map *map, msc_u64 key, msc_u32 value)
{
	struct msc_map_slot *slot = probe(map, key);

	slot->key = key;
	slot->value = value;
	map->used++;
}

void msc_map_clear(struct msc_map *map)
{
	msc_u32 i;

	for (i = 0; i < map->max; i++)
		map->slots[i].key = 0;
	map->used = 0;
}

void msc_map_move(struct msc_map *to, const struct msc_map *from)
{
	msc_u32 i;

	for (i = 0; i < from->max; i++) {
		if (from->slots[i].key)
			msc_map_add(to, from->slots[i].key, from->slots[i].value);
	}
}
