// SPDX-License-Identifier: GPL-2.0
/* An anonymous folio's place in the reverse map. */
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>

#include "mutation.h"

/* The two low bits of folio->mapping; FOLIO_MAPPING_FLAGS, PAGE_MAPPING_FLAGS before 6.16. */
#define MAPPING_FLAGS 3UL

static int index_off(struct mutation *m)
{
	mutate_set(m, m->folio->index, m->folio->index + 1);
	return 0;
}

/* Of a folio in the swap cache: a swap-in makes a copy, as it does for KSM's pages. */
static int swap_index_off(struct mutation *m)
{
	return folio_test_swapcache(m->folio) ? index_off(m) : -ENODATA;
}

static int other_anon_vma(struct mutation *m)
{
	unsigned long mapping = (unsigned long)m->folio->mapping;

	if ((mapping & ~MAPPING_FLAGS) == (unsigned long)m->other->anon_vma)
		return -EEXIST;
	mapping = (unsigned long)m->other->anon_vma | (mapping & MAPPING_FLAGS);
	mutate_set(m, m->folio->mapping, mapping);
	return 0;
}

static int swap_other_anon_vma(struct mutation *m)
{
	return folio_test_swapcache(m->folio) ? other_anon_vma(m) : -ENODATA;
}

static int page_exclusive(struct mutation *m)
{
	if (folio_test_ksm(m->folio) || PageAnonExclusive(m->page))
		return -EEXIST;
	SetPageAnonExclusive(m->page);
	return 0;
}

static void page_not_exclusive(struct mutation *m)
{
	ClearPageAnonExclusive(m->page);
}

/*
 * The same of a page of KSM's, for which the kernel has no such flag: its functions say so
 * (include/linux/page-flags.h:SetPageAnonExclusive()).
 */
static int ksm_exclusive(struct mutation *m)
{
	if (!folio_test_ksm(m->folio))
		return -EEXIST;
	return test_and_set_bit(PG_anon_exclusive, (unsigned long *)&m->page->flags) ? -EEXIST : 0;
}

static void ksm_not_exclusive(struct mutation *m)
{
	clear_bit(PG_anon_exclusive, (unsigned long *)&m->page->flags);
}

const struct mutate_kind mutate_folio_kinds[] = {
	{ "folio-index", MUTATE_VMA | MUTATE_FOLIO, index_off, NULL },
	{ "folio-index-locked", MUTATE_VMA | MUTATE_FOLIO | MUTATE_STAYS_LOCKED, index_off, NULL },
	{ "swap-index", MUTATE_VMA | MUTATE_PINNED, swap_index_off, NULL },
	{ "swap-anon-vma", MUTATE_VMA | MUTATE_PINNED | MUTATE_OTHER | MUTATE_OTHER_ANON_VMA,
	  swap_other_anon_vma, NULL },
	{ "folio-anon-vma", MUTATE_VMA | MUTATE_FOLIO | MUTATE_OTHER | MUTATE_OTHER_ANON_VMA,
	  other_anon_vma, NULL },
	{ "page-exclusive", MUTATE_VMA | MUTATE_FOLIO, page_exclusive, page_not_exclusive },
	{ "ksm-exclusive", MUTATE_VMA | MUTATE_FOLIO | MUTATE_ITEM, ksm_exclusive,
	  ksm_not_exclusive },
	{}
};
