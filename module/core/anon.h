/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The records of the anon_vma graph. A VMA that was faulted has a chain of AVCs; each puts it into
 * the interval tree of one anon_vma, its own or an ancestor's, where the reverse map finds it:
 *
 *     VMA --anon_vma_chain--> AVC --anon_vma--> anon_vma --rb_root--> AVCs of all VMAs that may map
 *                                                                     its folios, by page offset
 */
#ifndef MSC_CORE_ANON_H
#define MSC_CORE_ANON_H

#include "types.h"

/* Bits of struct msc_avc.bits. The first two count only with MSC_AVC_SEARCHED. */
#define MSC_AVC_SEARCHED MSC_BIT(0)	/* else too many VMAs lie at that range */
#define MSC_AVC_FOUND MSC_BIT(1)	/* a search for the VMA's page offsets finds it */
#define MSC_AVC_CACHED MSC_BIT(2)	/* rb_subtree_last is what its VMA and its children have */
#define MSC_AVC_BACK MSC_BIT(3)		/* avc->vma is the VMA whose chain it is on */

/* struct msc_avc - one AVC (struct anon_vma_chain) of a VMA */
struct msc_avc {
	msc_u64 self;		/* cookie */
	msc_u64 anon_vma;	/* cookie */
	/*
	 * Cookies of anon_vma->root and ->parent: behind a place where mmap_lock was let go, at an
	 * address that was used anew, they need not be those of the struct msc_anon_vma.
	 */
	msc_u64 root, parent;
	msc_u64 of;		/* cookie of avc->vma */
	msc_u64 first, last;	/* the VMA's page offsets, inclusive: where it belongs */
	msc_u64 subtree_last;	/* rb_subtree_last: the highest last offset from here down */
	msc_u32 vma;		/* index in vmas */
	msc_u32 anon_vma_id, root_id, parent_id;	/* set by msc_snapshot_number() */
	msc_u32 next;		/* as first_avc below: the next one; by msc_snapshot_link() */
	msc_u8 bits;		/* MSC_AVC_* */
	msc_u8 orphan;		/* the parent is not on the chain; by msc_snapshot_link() */
};

/* struct msc_anon_vma - one anon_vma that a VMA of the target is attached to */
struct msc_anon_vma {
	msc_u64 self;		/* cookies */
	msc_u64 root;
	msc_u64 parent;
	msc_u32 refcount;
	msc_u32 children;	/* num_children; a root counts itself */
	msc_u32 active;		/* num_active_vmas: VMAs whose own anon_vma this is */
	msc_u32 avcs_here;	/* AVCs in its tree of the target's VMAs */
	msc_u32 avcs_elsewhere;	/* and of other processes': forks */
	/* The same by what the tree shows; only if counted. */
	msc_u32 found_children;
	msc_u32 found_active;
	msc_u32 id, root_id, parent_id;	/* set by msc_snapshot_number() */
	msc_u32 first_avc;	/* index in avcs, from 1, of those on it; by msc_snapshot_link() */
	/*
	 * The whole tree was walked; else it is larger than the bound, or a clone had not counted
	 * yet what it had linked.
	 */
	msc_u8 counted;
	msc_u8 partial;		/* not even its AVCs were all counted; those figures are 0 */
};

#endif
