/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The world's process (see world.h), some of whose pages are KSM's; the last came through fork:
 *
 *	page     node  rmap_items of the node at its address
 *	0x10000  1     the process's own, on PLAIN
 *	0x11000  2     the process's own, on PLAIN
 *	0x20000  1     another mm's, on PARENTS
 *
 * At 0x12000 is an rmap_item of a page that is not merged.
 */
#ifndef MSC_UNIT_KSM_WORLD_H
#define MSC_UNIT_KSM_WORLD_H

#include "world.h"

/* Indices of the rmap_items and the pages. */
enum { ITEM_A, ITEM_B, ITEM_IDLE };
enum { PAGE_A, PAGE_B, PAGE_FORKED };

/* The process, in @s, which is initialised here, with ids given. */
void unit_ksm_world(struct msc_snapshot *s, enum unit_kernel_id k);

#endif
