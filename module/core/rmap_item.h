/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The records of KSM. A merged page belongs to no anon_vma: its mapping leads to a stable node,
 * whose list holds an rmap_item for each address at which ksmd merged it, and the rmap_item has the
 * anon_vma in which the reverse map searches:
 *
 *     page --mapping--> stable node --hlist--> rmap_items --anon_vma--> VMAs that cover its address
 *
 * An mm's rmap_items are on its own list besides, by address. That list and the trees follow what
 * becomes of the pages only when ksmd comes by again, so an rmap_item may be stale.
 *
 * What KSM knows of an address is recorded together: the page there, the rmap_items of its node
 * that have that address, and the mm's own rmap_item.
 */
#ifndef MSC_CORE_RMAP_ITEM_H
#define MSC_CORE_RMAP_ITEM_H

#include "types.h"

enum msc_node_kind {
	MSC_NODE_UNKNOWN,	/* migrate_nodes was not found, or the node could not be read */
	MSC_NODE_TREE,		/* in a stable tree */
	MSC_NODE_DUP,		/* of a chain, whose nodes have the same contents */
	MSC_NODE_MIGRATING,	/* waits for its place in another NUMA node's tree */
	MSC_NODE_CHAIN,		/* the head of a chain: no page is its, and no rmap_item */
	MSC_NR_NODE_KINDS
};

/* What is at the page frame that a stable node names. */
enum msc_node_page {
	MSC_NODE_PAGE_UNKNOWN,	/* it could not be locked, or the node not be read */
	MSC_NODE_PAGE_MATCH,	/* a page that points back at the node */
	MSC_NODE_PAGE_GONE,	/* another one: the node's was freed, or its kpfn is wrong */
	MSC_NODE_PAGE_OTHER,	/* another one, though the node's is still mapped */
	MSC_NR_NODE_PAGES
};

/* struct msc_stable_node - a struct ksm_stable_node that a page or an rmap_item of the mm names */
struct msc_stable_node {
	msc_u64 self;		/* cookie */
	msc_u64 chain;		/* cookie of the chain that a dup is on; 0: not known */
	msc_s64 kpfn_off;	/* of kpfn from its page, in pages; 0 unless page is OTHER */
	msc_u32 chain_id;	/* set by msc_snapshot_number() */
	msc_s32 len;		/* rmap_hlist_len */
	msc_u32 found;		/* rmap_items on its list; only if counted */
	/* By msc_snapshot_link(), of the mm's rmap_items that name it: */
	msc_u32 unlisted;	/* how many are on no list */
	msc_u64 addr;		/* of the first, or else of the first page that names it; bytes */
	msc_s32 nid;		/* of the tree it is in; -1 without NUMA */
	msc_u32 hold;		/* the mutex's hold, from 1, in which it was read last */
	msc_u8 kind;		/* enum msc_node_kind */
	msc_u8 page;		/* enum msc_node_page */
	msc_u8 counted;		/* the whole list was walked; else it is broken, or too long */
};

enum msc_item_state {
	MSC_ITEM_IDLE,		/* in no tree: ksmd waits for its page to stop changing */
	MSC_ITEM_UNSTABLE,	/* in the unstable tree, at least in that of the scan it names */
	MSC_ITEM_STABLE,	/* on the list of a stable node */
	MSC_ITEM_BOTH,		/* flagged as both, as none can be */
	MSC_NR_ITEM_STATES
};

/* What has become of the address of a stable rmap_item. */
enum msc_item_now {
	MSC_NOW_NONE,		/* it is not stable: nothing is claimed */
	MSC_NOW_MAPS,		/* its page is mapped there */
	MSC_NOW_NO_VMA,		/* stale: no VMA is there */
	MSC_NOW_MOVED,		/* stale: another VMA is, to which its anon_vma does not lead */
	MSC_NOW_CHANGED,	/* stale: something else is mapped */
	MSC_NR_ITEM_NOWS
};

/* Bits of struct msc_rmap_item.bits. */
#define MSC_ITEM_LISTED MSC_BIT(0)	/* on its stable node's list */
#define MSC_ITEM_ON_CHAIN MSC_BIT(1)	/* the VMA at its address has an AVC on its anon_vma */
#define MSC_ITEM_OTHER_MM MSC_BIT(2)	/* it names another mm than the one whose list it is on */
#define MSC_ITEM_BAD_ADDR MSC_BIT(3)	/* beyond user space, or with bits that mean nothing */

