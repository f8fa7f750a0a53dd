// SPDX-License-Identifier: GPL-2.0
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#include "ksm.h"
#include "msc_layout.h"
#include "symbols.h"

/* Slots of ksmd's list that are looked at under ksm_mmlist_lock, which spins. */
#define MAX_SLOTS 16384
/* And by msc_compat_ksm_check(), with the first rmap_items of each. */
#define CHECKED_SLOTS 64
#define CHECKED_ITEMS 64

bool msc_compat_ksm_is_address(unsigned long address)
{
	const unsigned long flags = MSC_COMPAT_RMAP_SEQNR | MSC_COMPAT_RMAP_UNSTABLE |
				    MSC_COMPAT_RMAP_STABLE;

	return !(address & ~PAGE_MASK & ~flags) && (address & PAGE_MASK) < TASK_SIZE_MAX;
}

#ifdef MSC_BTF_KSM

#define MSC_MEMBER(t, m, o) { .type = #t, .name = #m, .offset = o },
static const struct msc_compat_member members[] = { MSC_BTF_MEMBERS(MSC_MEMBER) };

/* Where @member of the struct @type at @base is. */
#define AT(base, type, member) ((const char *)(base) + MSC_BTF_##type##_##member)
/* What is there, in a copy. */
#define VALUE(copy, type, member, as) (*(const as *)AT(copy, type, member))

/* KSM_RUN_* of mm/ksm.c, the same in every release. */
#define RUN_MERGE 1UL
#define RUN_OFFLINE 4UL
/* rmap_hlist_len of a chain. */
#define CHAIN_LEN (-1024)

/* What nothing can be done without: each is dereferenced below. */
static const enum msc_compat_symbol_id needed[] = {
	MSC_SYMBOL_KSM_THREAD_MUTEX,
	MSC_SYMBOL_KSM_MMLIST_LOCK,
	MSC_SYMBOL_KSM_MM_HEAD,
	MSC_SYMBOL_KSM_RUN,
};

static void *symbol(enum msc_compat_symbol_id id)
{
	return (void *)msc_compat_symbol_address(id);
}

const char *msc_compat_ksm_missing(void)
{
	static char why[64];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(needed); i++) {
		if (symbol(needed[i]))
			continue;
		scnprintf(why, sizeof(why), "no symbol %s", msc_compat_symbol(needed[i])->name);
		return why;
	}
	return NULL;
}

const struct msc_compat_member *msc_compat_ksm_member(unsigned int index)
{
	return index < ARRAY_SIZE(members) ? &members[index] : NULL;
}

bool msc_compat_ksm_has_index(void)
{
	return __is_defined(MSC_BTF_HAS_ksm_rmap_item_linear_page_index);
}

bool msc_compat_ksm_has_age(void)
{
	return __is_defined(MSC_BTF_HAS_ksm_rmap_item_age);
}

bool msc_compat_ksm_trylock(void)
{
	return mutex_trylock(symbol(MSC_SYMBOL_KSM_THREAD_MUTEX));
}

void msc_compat_ksm_assert_locked(void)
{
	struct mutex *mutex;

	/* To look the symbol up is a call. */
	if (!IS_ENABLED(CONFIG_LOCKDEP))
		return;
	mutex = symbol(MSC_SYMBOL_KSM_THREAD_MUTEX);
	lockdep_assert_held(mutex);
}

void msc_compat_ksm_unlock(void)
{
	mutex_unlock(symbol(MSC_SYMBOL_KSM_THREAD_MUTEX));
}

static unsigned long ksm_run(void)
{
	msc_compat_ksm_assert_locked();
	return READ_ONCE(*(unsigned long *)symbol(MSC_SYMBOL_KSM_RUN));
}

bool msc_compat_ksm_runs(void)
{
	return ksm_run() & RUN_MERGE;
}

bool msc_compat_ksm_offlining(void)
{
	return ksm_run() & RUN_OFFLINE;
}

bool msc_compat_ksm_scans(u64 *scans)
{
	const void *scan = symbol(MSC_SYMBOL_KSM_SCAN);
	unsigned long seqnr;

	msc_compat_ksm_assert_locked();
	if (!scan || get_kernel_nofault(seqnr, (unsigned long *)AT(scan, ksm_scan, seqnr)))
		return false;
	*scans = seqnr;
	return true;
}

