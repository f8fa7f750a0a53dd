/* SPDX-License-Identifier: GPL-2.0 */
/* A memory policy into a record. */
#ifndef MSC_WALK_POLICY_H
#define MSC_WALK_POLICY_H

#include "../core/model.h"

struct mempolicy;

/*
 * Copy what mm/mempolicy.c:__mpol_equal() compares. Holds mmap_lock for reading, which keeps it
 * still.
 */
void msc_walk_policy(struct msc_policy *to, const struct mempolicy *from);

#endif
