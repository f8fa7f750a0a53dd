/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Could the anonymous memory of a VMA be given the page offsets of its address? mremap() of memory
 * that has pages keeps vm_pgoff, since every folio's index, and the place of the VMA in its
 * anon_vmas' trees, depend on it: so what was moved does not merge at its new place. To change that
 * all folios must be rewritten, which is safe only if nobody else finds them by what they say now.
 */
#ifndef MSC_CORE_RELOCATE_H
#define MSC_CORE_RELOCATE_H

#include "types.h"

struct msc_snapshot;
struct msc_vma;

/* What forbids it. */
enum msc_obstacle {
	MSC_O_SHARED,		/* pages that are mapped elsewhere too: shared by COW now */
	MSC_O_EVER_SHARED,	/* pages, swap or migration entries that are not exclusive */
	MSC_O_KSM,		/* KSM pages, also in the swap cache: rmap_items remember them */
	MSC_O_PINNED,		/* pages of folios that may be pinned for DMA */
	MSC_O_EDGE,		/* pages of large folios that the VMA has not all of */
	MSC_O_HUGETLB,		/* a hugetlb VMA: all of it */
	MSC_O_FORK,		/* the anon_vma is shared with a fork: AVCs that are not its own */
	MSC_NR_OBSTACLES
};

enum msc_safe {
	MSC_SAFE_NO,		/* something forbids it */
	MSC_SAFE_YES,
	MSC_SAFE_UNKNOWN,	/* nothing that is known forbids it */
	MSC_NR_SAFES
};

/* struct msc_tally - how many, and the address of the first; bytes */
struct msc_tally {
	msc_u64 count, first;
};

/* struct msc_relocation - the verdict on one VMA */
struct msc_relocation {
	msc_u32 vma;		/* index in vmas */
	msc_u8 safe;		/* enum msc_safe */
	msc_u8 moved;		/* its page offsets are not those of its address */
	msc_u64 pages;		/* anonymous pages and swap entries to touch */
	msc_u64 folios;		/* that these pages are of, at the least */
	struct msc_tally by[MSC_NR_OBSTACLES];
	struct msc_tally unknown;	/* pages of which too little is known */
};

/* As it stands in "safe=". */
const char *msc_safe_name(enum msc_safe safe);

/* As it stands in "by=". */
const char *msc_obstacle_name(enum msc_obstacle obstacle);

/*
 * Is the question one for @vma? It is for anonymous memory; for a private file mapping from 7.3 on,
 * which keeps a page offset for its anonymous pages apart from the file's; and for private hugetlb,
 * to be answered with no. A private mapping of /dev/zero is a file's here: before 7.3 it has the
 * offset that it was mapped with, moved or not, as long as it was not moved untouched.
 */
msc_bool msc_relocate_applies(const struct msc_snapshot *s, const struct msc_vma *vma);

/*
 * Are the page offsets by which the anonymous pages of @vma are found other ones than those of its
 * address? Those of hugetlb are counted in huge pages, from the file's start.
 */
msc_bool msc_relocate_is_moved(const struct msc_snapshot *s, const struct msc_vma *vma);

/*
 * Judge VMA @index, whose runs start at run *@at or behind it; leaves *@at behind them. @s holds
 * VMAs, anon_vmas and folios. To be asked of one VMA after the other, with *@at 0 at first.
 */
struct msc_relocation msc_relocate_judge(const struct msc_snapshot *s, msc_u32 index,
					 msc_u32 *at);

/*
 * The mm's stable rmap_items at addresses of @vma, stale ones too, into *@nr: each keeps address,
 * anon_vma and, from 7.3 on, page index. False if they are not known: @s is without the section
 * ksm, or KSM's lists were not read to their end.
 */
msc_bool msc_relocate_ksm_items(const struct msc_snapshot *s, const struct msc_vma *vma,
				msc_u32 *nr);

#endif
