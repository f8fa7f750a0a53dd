/* SPDX-License-Identifier: GPL-2.0 */
/* The facts about one mapped page. */
#ifndef MSC_WALK_FOLIO_H
#define MSC_WALK_FOLIO_H

#include "../core/model.h"
#include "leaf.h"
#include "like.h"

/* The low bits of folio->mapping, the same in every release (PAGE_MAPPING_*, FOLIO_MAPPING_*). */
#define MSC_MAPPING_ANON 1UL
#define MSC_MAPPING_KSM 3UL
#define MSC_MAPPING_FLAGS 3UL

/*
 * struct msc_vma_view - what a page is compared with: one VMA, whose mmap_lock is held for reading
 */
struct msc_vma_view {
	struct vm_area_struct *vma;
	unsigned long start;
	pgoff_t rmap_pgoff;		/* of its start, as msc_compat_vma_rmap_pgoff() */
	const struct anon_vma *anon_vma;
	const struct anon_vma *root;
	/* The anon_vma of the chain that a folio had last, and its root. */
	const struct anon_vma *chained;
	const struct anon_vma *chained_root;
	u32 uffd;			/* what userfaultfd's bit of an entry is: MSC_PAGE_UFFD_* */
	bool deep;			/* count the mappings of each folio */
	/* The large folio that was counted last, if it is as it should be, and how often. */
	const struct folio *counted;
	u32 mapcount;
	struct msc_like like;
};

/*
 * A view of @vma as @record has it: with no anon_vma if it had none then, and from where it began
 * then, should a stack have grown (6.1): its pages have the indices that they had.
 */
void msc_vma_view_init(struct msc_vma_view *view, struct vm_area_struct *vma,
		       const struct msc_vma *record, bool deep);

/* What the locked entry @leaf at @addr shows; all of @facts is set. */
void msc_leaf_facts(struct msc_page *facts, struct msc_vma_view *view, unsigned long addr,
		    struct msc_leaf *leaf);

/*
 * Is @folio, which is mapped or pinned, one of KSM's? Then its stable node is in *@node: NULL for
 * a moment while ksmd makes it one.
 */
bool msc_folio_is_ksm(const struct folio *folio, const void **node);

/*
 * Lock @folio, which is pinned, if it comes in a bounded time. May sleep; *@waited is set if it
 * did.
 */
bool msc_folio_lock_somehow(struct folio *folio, bool *waited);

/*
 * Must the page be looked at with its folio locked? If @facts contradict the VMA (see
 * msc_page_is_irregular()), or its mappings are to be counted.
 */
bool msc_facts_want_a_look(const struct msc_page *facts, const struct msc_vma_view *view);

/*
 * Look at @addr again, with its folio locked, so that what @facts says stands still; and count its
 * mappings, if the view is deep. Sets MSC_PAGE_UNSURE if @facts contradict the VMA and the folio
 * could not be locked, or its entry does not stand still. Holds mmap_lock, no other lock; may
 * sleep. Returns true if it may have taken long.
 */
bool msc_facts_confirm(struct msc_page *facts, struct msc_vma_view *view, unsigned long addr);

#endif
