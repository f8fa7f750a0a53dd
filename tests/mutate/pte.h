/* SPDX-License-Identifier: GPL-2.0 */
/* A process's page tables. Callers hold mmap_lock for writing: no table comes or goes. */
#ifndef MUTATE_PTE_H
#define MUTATE_PTE_H

#include <linux/mm_types.h>

struct mutation;

/*
 * Find the page at the mutation's address, which is anonymous unless its kind takes any, and take a
 * reference to its folio. Returns 0 or -ENODATA.
 */
int mutate_get_folio(struct mutation *m);

/* The page-table entry of @addr; none without a page table. */
pte_t mutate_read_pte(struct mm_struct *mm, unsigned long addr);

/* Put @entry where @expected is now; false if something else is there. */
bool mutate_replace_pte(struct mm_struct *mm, unsigned long addr, pte_t expected, pte_t entry);

/* The same of the PMD entry of @addr; none without a table of them. */
pmd_t mutate_read_pmd(struct mm_struct *mm, unsigned long addr);
bool mutate_replace_pmd(struct mm_struct *mm, unsigned long addr, pmd_t expected, pmd_t entry);

/* The same of the entry for the GiB that holds @addr; false also without a table for it. */
bool mutate_replace_pud(struct mm_struct *mm, unsigned long addr, pud_t expected, pud_t entry);

#endif
