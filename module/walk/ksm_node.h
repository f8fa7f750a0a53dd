/* SPDX-License-Identifier: GPL-2.0 */
/* Stable nodes, into records: for ksm.c. */
#ifndef MSC_WALK_KSM_NODE_H
#define MSC_WALK_KSM_NODE_H

#include <linux/mm_types.h>

#include "ksm.h"

/*
 * rmap_items of a stable node, and dups of a chain, that are looked at. Of the ones there are 256,
 * max_page_sharing, but forks may exceed it.
 */
#define MSC_KSM_MAX_LIST 4096

/*
 * The index, from 1, of @node, recorded when it is seen first, and read again after the mutex was
 * let go: it may have been freed, and be another one; there is room. @folio is its locked folio,
 * which is mapped, or NULL: then only what kpfn says is known of its page. Holds ksm_thread_mutex.
 */
u32 msc_ksm_node(struct msc_ksm_walk *k, const void *node, struct folio *folio);

#endif
