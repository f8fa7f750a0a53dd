// SPDX-License-Identifier: GPL-2.0
#include <linux/interval_tree_generic.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/rbtree.h>
#include <linux/rmap.h>

#include "../compat/compat.h"
#include "avc_tree.h"

unsigned long msc_avc_first(struct anon_vma_chain *avc)
{
	return msc_compat_vma_rmap_pgoff(avc->vma);
}

unsigned long msc_avc_last(struct anon_vma_chain *avc)
{
	return msc_avc_first(avc) + vma_pages(avc->vma) - 1;
}

/* The kernel's own search, generated here once more: it is not exported. */
INTERVAL_TREE_DEFINE(struct anon_vma_chain, rb, unsigned long, rb_subtree_last, msc_avc_first,
		     msc_avc_last, static __maybe_unused, avc_tree)

int msc_avc_search(struct anon_vma_chain *avc, unsigned int bound)
{
	unsigned long first = msc_avc_first(avc);
	unsigned long last = msc_avc_last(avc);
	struct anon_vma_chain *at;

	lockdep_assert_held(&avc->anon_vma->root->rwsem);
	for (at = avc_tree_iter_first(&avc->anon_vma->rb_root, first, last); at;
	     at = avc_tree_iter_next(at, first, last)) {
		if (at == avc)
			return 1;
		if (!bound--)
			return -1;
	}
	return 0;
}

static unsigned long subtree_last(const struct rb_node *node)
{
	return node ? rb_entry(node, struct anon_vma_chain, rb)->rb_subtree_last : 0;
}

bool msc_avc_cached_right(struct anon_vma_chain *avc)
{
	unsigned long below = max(subtree_last(avc->rb.rb_left), subtree_last(avc->rb.rb_right));

	lockdep_assert_held(&avc->anon_vma->root->rwsem);
	return avc->rb_subtree_last == max(msc_avc_last(avc), below);
}

static struct anon_vma_chain *avc_of(struct rb_node *node)
{
	return node ? rb_entry(node, struct anon_vma_chain, rb) : NULL;
}

struct anon_vma_chain *msc_avc_tree_first(struct anon_vma *anon_vma)
{
	lockdep_assert_held(&anon_vma->root->rwsem);
	return avc_of(rb_first_cached(&anon_vma->rb_root));
}

struct anon_vma_chain *msc_avc_tree_next(struct anon_vma_chain *avc)
{
	lockdep_assert_held(&avc->anon_vma->root->rwsem);
	return avc_of(rb_next(&avc->rb));
}

struct anon_vma_chain *msc_avc_tree_first_at(struct anon_vma *anon_vma, unsigned long first,
					     unsigned long last)
{
	lockdep_assert_held(&anon_vma->root->rwsem);
	return avc_tree_iter_first(&anon_vma->rb_root, first, last);
}

struct anon_vma_chain *msc_avc_tree_next_at(struct anon_vma_chain *avc, unsigned long first,
					    unsigned long last)
{
	lockdep_assert_held(&avc->anon_vma->root->rwsem);
	return avc_tree_iter_next(avc, first, last);
}
