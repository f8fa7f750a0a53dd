// SPDX-License-Identifier: GPL-2.0
#include <linux/interval_tree_generic.h>
#include <linux/mm.h>
#include <linux/rbtree.h>
#include <linux/rmap.h>

#include "avc_tree.h"
#include "compat.h"

static unsigned long avc_first(struct anon_vma_chain *avc)
{
	return msc_compat_vma_rmap_pgoff(avc->vma);
}

static unsigned long avc_last(struct anon_vma_chain *avc)
{
	return avc_first(avc) + vma_pages(avc->vma) - 1;
}

/* The kernel's own functions, generated here once more: they are not exported. */
INTERVAL_TREE_DEFINE(struct anon_vma_chain, rb, unsigned long, rb_subtree_last, avc_first, avc_last,
		     static __maybe_unused, tree)

void mutate_avc_insert(struct anon_vma_chain *avc)
{
	tree_insert(avc, &avc->anon_vma->rb_root);
}

void mutate_avc_erase(struct anon_vma_chain *avc)
{
	tree_remove(avc, &avc->anon_vma->rb_root);
}
