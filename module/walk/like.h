/* SPDX-License-Identifier: GPL-2.0 */
/* Does an entry show the same as the one before it? */
#ifndef MSC_WALK_LIKE_H
#define MSC_WALK_LIKE_H

#include "../core/model.h"
#include "leaf.h"

struct msc_vma_view;

/* What the entry that was looked at last is, as far as a compare can tell that another is alike. */
enum msc_like_kind {
	MSC_LIKE_OTHER,		/* something else */
	MSC_LIKE_NONE,		/* nothing */
	MSC_LIKE_ANON,		/* an anonymous folio of the entry's size that is as it should be */
	MSC_LIKE_FILE,		/* a small page of a file's, or of shmem */
	MSC_LIKE_PIECE,		/* a page of a large folio, whose next page may follow */
	MSC_LIKE_ZERO,		/* the zero page */
};

/* struct msc_like - the entry that was looked at last, by what makes another one the same to see */
struct msc_like {
	enum msc_like_kind kind;
	int elsewhere;		/* MSC_PAGE_ELSEWHERE: 1; MSC_PAGE_ELSEWHERE_UNKNOWN: -1 */
	bool pinned;		/* MSC_PAGE_PINNED */
	pteval_t entry_flags;
	unsigned long addr;
	unsigned long pfn;
	unsigned long last_pfn;	/* of the folio that it is a piece of */
	unsigned long page_flags;
	unsigned long mapping;	/* of an anonymous folio */
};

/* Note for what follows what the locked entry @leaf at @addr has shown: @facts. */
void msc_like_set(struct msc_vma_view *view, unsigned long addr, const struct msc_leaf *leaf,
		  const struct msc_page *facts);

/*
 * Does the locked entry @pte at @addr, of a page table that msc_leaf_map_ptes() mapped, show the
 * same as the one that was noted last? A compare.
 */
bool msc_is_like(const struct msc_vma_view *view, unsigned long addr, pte_t pte);

/* The same of a PMD, all of which is in the VMA; the one that was noted last was a huge one. */
bool msc_is_like_huge(const struct msc_vma_view *view, unsigned long addr, pmd_t pmd);

#endif
