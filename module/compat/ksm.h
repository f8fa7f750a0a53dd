/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The private state of mm/ksm.c. Its structs are in no header: msc_layout.h, generated from the
 * kernel's BTF, says where their members are, and everything is read as if it were no pointer at
 * all, so that a layout that is wrong, or an object that was overwritten, leads nowhere.
 *
 * Unless it says otherwise a function wants ksm_thread_mutex: it keeps every rmap_item and stable
 * node alive, and on the lists it is on. Only memory that goes offline takes stable nodes away
 * without it (ksm_check_stable_tree()), and then KSM_RUN_OFFLINE is set.
 */
#ifndef MSC_COMPAT_KSM_H
#define MSC_COMPAT_KSM_H

#include <linux/mm_types.h>
#include <linux/types.h>

/* struct msc_compat_member - where one member of a private struct is */
struct msc_compat_member {
	const char *type;
	const char *name;
	unsigned int offset;	/* bytes */
};

/* Bits of struct msc_compat_rmap_item.address below the page: mm/ksm.c. */
#define MSC_COMPAT_RMAP_SEQNR 0x0ffUL
#define MSC_COMPAT_RMAP_UNSTABLE 0x100UL
#define MSC_COMPAT_RMAP_STABLE 0x200UL

/* struct msc_compat_rmap_item - a struct ksm_rmap_item, copied */
struct msc_compat_rmap_item {
	const void *next;		/* the mm's next rmap_item (rmap_list) */
	const struct mm_struct *mm;
	unsigned long address;		/* with the flags above */
	/* Of a stable one. */
	const struct anon_vma *anon_vma;
	const void *node;		/* the stable node (head) */
	const void *node_next;		/* the node's next rmap_item (hlist) */
	bool linked;			/* hlist.pprev points at what points back to it */
	unsigned long index;		/* linear_page_index; 0 if kernels lack it */
	/* Of one that is not stable, before 7.3 of all; 0 if the kernel has none. */
	u8 age;
};

enum msc_compat_node_kind {
	MSC_COMPAT_NODE_TREE,		/* in a stable tree itself */
	MSC_COMPAT_NODE_DUP,		/* on a chain that is in a stable tree */
	MSC_COMPAT_NODE_MIGRATING,	/* on migrate_nodes: waits for its place in another tree */
	MSC_COMPAT_NODE_CHAIN,		/* no page's, but the head of dups */
	MSC_COMPAT_NODE_UNKNOWN,	/* migrate_nodes was not found */
};

/* struct msc_compat_stable_node - a struct ksm_stable_node, copied */
struct msc_compat_stable_node {
	enum msc_compat_node_kind kind;
	unsigned long kpfn;
	int len;			/* rmap_hlist_len */
	int nid;			/* -1 without CONFIG_NUMA */
	const void *first;		/* its first rmap_item */
};

/* struct msc_compat_dup - where on its chain a stable node is */
struct msc_compat_dup {
	const void *next;		/* the dup behind it; NULL at the end */
	const void *prev;		/* the one before; NULL if it is the first */
	const void *chain;		/* the chain; only if it is the first */
};

/*
 * Why there is no section ksm on this kernel, in words; NULL if nothing is missing. Needs
 * msc_compat_symbols_init() before it and no lock.
 */
const char *msc_compat_ksm_missing(void);

/* Member @index of the layout; NULL past the end, or without a layout. No lock. */
const struct msc_compat_member *msc_compat_ksm_member(unsigned int index);

/* Does an rmap_item remember a page index (7.3)? An age (6.7)? Both are false without a layout. */
bool msc_compat_ksm_has_index(void);
bool msc_compat_ksm_has_age(void);

/*
 * Take ksm_thread_mutex if nobody has it. Only if nothing is missing; the same of all that follows.
 */
bool msc_compat_ksm_trylock(void);
void msc_compat_ksm_unlock(void);

/* lockdep_assert_held() of it; without CONFIG_LOCKDEP nothing. */
void msc_compat_ksm_assert_locked(void);

/* ksm_run, what /sys/kernel/mm/ksm/run shows. */
bool msc_compat_ksm_runs(void);		/* KSM_RUN_MERGE: ksmd scans */
bool msc_compat_ksm_offlining(void);	/* KSM_RUN_OFFLINE: let the mutex go, touch nothing */

/* ksm_scan.seqnr, the full scans that ksmd has done; false if ksm_scan was not found. */
bool msc_compat_ksm_scans(u64 *scans);

enum msc_compat_ksm_look {
	MSC_COMPAT_KSM_GOOD,	/* what is on the lists looks as it should */
	MSC_COMPAT_KSM_EMPTY,	/* nothing is on them */
	MSC_COMPAT_KSM_BAD,
};

/*
 * The layout was generated for this release; is it this kernel's? Looks at a bounded part of the
 * live lists. *@why says in words what is bad. Takes ksm_mmlist_lock.
 */
enum msc_compat_ksm_look msc_compat_ksm_check(const char **why);

/*
 * The first rmap_item of @mm into *@first, NULL if it has none. The caller holds a reference to @mm
 * (mm_users), so that its slot stays. Takes ksm_mmlist_lock. Returns 0, or
 *   -ENOENT  @mm is not on ksmd's list
 *   -E2BIG   the list is longer than the bound
 *   -EFAULT  the list leads nowhere
 */
int msc_compat_ksm_first_item(const struct mm_struct *mm, const void **first);

/*
 * Is it an address, with flags, that an rmap_item can have: in user space, and with no bit below
 * the page that means nothing? No lock.
 */
bool msc_compat_ksm_is_address(unsigned long address);

/* Copy an object; false if @item or @node cannot be read. */
bool msc_compat_rmap_item_read(struct msc_compat_rmap_item *to, const void *item);
bool msc_compat_stable_node_read(struct msc_compat_stable_node *to, const void *node);

/* What @node, a dup, is chained to; false if it leads nowhere. */
bool msc_compat_dup_read(struct msc_compat_dup *to, const void *node);

#endif
