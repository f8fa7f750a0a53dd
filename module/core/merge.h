/* SPDX-License-Identifier: GPL-2.0 */
/*
 * May two neighbouring VMAs become one, and if not, what stands in the way?
 *
 * The kernel answers that question with a bool and stops at the first reason; this names all of
 * them. It follows mm/mmap.c:vma_merge() (6.1) and mm/vma.c:vma_merge_existing_range() (6.12 and
 * later), which see a pair only when one of the two is modified, over its whole length, by
 * mprotect(), madvise(), mlock(), mbind(), prctl() or userfaultfd:
 *
 *      left     right                       the modified VMA is the source, it is removed,
 *     |------|=========|  right modified    and its neighbour, the target, grows over it
 *      target   source
 *
 *     |======|---------|  left modified
 *      source   target
 *
 * The two directions differ in which side's ->close() matters and, up to 6.12, in which side may
 * lack an anon_vma. A pair is a candidate if either direction goes through.
 */
#ifndef MSC_CORE_MERGE_H
#define MSC_CORE_MERGE_H

#include "types.h"

struct msc_vma;
struct msc_facts;

enum msc_blocker {
	MSC_B_SPECIAL,		/* a VM_SPECIAL flag: never merged */
	MSC_B_FLAGS,		/* vm_flags differ in a bit that counts */
	MSC_B_FILE,		/* vm_file differs: the struct file, not only the inode */
	MSC_B_PGOFF,		/* right's vm_pgoff is not left's plus its length */
	MSC_B_ANON_PGOFF,	/* the same of a private file mapping's anonymous offset (7.3) */
	MSC_B_ANON_VMA,		/* both have an anon_vma, and they differ */
	MSC_B_FORK_CHILD,	/* only one has an anon_vma, and it came through fork */
	MSC_B_UNFAULTED,	/* the target has no anon_vma and the source has (to 6.12) */
	MSC_B_POLICY,		/* memory policies differ */
	MSC_B_UFFD,		/* registered with different userfaultfds, or only one is */
	MSC_B_NAME,		/* PR_SET_VMA_ANON_NAME names differ */
	MSC_B_CLOSE,		/* vm_ops->close of the one that goes away (6.1: the target) */
	MSC_B_NR
};

/* struct msc_merge_rules - how one release's merge code differs from another's */
struct msc_merge_rules {
	/*
	 * Flags that may differ: VM_SOFTDIRTY; from 6.19 on VMA_IGNORE_MERGE_FLAGS. MSC_VM() bits.
	 */
	msc_u64 ignored_flags;
	/*
	 * 6.1 refuses a target with ->close (is_mergeable_vma()); later ones, removing a source
	 * with it.
	 */
	msc_bool close_blocks_target;
	/*
	 * An unfaulted target may take over the source's anon_vma (6.16, is_mergeable_anon_vma()
	 * case 1).
	 */
	msc_bool unfaulted_adopts;
	/*
	 * A private file mapping must line up in both page offsets (7.3,
	 * needs_adjacent_anon_pgoff()).
	 */
	msc_bool anon_pgoff;
};

enum msc_side {
	MSC_MODIFY_RIGHT,	/* right is modified and merges into left */
	MSC_MODIFY_LEFT,	/* left is modified and merges into right */
};

enum msc_outcome {
	MSC_LAST,		/* no VMA follows */
	MSC_HOLE,		/* the two do not touch */
	MSC_CANDIDATE,		/* nothing blocks: the kernel has had no occasion */
	MSC_BLOCKED,
	MSC_UNKNOWN,		/* the two were not seen under one hold of the lock */
};

/* struct msc_verdict - on a VMA and its next neighbour */
struct msc_verdict {
	enum msc_outcome outcome;
	/* Candidate: modify this one and they merge. Blocked: the direction that lacks least. */
	enum msc_side side;
	/* Candidate: the other direction goes through as well. */
	msc_bool either;
	msc_u32 blockers;	/* bits of enum msc_blocker; all that block in that direction */
};

/*
 * Was @vma's anon_vma cloned (by fork)? mm/vma.c:vma_is_fork_child(): list_is_singular() is the
 * test.
 */
msc_bool msc_merge_fork_child(const struct msc_vma *vma);

/* The flags that keep @left and @right apart, MSC_VM() bits. */
msc_u64 msc_merge_flag_diff(const struct msc_merge_rules *rules, const struct msc_vma *left,
			    const struct msc_vma *right);

/* All blockers (bits of enum msc_blocker) of merging two VMAs that touch, in one direction. */
msc_u32 msc_merge_blockers(const struct msc_merge_rules *rules, const struct msc_vma *left,
			   const struct msc_vma *right, enum msc_side side);

/* The verdict on @left and the VMA that follows it; @right NULL if none does. */
struct msc_verdict msc_merge_verdict(const struct msc_merge_rules *rules,
				     const struct msc_vma *left, const struct msc_vma *right);

#endif
