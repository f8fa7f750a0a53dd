// SPDX-License-Identifier: GPL-2.0
/* The anon_vma graph: what links a VMA to the anon_vma that its own new pages get. */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/rmap.h>

#include "avc_tree.h"
#include "compat.h"
#include "mutation.h"

static int num_children(struct mutation *m)
{
	mutate_set(m, m->vma->anon_vma->num_children, m->vma->anon_vma->num_children + 1);
	return 0;
}

static int num_active(struct mutation *m)
{
	mutate_set(m, m->vma->anon_vma->num_active_vmas, m->vma->anon_vma->num_active_vmas + 1);
	return 0;
}

static int num_active_low(struct mutation *m)
{
	if (!m->vma->anon_vma->num_active_vmas)
		return -EEXIST;
	mutate_set(m, m->vma->anon_vma->num_active_vmas, m->vma->anon_vma->num_active_vmas - 1);
	return 0;
}

/* Higher than all that hangs below: a search only looks where it need not. */
static int range_high(struct mutation *m)
{
	mutate_set(m, m->avc->rb_subtree_last, m->avc->rb_subtree_last + 16);
	return 0;
}

/* Lower than the AVC's own: a search does not look here at all. */
static int range_low(struct mutation *m)
{
	mutate_set(m, m->avc->rb_subtree_last, msc_compat_vma_rmap_pgoff(m->vma) - 1);
	return 0;
}

static int erase(struct mutation *m)
{
	mutate_avc_erase(m->avc);
	return 0;
}

static void insert_again(struct mutation *m)
{
	mutate_avc_insert(m->avc);
}

/*
 * The tree has the AVC of a VMA at other page offsets than its own. Only for a tree of one AVC,
 * which has no order.
 */
static int other_vma(struct mutation *m)
{
	if (m->avc->rb.rb_left || m->avc->rb.rb_right || rb_parent(&m->avc->rb))
		return -EEXIST;
	mutate_set(m, m->avc->vma, m->other);
	return 0;
}

/* In the tree still, but no more on the chain of its VMA. */
static int unchain(struct mutation *m)
{
	list_del_init(&m->avc->same_vma);
	return 0;
}

/* Where it was: a VMA's own AVC is the first of its chain. */
static void chain_again(struct mutation *m)
{
	list_add(&m->avc->same_vma, &m->vma->anon_vma_chain);
}

static int unchain_first(struct mutation *m)
{
	return m->vma->anon_vma_chain.next == &m->avc->same_vma ? unchain(m) : -EEXIST;
}

/* The same of the AVC that its parent's VMA had for its own: the last of a child's chain. */
static int unchain_parent(struct mutation *m)
{
	struct anon_vma_chain *avc = list_last_entry(&m->vma->anon_vma_chain,
						     struct anon_vma_chain, same_vma);

	if (avc == m->avc || avc->anon_vma != m->vma->anon_vma->parent)
		return -EEXIST;
	m->avc = avc;
	return unchain(m);
}

static void chain_parent_again(struct mutation *m)
{
	list_add_tail(&m->avc->same_vma, &m->vma->anon_vma_chain);
}

/*
 * The root of the VMA's own anon_vma, not of its ancestors. Both roots' locks are held for writing:
 * who waits for the old one, to let go the new one afterwards, can only be a reverse map of the
 * anon_vma's own pages, and the caller keeps those away. The new root stays: the mm is held.
 */
static int other_root(struct mutation *m)
{
	if (m->root == m->other_root)
		return -EEXIST;
	mutate_set(m, m->vma->anon_vma->root, m->other_root);
	return 0;
}

const struct mutate_kind mutate_anon_kinds[] = {
	{ "anon-children", MUTATE_VMA | MUTATE_ANON_VMA, num_children, NULL },
	{ "anon-active", MUTATE_VMA | MUTATE_ANON_VMA, num_active, NULL },
	{ "anon-active-low", MUTATE_VMA | MUTATE_ANON_VMA, num_active_low, NULL },
	{ "anon-root", MUTATE_VMA | MUTATE_ANON_VMA | MUTATE_OTHER | MUTATE_OTHER_ANON_VMA,
	  other_root, NULL },
	{ "avc-range-high", MUTATE_VMA | MUTATE_ANON_VMA, range_high, NULL },
	{ "avc-range-low", MUTATE_VMA | MUTATE_ANON_VMA, range_low, NULL },
	{ "avc-erased", MUTATE_VMA | MUTATE_ANON_VMA, erase, insert_again },
	{ "avc-other-vma", MUTATE_VMA | MUTATE_ANON_VMA | MUTATE_OTHER, other_vma, NULL },
	{ "avc-unchained", MUTATE_VMA | MUTATE_ANON_VMA, unchain_first, chain_again },
	{ "avc-parent-unchained", MUTATE_VMA | MUTATE_ANON_VMA, unchain_parent,
	  chain_parent_again },
	{}
};
