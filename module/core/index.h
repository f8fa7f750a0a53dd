/* SPDX-License-Identifier: GPL-2.0 */
/* Page-offset arithmetic over VMA records. All in pages unless said otherwise. */
#ifndef MSC_CORE_INDEX_H
#define MSC_CORE_INDEX_H

#include "model.h"

/* The length of @vma: vma_pages(). */
static inline msc_u64 msc_vma_pages(const struct msc_vma *vma)
{
	return (vma->end - vma->start) >> MSC_PAGE_SHIFT;
}

/* The page offset that a VMA right behind @vma must have to line up with it: vma_end_pgoff(). */
static inline msc_u64 msc_vma_end_pgoff(const struct msc_vma *vma)
{
	return vma->pgoff + msc_vma_pages(vma);
}

/* The same of the anonymous page offset: vma_end_anon_pgoff(). */
static inline msc_u64 msc_vma_end_anon_pgoff(const struct msc_vma *vma)
{
	return vma->anon_pgoff + msc_vma_pages(vma);
}

/* The page offset of @vma's start for the reverse map of its anonymous pages. */
static inline msc_u64 msc_vma_rmap_pgoff(const struct msc_snapshot *s, const struct msc_vma *vma)
{
	return s->facts.anon_pgoff ? vma->anon_pgoff : vma->pgoff;
}

/* Where @run ends (bytes). */
static inline msc_u64 msc_run_end(const struct msc_run *run)
{
	return run->start + (run->pages << MSC_PAGE_SHIFT);
}

/* Was the snapshot taken of one moment, as far as its kernel can tell? */
static inline msc_bool msc_snapshot_is_whole(const struct msc_snapshot *s)
{
	return !s->lock.torn && (!s->lock.let_go || s->facts.lock_seq);
}

/* Private and, at least by mprotect(), writable: include/linux/mm.h:is_cow_mapping(). */
static inline msc_bool msc_vma_is_cow(const struct msc_vma *vma)
{
	return (vma->flags & (MSC_VM(SH) | MSC_VM(MW))) == MSC_VM(MW);
}

/*
 * How many VMAs right before VMA @index hold @addr (bytes) too, as happens where a torn snapshot
 * has seen one place twice. More than MSC_MAX_NTH are not counted.
 */
#define MSC_MAX_NTH 64u

static inline msc_u32 msc_vma_nth(const struct msc_snapshot *s, msc_u32 index, msc_u64 addr)
{
	msc_u32 nth = 0;

	while (index-- && nth < MSC_MAX_NTH && s->vmas[index].start <= addr &&
	       addr < s->vmas[index].end)
		nth++;
	return nth;
}

/* The VMA with the cookie @self, or NULL if it is none of this process. */
static inline const struct msc_vma *msc_vma_of_cookie(const struct msc_snapshot *s, msc_u64 self)
{
	const struct msc_vma *vma;

	for (vma = s->vmas; vma < s->vmas + s->nr_vmas; vma++) {
		if (vma->self == self)
			return vma;
	}
	return MSC_NULL;
}

/* The record of the anon_vma with @cookie, or NULL if there is none. */
static inline const struct msc_anon_vma *msc_anon_vma_of_cookie(const struct msc_snapshot *s,
								msc_u64 cookie)
{
	msc_u32 index = msc_snapshot_find_anon_vma(s, cookie);

	return index ? &s->anon_vmas[index - 1] : MSC_NULL;
}

#endif
