/* SPDX-License-Identifier: GPL-2.0 */
/* Does an entry show the same as the one before it? */
#ifndef MSC_WALK_LIKE_H
#define MSC_WALK_LIKE_H

#include "../core/model.h"
#include "leaf.h"

struct msc_vma_view;

/*
 * struct msc_like - the entry that was looked at last, by what makes another one the same to see:
 * an anonymous folio of the entry's own size that is as it should be, or nothing
 */
struct msc_like {
	bool none;		/* nothing */
	bool folio;		/* such a folio; the rest is of it */
	bool elsewhere;		/* MSC_PAGE_ELSEWHERE */
	bool pinned;		/* MSC_PAGE_PINNED */
	pteval_t entry_flags;
	unsigned long pfn;
	unsigned long page_flags;
	unsigned long mapping;
};

/* Note for what follows what the locked entry @leaf has shown: @facts. */
void msc_like_set(struct msc_vma_view *view, const struct msc_leaf *leaf,
		  const struct msc_page *facts);

/* Does the locked entry @pte at @addr show the same as the one that was noted last? A compare. */
bool msc_is_like(const struct msc_vma_view *view, unsigned long addr, pte_t pte);

/* The same of a PMD, all of which is in the VMA; the one that was noted last was a huge one. */
bool msc_is_like_huge(const struct msc_vma_view *view, unsigned long addr, pmd_t pmd);

#endif
