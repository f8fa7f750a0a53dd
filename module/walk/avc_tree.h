/* SPDX-License-Identifier: GPL-2.0 */
/* An anon_vma's interval tree, as mm/interval_tree.c searches it. Callers hold the root's rwsem. */
#ifndef MSC_WALK_AVC_TREE_H
#define MSC_WALK_AVC_TREE_H

#include <linux/types.h>

struct anon_vma;
struct anon_vma_chain;

/*
 * The page offsets, the last inclusive, under which a tree has @avc: avc_start_pgoff(),
 * avc_last_pgoff().
 */
unsigned long msc_avc_first(struct anon_vma_chain *avc);
unsigned long msc_avc_last(struct anon_vma_chain *avc);

/*
 * Does a search of @avc->anon_vma's tree for the offsets of @avc's VMA find @avc? What a wrong
 * order or a wrong rb_subtree_last hides is not found, as the reverse map would not. Returns 1, 0,
 * or -1 if @bound others that lie there were looked at first.
 */
int msc_avc_search(struct anon_vma_chain *avc, unsigned int bound);

/* Is rb_subtree_last the highest last offset of @avc and of what hangs below it? */
bool msc_avc_cached_right(struct anon_vma_chain *avc);

/* The AVC with the lowest offset, and the next one; NULL past the end. */
struct anon_vma_chain *msc_avc_tree_first(struct anon_vma *anon_vma);
struct anon_vma_chain *msc_avc_tree_next(struct anon_vma_chain *avc);

/* The same of those whose VMA has one of the page offsets from @first to @last, inclusive. */
struct anon_vma_chain *msc_avc_tree_first_at(struct anon_vma *anon_vma, unsigned long first,
					     unsigned long last);
struct anon_vma_chain *msc_avc_tree_next_at(struct anon_vma_chain *avc, unsigned long first,
					    unsigned long last);

#endif