/* struct slot - a struct ksm_mm_slot, copied */
struct slot {
	const char *next;	/* the next one and the one before, by their mm_node */
	const char *prev;
	const struct mm_struct *mm;
	const void *rmap_list;
};

/* @node is the mm_node of a slot. */
static bool read_slot(struct slot *to, const char *node)
{
	const char *slot = node - MSC_BTF_ksm_mm_slot_slot - MSC_BTF_mm_slot_mm_node;
	char copy[MSC_BTF_SIZE_ksm_mm_slot] __aligned(8);
	const char *mm_slot = AT(copy, ksm_mm_slot, slot);

	if (copy_from_kernel_nofault(copy, slot, sizeof(copy)))
		return false;
	to->next = (const char *)VALUE(mm_slot, mm_slot, mm_node, struct list_head).next;
	to->prev = (const char *)VALUE(mm_slot, mm_slot, mm_node, struct list_head).prev;
	to->mm = VALUE(mm_slot, mm_slot, mm, struct mm_struct *);
	to->rmap_list = VALUE(copy, ksm_mm_slot, rmap_list, void *);
	return true;
}

/* ksmd's list of mms, for who holds ksm_mmlist_lock. */
static const char *list_of_slots(void)
{
	spinlock_t *lock;

	if (IS_ENABLED(CONFIG_LOCKDEP)) {
		lock = symbol(MSC_SYMBOL_KSM_MMLIST_LOCK);
		lockdep_assert_held(lock);
	}
	return AT(AT(symbol(MSC_SYMBOL_KSM_MM_HEAD), ksm_mm_slot, slot), mm_slot, mm_node);
}

#ifdef MSC_TEST_BUILD
static unsigned int max_slots = MAX_SLOTS;
module_param(max_slots, uint, 0400);
MODULE_PARM_DESC(max_slots, "the slots of ksmd's list that are looked at, for a test");
#else
static const unsigned int max_slots = MAX_SLOTS;
#endif

static int find_slot(struct slot *slot, const struct mm_struct *mm)
{
	const char *head = list_of_slots();
	unsigned int i;

	if (!read_slot(slot, head))
		return -EFAULT;
	for (i = 0; slot->next != head; i++) {
		if (i == max_slots)
			return -E2BIG;
		if (!read_slot(slot, slot->next))
			return -EFAULT;
		if (slot->mm == mm)
			return 0;
	}
	return -ENOENT;
}

int msc_compat_ksm_first_item(const struct mm_struct *mm, const void **first)
{
	spinlock_t *lock = symbol(MSC_SYMBOL_KSM_MMLIST_LOCK);
	struct slot slot;
	int err;

	msc_compat_ksm_assert_locked();
	spin_lock(lock);
	err = find_slot(&slot, mm);
	spin_unlock(lock);
	*first = err ? NULL : slot.rmap_list;
	return err;
}

/* The rmap_item whose hlist @link is. */
static const void *item_of(const struct hlist_node *link)
{
	return link ? (const char *)link - MSC_BTF_ksm_rmap_item_hlist : NULL;
}

/* Does what points to this rmap_item, by its own account, point to it? */
static bool is_linked(const void *item, const struct hlist_node *link)
{
	struct hlist_node *back;

	return !get_kernel_nofault(back, link->pprev) &&
	       (const char *)back == AT(item, ksm_rmap_item, hlist);
}

