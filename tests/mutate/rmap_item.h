/* SPDX-License-Identifier: GPL-2.0 */
/* KSM's lists, which ksm_thread_mutex keeps still. */
#ifndef MUTATE_RMAP_ITEM_H
#define MUTATE_RMAP_ITEM_H

struct mutation;

/* ksm_thread_mutex; it comes before mmap_lock. Nothing is missing: msc_compat_ksm_missing(). */
void mutate_lock_ksm(void);
void mutate_unlock_ksm(void);

/*
 * Keep ksm_thread_mutex from everybody until mutate_await_release() returns: as ksmd in a batch
 * that takes long. May sleep. Returns as that, or -EOPNOTSUPP without a layout.
 */
int mutate_hold_ksm(void);

/*
 * Find the stable rmap_item of the mutation's mm and address, the one before it, and its stable
 * node, whose page the caller knows to be mapped there. Holds ksm_thread_mutex. Returns 0, or
 *   -ENODATA  there is none
 *   -EAGAIN   ksmd runs, and would come upon what is wrong
 */
int mutate_find_item(struct mutation *m);

#endif
