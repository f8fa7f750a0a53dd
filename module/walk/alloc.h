/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's memory as an allocator of the core. May sleep; charged to the reader's memory
 * cgroup.
 */
#ifndef MSC_WALK_ALLOC_H
#define MSC_WALK_ALLOC_H

#include "../core/model.h"

extern const struct msc_alloc msc_walk_alloc;

#endif
