// SPDX-License-Identifier: GPL-2.0
#include <linux/bitmap.h>
#include <linux/build_bug.h>
#include <linux/mempolicy.h>
#include <linux/string.h>

#include "../compat/compat.h"
#include "policy.h"

#ifdef CONFIG_NUMA
static void copy_nodes(msc_u64 *to, const nodemask_t *from)
{
	BUILD_BUG_ON(MAX_NUMNODES > 64 * MSC_NODE_WORDS);
	bitmap_to_arr64(to, from->bits, MAX_NUMNODES);
}

void msc_walk_policy(struct msc_policy *to, const struct mempolicy *from)
{
	memset(to, 0, sizeof(*to));
	to->mode = from->mode;
	to->flags = from->flags;
	to->home_node = from->home_node;
	/* MPOL_LOCAL's node mask means nothing and is not compared. */
	if (from->mode != MPOL_LOCAL)
		copy_nodes(to->nodes, &from->nodes);
	if (msc_compat_policy_has_user_nodes(from))
		copy_nodes(to->user_nodes, &from->w.user_nodemask);
}
#else
void msc_walk_policy(struct msc_policy *to, const struct mempolicy *from)
{
	memset(to, 0, sizeof(*to));
}
#endif