bool msc_compat_rmap_item_read(struct msc_compat_rmap_item *to, const void *item)
{
	char copy[MSC_BTF_SIZE_ksm_rmap_item] __aligned(8);
	const struct hlist_node *link;
	bool stable;

	msc_compat_ksm_assert_locked();
	if (copy_from_kernel_nofault(copy, item, sizeof(copy)))
		return false;
	*to = (struct msc_compat_rmap_item){
		.next = VALUE(copy, ksm_rmap_item, rmap_list, void *),
		.mm = VALUE(copy, ksm_rmap_item, mm, struct mm_struct *),
		.address = VALUE(copy, ksm_rmap_item, address, unsigned long),
	};
	stable = to->address & MSC_COMPAT_RMAP_STABLE;
	if (stable) {
		link = &VALUE(copy, ksm_rmap_item, hlist, struct hlist_node);
		to->anon_vma = VALUE(copy, ksm_rmap_item, anon_vma, struct anon_vma *);
		to->node = VALUE(copy, ksm_rmap_item, head, void *);
		to->node_next = item_of(link->next);
		to->linked = is_linked(item, link);
	}
#ifdef MSC_BTF_HAS_ksm_rmap_item_linear_page_index
	if (stable)
		to->index = VALUE(copy, ksm_rmap_item, linear_page_index, unsigned long);
	/* It lies over the age. */
	if (stable)
		return true;
#endif
#ifdef MSC_BTF_HAS_ksm_rmap_item_age
	to->age = VALUE(copy, ksm_rmap_item, age, u8);
#endif
	return true;
}

/*
 * What kind a node is, its head tells, which lies over the node's colour and parent in the tree:
 * STABLE_NODE_DUP_HEAD, the address of migrate_nodes.prev, is neither an rb_node nor migrate_nodes.
 */
static enum msc_compat_node_kind node_kind(const struct list_head *head, int len)
{
	struct list_head *migrate_nodes = symbol(MSC_SYMBOL_MIGRATE_NODES);

	if (len == CHAIN_LEN)
		return MSC_COMPAT_NODE_CHAIN;
	if (!migrate_nodes)
		return MSC_COMPAT_NODE_UNKNOWN;
	if (head == migrate_nodes)
		return MSC_COMPAT_NODE_MIGRATING;
	if (head == (struct list_head *)&migrate_nodes->prev)
		return MSC_COMPAT_NODE_DUP;
	return MSC_COMPAT_NODE_TREE;
}

bool msc_compat_stable_node_read(struct msc_compat_stable_node *to, const void *node)
{
	char copy[MSC_BTF_SIZE_ksm_stable_node] __aligned(8);

	msc_compat_ksm_assert_locked();
	if (copy_from_kernel_nofault(copy, node, sizeof(copy)))
		return false;
	to->kpfn = VALUE(copy, ksm_stable_node, kpfn, unsigned long);
	to->len = VALUE(copy, ksm_stable_node, rmap_hlist_len, int);
	to->kind = node_kind(VALUE(copy, ksm_stable_node, head, struct list_head *), to->len);
	to->first = item_of(VALUE(copy, ksm_stable_node, hlist, struct hlist_head).first);
#ifdef MSC_BTF_HAS_ksm_stable_node_nid
	to->nid = VALUE(copy, ksm_stable_node, nid, int);
#else
	to->nid = -1;
#endif
	return true;
}

/* Is there a stable node of this kind? */
static bool is_kind(const void *node, enum msc_compat_node_kind kind)
{
	struct list_head *head;
	int len;

	return !get_kernel_nofault(head, (struct list_head **)AT(node, ksm_stable_node, head)) &&
	       !get_kernel_nofault(len, (int *)AT(node, ksm_stable_node, rmap_hlist_len)) &&
	       node_kind(head, len) == kind;
}

/*
 * mm/ksm.c:stable_node_chain_add_dup(): the dups are on the chain's hlist, by their hlist_dup. So
 * what points to a dup is a member of the dup before it, or of the chain.
 */
bool msc_compat_dup_read(struct msc_compat_dup *to, const void *node)
{
	const char *back, *prev, *chain;
	struct hlist_node link;

	msc_compat_ksm_assert_locked();
	if (copy_from_kernel_nofault(&link, AT(node, ksm_stable_node, hlist_dup), sizeof(link)))
		return false;
	back = (const char *)link.pprev;
	prev = back - offsetof(struct hlist_node, next) - MSC_BTF_ksm_stable_node_hlist_dup;
	chain = back - offsetof(struct hlist_head, first) - MSC_BTF_ksm_stable_node_hlist;
	*to = (struct msc_compat_dup){};
	if (link.next)
		to->next = (const char *)link.next - MSC_BTF_ksm_stable_node_hlist_dup;
	if (is_kind(prev, MSC_COMPAT_NODE_DUP))
		to->prev = prev;
	else if (is_kind(chain, MSC_COMPAT_NODE_CHAIN))
		to->chain = chain;
	return to->prev || to->chain;
}