/* struct msc_rmap_item - an rmap_item of the mm, in the order of its list */
struct msc_rmap_item {
	msc_u64 self;		/* cookie */
	msc_u64 addr;		/* bytes, without the flags */
	msc_u64 anon_vma;	/* cookie; of a stable one */
	msc_u64 index;		/* linear_page_index of a stable one; only if msc_facts.ksm_index */
	msc_u64 expected;	/* the VMA's page index at addr; 0 without a VMA */
	msc_u32 node;		/* index in stable_nodes, from 1; of a stable one */
	msc_u32 anon_vma_id;	/* set by msc_snapshot_number() */
	msc_u8 state;		/* enum msc_item_state */
	msc_u8 now;		/* enum msc_item_now */
	msc_u8 page;		/* enum msc_page_state: what is mapped at addr */
	msc_u8 scans_ago;	/* it went into the unstable tree; only if msc_ksm_mm.has_scans */
	msc_u8 age;		/* the scans since it was made, as smart scan counts them */
	msc_u8 bits;		/* MSC_ITEM_* */
};

/* Bits of struct msc_ksm_found.bits. */
#define MSC_FOUND_OWN MSC_BIT(0)	/* its mm is the target's: the reverse map's first pass */
#define MSC_FOUND_ON_CHAIN MSC_BIT(1)	/* the page's VMA has an AVC on its anon_vma */

/* struct msc_ksm_found - an rmap_item, of whatever mm, on the list of a page's stable node */
struct msc_ksm_found {
	msc_u64 addr;		/* bytes */
	msc_u64 anon_vma;	/* cookie */
	msc_u64 index;		/* as in struct msc_rmap_item */
	msc_u32 anon_vma_id;	/* set by msc_snapshot_number() */
	msc_u8 bits;		/* MSC_FOUND_* */
};

/* Bits of struct msc_ksm_page.bits. */
#define MSC_KSM_PAGE_MERGEABLE MSC_BIT(0)	/* its VMA is VM_MERGEABLE */
#define MSC_KSM_PAGE_UNSURE MSC_BIT(1)		/* it could not be locked: its node is not known */
#define MSC_KSM_PAGE_MORE MSC_BIT(2)		/* the list is longer than what was looked at */

/* struct msc_ksm_page - a page of KSM's that the mm maps, as it was while its folio was locked */
struct msc_ksm_page {
	msc_u64 addr;		/* bytes */
	msc_u64 first, last;	/* its VMA's page offsets for the reverse map, inclusive */
	msc_u32 vma;		/* index in vmas */
	msc_u32 node;		/* index in stable_nodes, from 1; 0: it has none */
	msc_u32 item;		/* index in rmap_items, from 1, of the one at addr; 0: none */
	msc_u32 found;		/* the first of nr_found in ksm_found */
	msc_u16 nr_found;	/* the rmap_items of its node that have its address */
	msc_u8 bits;		/* MSC_KSM_PAGE_* */
};

/* How much of KSM's lists a snapshot has seen. */
enum msc_ksm_lists {
	MSC_KSM_OFF,		/* nothing: see msc_facts.ksm_off */
	MSC_KSM_READ,		/* all there is */
	MSC_KSM_BUSY,		/* ksmd did not let go of them, from some point on */
	MSC_KSM_MMAP_BUSY,	/* nor did others of mmap_lock, and ksmd must not wait */
	MSC_KSM_OFFLINE,	/* memory is being taken away */
	MSC_KSM_TOO_LONG,	/* so many mms are ksmd's that the mm was not come to */
	MSC_KSM_BROKEN,		/* a list leads nowhere, or does not end */
	MSC_NR_KSM_LISTS
};

/* struct msc_ksm_mm - KSM, and what the mm counts of it */
struct msc_ksm_mm {
	msc_u8 lists;		/* enum msc_ksm_lists */
	msc_bool runs;		/* ksmd scans, or did in between; only if the lists are not off */
	msc_bool has_scans;	/* scans is known */
	msc_u64 scans;		/* ksm_scan.seqnr: full scans */
	msc_u32 let_go;		/* how often ksm_thread_mutex was let go and taken again */
	msc_u64 longest_us;	/* the longest time for which it was held */
	/* Of the mm, at the end of the walk. */
	msc_bool has_zero_pages;
	msc_u64 rmap_items, merging_pages, zero_pages;
};

#endif
