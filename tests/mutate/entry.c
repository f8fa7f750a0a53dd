// SPDX-License-Identifier: GPL-2.0
/*
 * What may stand in a page's place for a while, or after a fault of the hardware: nothing that is
 * wrong, but that no test can have when it wants it. The page keeps its reference and the mapping
 * that counts; its folio stays locked, as a migration has it, so that nobody takes the entry away.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/swap.h>
#include <linux/swapops.h>

#include "leaf.h"
#include "msc_config.h"
#include "mutation.h"
#include "pte.h"

/* Nothing to flush: the process does not run. */
static int put_entry(struct mutation *m, swp_entry_t entry)
{
	if (folio_test_large(m->folio))
		return -EEXIST;
	m->pte = mutate_read_pte(m->mm, m->addr);
	m->entry = swp_entry_to_pte(entry);
	return mutate_replace_pte(m->mm, m->addr, m->pte, m->entry) ? 0 : -EAGAIN;
}

static void put_page_back(struct mutation *m)
{
	WARN_ON(!mutate_replace_pte(m->mm, m->addr, m->entry, m->pte));
}

static swp_entry_t migration_entry(struct page *page, bool writable)
{
	if (writable)
		return make_writable_migration_entry(page_to_pfn(page));
	if (PageAnon(page) && PageAnonExclusive(page))
		return make_readable_exclusive_migration_entry(page_to_pfn(page));
	return make_readable_migration_entry(page_to_pfn(page));
}

/* mm/rmap.c:try_to_migrate_one() */
static int migrate(struct mutation *m)
{
	return put_entry(m, migration_entry(m->page, pte_write(mutate_read_pte(m->mm, m->addr))));
}

/* mm/huge_memory.c:set_pmd_migration_entry(), with what stands for the page as above. */
static int migrate_huge(struct mutation *m)
{
	m->pmd = mutate_read_pmd(m->mm, m->addr);
	if (!pmd_present(m->pmd) || !pmd_leaf(m->pmd))
		return -EEXIST;
	m->pmd_entry = swp_entry_to_pmd(migration_entry(folio_page(m->folio, 0),
							pmd_write(m->pmd)));
	return mutate_replace_pmd(m->mm, m->addr, m->pmd, m->pmd_entry) ? 0 : -EAGAIN;
}

static void put_huge_page_back(struct mutation *m)
{
	WARN_ON(!mutate_replace_pmd(m->mm, m->addr, m->pmd_entry, m->pmd));
}

/*
 * mm/huge_memory.c:insert_pud() of a folio. None that small machines have fills a GiB: the first of
 * all pages stands for one.
 */
static pud_t pud_of_a_folio(const struct mutation *m)
{
	return pud_mkhuge(pfn_pud(0, m->vma->vm_page_prot));
}

static int map_pud(struct mutation *m)
{
	return mutate_replace_pud(m->mm, m->addr, __pud(0), pud_of_a_folio(m)) ? 0 : -ENODATA;
}

static void unmap_pud(struct mutation *m)
{
	WARN_ON(!mutate_replace_pud(m->mm, m->addr, pud_of_a_folio(m), __pud(0)));
}

#ifdef MSC_HAVE_SWAPIN_ERROR
/* mm/swapfile.c:unuse_pte() */
static int swapin_error(struct mutation *m)
{
	return put_entry(m, make_swapin_error_entry(m->page));
}
#endif

const struct mutate_kind mutate_entry_kinds[] = {
	{ "pte-migration", MUTATE_VMA | MUTATE_FOLIO | MUTATE_ANY_FOLIO | MUTATE_STAYS_LOCKED,
	  migrate, put_page_back },
	{ "pmd-migration", MUTATE_VMA | MUTATE_FOLIO | MUTATE_STAYS_LOCKED, migrate_huge,
	  put_huge_page_back },
	{ "pud-folio", MUTATE_VMA, map_pud, unmap_pud },
#ifdef MSC_HAVE_SWAPIN_ERROR
	{ "pte-swapin-error", MUTATE_VMA | MUTATE_FOLIO | MUTATE_STAYS_LOCKED, swapin_error,
	  put_page_back },
#endif
	{}
};