/* What is wrong with an rmap_item on the list of @slot; NULL if nothing is. */
static const char *item_trouble(const struct msc_compat_rmap_item *item, const struct slot *slot)
{
	struct msc_compat_stable_node node;

	if (item->mm != slot->mm)
		return "an rmap_item names another mm than its slot";
	if (!msc_compat_ksm_is_address(item->address))
		return "an rmap_item has no address";
	if (!(item->address & MSC_COMPAT_RMAP_STABLE))
		return NULL;
	if (!item->linked)
		return "a stable rmap_item is on no list";
	if (!msc_compat_stable_node_read(&node, item->node) || node.len <= 0)
		return "a stable rmap_item names no stable node";
	return NULL;
}

/* Look at the first rmap_items of @slot; *@seen counts them. */
static const char *slot_trouble(const struct slot *slot, unsigned int *seen)
{
	const void *item = slot->rmap_list;
	struct msc_compat_rmap_item copy;
	const char *why = NULL;
	unsigned int i;

	for (i = 0; item && i < CHECKED_ITEMS && !why; i++, item = copy.next) {
		if (!msc_compat_rmap_item_read(&copy, item))
			return "an rmap_list leads nowhere";
		why = item_trouble(&copy, slot);
		++*seen;
	}
	return why;
}

static const char *list_trouble(unsigned int *seen)
{
	const char *head = list_of_slots(), *at = head, *why = NULL;
	struct slot slot, next;
	unsigned int i;

	if (!read_slot(&slot, at))
		return "ksm_mm_head leads nowhere";
	for (i = 0; slot.next != head && i < CHECKED_SLOTS && !why; i++) {
		if (!read_slot(&next, slot.next) || next.prev != at)
			return "the slots on ksm_mm_head do not point back";
		at = slot.next;
		slot = next;
		why = slot_trouble(&slot, seen);
	}
	return why;
}

enum msc_compat_ksm_look msc_compat_ksm_check(const char **why)
{
	spinlock_t *lock = symbol(MSC_SYMBOL_KSM_MMLIST_LOCK);
	unsigned int seen = 0;

	msc_compat_ksm_assert_locked();
	spin_lock(lock);
	*why = list_trouble(&seen);
	spin_unlock(lock);
	if (*why)
		return MSC_COMPAT_KSM_BAD;
	return seen ? MSC_COMPAT_KSM_GOOD : MSC_COMPAT_KSM_EMPTY;
}

#else /* no layout */

const char *msc_compat_ksm_missing(void)
{
	return MSC_BTF_MISSING;
}

const struct msc_compat_member *msc_compat_ksm_member(unsigned int index)
{
	return NULL;
}

bool msc_compat_ksm_has_index(void)
{
	return false;
}

bool msc_compat_ksm_has_age(void)
{
	return false;
}

bool msc_compat_ksm_trylock(void)
{
	return false;
}

void msc_compat_ksm_assert_locked(void)
{
}

void msc_compat_ksm_unlock(void)
{
}

bool msc_compat_ksm_runs(void)
{
	return false;
}

bool msc_compat_ksm_offlining(void)
{
	return false;
}

bool msc_compat_ksm_scans(u64 *scans)
{
	return false;
}

enum msc_compat_ksm_look msc_compat_ksm_check(const char **why)
{
	*why = MSC_BTF_MISSING;
	return MSC_COMPAT_KSM_BAD;
}

int msc_compat_ksm_first_item(const struct mm_struct *mm, const void **first)
{
	return -EFAULT;
}

bool msc_compat_rmap_item_read(struct msc_compat_rmap_item *to, const void *item)
{
	return false;
}

bool msc_compat_stable_node_read(struct msc_compat_stable_node *to, const void *node)
{
	return false;
}

bool msc_compat_dup_read(struct msc_compat_dup *to, const void *node)
{
	return false;
}

#endif
