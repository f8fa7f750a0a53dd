/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What would an address space look like under another policy? The VMAs are merged as the kernel
 * would do it, from left to right, by the rules of core/merge and with the effect of each merge on
 * the next: a VMA that took another in has its anon_vma, and no second one fits.
 *
 * A policy changes what a VMA is, or the rules, and with that gives some VMAs an occasion: the
 * kernel tries to merge at both of their edges, as mmap() and mremap() do with what they place. An
 * edge between two VMAs that a policy does not concern stays, even where nothing blocks: see
 * "occasion" for that.
 */
#ifndef MSC_CORE_WHATIF_H
#define MSC_CORE_WHATIF_H

#include "relocate.h"
#include "types.h"

enum msc_whatif_id {
	/* Nothing is merged: what the others are compared with. No policy, and not reported. */
	MSC_WHATIF_NOW,
	/* No rule changes, but each VMA has an occasion: what is a candidate merges. */
	MSC_WHATIF_OCCASION,
	/*
	 * VM_MERGEABLE is set before the merge attempt, as since 6.17 (mm/ksm.c:ksm_vma_flags()):
	 * concerned is what has got it late under PR_SET_MEMORY_MERGE, without a file or in shmem.
	 */
	MSC_WHATIF_EARLY_KSM,
	/*
	 * VM_SPECIAL no longer excludes a private mapping from KSM, so no driver can change what
	 * KSM may have, and files of every driver get the flag early too.
	 */
	MSC_WHATIF_SPECIAL_KSM,
	/*
	 * Moved anonymous memory gets the page offsets of its address, where that is safe
	 * (relocate.h), and merges like memory that was never touched before it was moved.
	 */
	MSC_WHATIF_RELOCATE_ANON,
	/* VM_SOFTDIRTY may differ; every kernel whose merge code was read has it so already. */
	MSC_WHATIF_SOFT_DIRTY,
	/* The four before at once. */
	MSC_WHATIF_ALL,
	MSC_NR_WHATIFS
};

/*
 * struct msc_object_sizes - bytes of a kernel object, without what the slab rounds up: sizeof by
 * the headers of the very kernel that the module is built for, to which module versions bind it
 */
struct msc_object_sizes {
	msc_u32 vma;		/* with its lock, where that is an object of its own (to 6.14) */
	msc_u32 anon_vma;
	msc_u32 avc;
};

/* struct msc_whatif_counts - the objects that an address space needs */
struct msc_whatif_counts {
	msc_u32 vmas;
	msc_u32 anon_vmas;	/* distinct ones that a VMA has for its own */
	msc_u64 avcs;		/* on the chains of the VMAs */
};

/* struct msc_whatif - one policy's outcome */
struct msc_whatif {
	struct msc_whatif_counts then;
	msc_u32 concerned;	/* VMAs that the policy is about */
	/* Neighbours without a hole between that the kernel tries to merge; vmas fewer do. */
	msc_u32 pairs;
	msc_u32 unknown;	/* of these, such that too little is known of them or of an edge */
};

/* struct msc_merged - neighbours that would be one VMA */
struct msc_merged {
	msc_u64 start, end;	/* bytes */
	msc_u32 vmas;		/* there are now, at least two */
	msc_u8 id;		/* enum msc_whatif_id */
};

/* As it stands in "policy=". Not of MSC_WHATIF_NOW. */
const char *msc_whatif_name(enum msc_whatif_id id);

/* Is "special-ksm" about @vma: would KSM have it, or its flag come early? Needs VMAs alone. */
msc_bool msc_special_ksm_concerns(const struct msc_snapshot *s, const struct msc_vma *vma);

/*
 * Work out all policies into @s->whatif, @s->merged and @s->relocations. @s holds VMAs, anon_vmas
 * and folios. May sleep in the allocator. Returns 0 or MSC_NOROOM. Once per snapshot.
 */
int msc_whatif_work_out(struct msc_snapshot *s);

/* Bytes that the VMAs, anon_vmas and AVCs of @counts take on the kernel of @s. */
msc_u64 msc_whatif_bytes(const struct msc_snapshot *s, const struct msc_whatif_counts *counts);

#endif
