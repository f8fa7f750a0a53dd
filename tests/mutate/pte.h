/* SPDX-License-Identifier: GPL-2.0 */
/* A process's page tables. Callers hold mmap_lock for writing: no table comes or goes. */
#ifndef MUTATE_PTE_H
#define MUTATE_PTE_H

struct mutation;

/*
 * Find the anonymous page at the mutation's address, and take a reference to its folio. Returns 0
 * or -ENODATA.
 */
int mutate_get_folio(struct mutation *m);

#endif
