// SPDX-License-Identifier: GPL-2.0
/* The rmap_item of a merged page, and the stable node whose list it is on. */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/wait_bit.h>

#include "ksm.h"
#include "msc_layout.h"
#include "mutation.h"
#include "rmap_item.h"
#include "symbols.h"

static struct mutex *ksm_mutex(void)
{
	return (struct mutex *)msc_compat_symbol(MSC_SYMBOL_KSM_THREAD_MUTEX)->address;
}

void mutate_lock_ksm(void)
{
	mutex_lock(ksm_mutex());
}

void mutate_unlock_ksm(void)
{
	mutex_unlock(ksm_mutex());
}

int mutate_hold_ksm(void)
{
	int err;

	if (msc_compat_ksm_missing())
		return -EOPNOTSUPP;
	mutate_lock_ksm();
	err = mutate_await_release();
	mutate_unlock_ksm();
	return err;
}

int mutate_find_item(struct mutation *m)
{
	struct msc_compat_rmap_item item;
	const void *at;

	if (msc_compat_ksm_runs())
		return -EAGAIN;
	if (msc_compat_ksm_first_item(m->mm, &at))
		return -ENODATA;
	for (; at; at = item.next) {
		if (!msc_compat_rmap_item_read(&item, at))
			return -ENODATA;
		if ((item.address & PAGE_MASK) == m->addr &&
		    (item.address & MSC_COMPAT_RMAP_STABLE)) {
			m->item = (void *)at;
			m->node = (void *)item.node;
			return 0;
		}
		m->item_before = (void *)at;
	}
	return -ENODATA;
}

#ifdef MSC_BTF_KSM

#define MEMBER(base, type, member, as) (*(as *)((char *)(base) + MSC_BTF_##type##_##member))
#define ITEM(item, member, as) MEMBER(item, ksm_rmap_item, member, as)
#define NODE(node, member, as) MEMBER(node, ksm_stable_node, member, as)

/* Further than the VMAs of the tests are long. */
#define SHIFT (16 * PAGE_SIZE)

static int item_address(struct mutation *m)
{
	mutate_set(m, ITEM(m->item, address, unsigned long),
		   ITEM(m->item, address, unsigned long) + SHIFT);
	return 0;
}

/* In the unstable tree as well. */
static int item_flags(struct mutation *m)
{
	mutate_set(m, ITEM(m->item, address, unsigned long),
		   ITEM(m->item, address, unsigned long) | MSC_COMPAT_RMAP_UNSTABLE);
	return 0;
}

static int item_anon_vma(struct mutation *m)
{
	if (ITEM(m->item, anon_vma, struct anon_vma *) == m->other->anon_vma)
		return -EEXIST;
	mutate_set(m, ITEM(m->item, anon_vma, struct anon_vma *), m->other->anon_vma);
	return 0;
}

#ifdef MSC_BTF_HAS_ksm_rmap_item_linear_page_index
static void shift_index(struct mutation *m, unsigned long pages)
{
	mutate_set(m, ITEM(m->item, linear_page_index, unsigned long),
		   ITEM(m->item, linear_page_index, unsigned long) + pages);
}

static int item_index(struct mutation *m)
{
	shift_index(m, 1);
	return 0;
}

/* Beyond the VMA. */
static int item_index_far(struct mutation *m)
{
	shift_index(m, SHIFT >> PAGE_SHIFT);
	return 0;
}
#endif

/* The next one on the mm's list is where no object of the kernel's can be. */
static int item_next(struct mutation *m)
{
	mutate_set(m, ITEM(m->item, rmap_list, void *), PAGE_SIZE);
	return 0;
}

/* It changes places with the next one on the mm's list. Not the first one: a slot points to it. */
static int item_order(struct mutation *m)
{
	void *next = ITEM(m->item, rmap_list, void *);

	if (!m->item_before || !next)
		return -ENODATA;
	mutate_set(m, ITEM(m->item_before, rmap_list, void *), next);
	mutate_set(m, ITEM(m->item, rmap_list, void *), ITEM(next, rmap_list, void *));
	mutate_set(m, ITEM(next, rmap_list, void *), m->item);
	return 0;
}

/* Off its node's list, whose length stays. */
static int item_unlisted(struct mutation *m)
{
	struct hlist_node *link = &ITEM(m->item, hlist, struct hlist_node);

	mutate_set(m, *link->pprev, link->next);
	if (link->next)
		mutate_set(m, link->next->pprev, link->pprev);
	return 0;
}

static int node_kpfn(struct mutation *m)
{
	mutate_set(m, NODE(m->node, kpfn, unsigned long), NODE(m->node, kpfn, unsigned long) + 1);
	return 0;
}

static int node_length(struct mutation *m)
{
	mutate_set(m, NODE(m->node, rmap_hlist_len, int), NODE(m->node, rmap_hlist_len, int) + 1);
	return 0;
}

/* KSM_RUN_OFFLINE of mm/ksm.c, the same in every release. */
#define RUN_OFFLINE_BIT 2

static unsigned long *ksm_run(void)
{
	return (unsigned long *)msc_compat_symbol_address(MSC_SYMBOL_KSM_RUN);
}

/* As mm/ksm.c:ksm_memory_callback() does when memory is going offline, and when it does not. */
static int ksm_offlining(struct mutation *m)
{
	set_bit(RUN_OFFLINE_BIT, ksm_run());
	return 0;
}

static void ksm_online(struct mutation *m)
{
	clear_and_wake_up_bit(RUN_OFFLINE_BIT, ksm_run());
}

#define NEEDS (MUTATE_VMA | MUTATE_FOLIO | MUTATE_ITEM)

const struct mutate_kind mutate_ksm_kinds[] = {
	{ "item-address", NEEDS, item_address, NULL },
	{ "item-anon-vma", NEEDS | MUTATE_OTHER | MUTATE_OTHER_ANON_VMA, item_anon_vma, NULL },
#ifdef MSC_BTF_HAS_ksm_rmap_item_linear_page_index
	{ "item-index", NEEDS, item_index, NULL },
	{ "item-index-far", NEEDS, item_index_far, NULL },
#endif
	{ "item-flags", NEEDS, item_flags, NULL },
	{ "item-next", NEEDS, item_next, NULL },
	{ "item-order", NEEDS, item_order, NULL },
	{ "item-unlisted", NEEDS, item_unlisted, NULL },
	{ "ksm-offlining", NEEDS, ksm_offlining, ksm_online },
	{ "node-kpfn", NEEDS, node_kpfn, NULL },
	{ "node-length", NEEDS, node_length, NULL },
	{}
};

#else /* no layout */

const struct mutate_kind mutate_ksm_kinds[] = { {} };

#endif
