/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The records: what a snapshot of a process says, in fixed-width fields and with no pointer into
 * the kernel. Walkers fill them, everything after that reads only them.
 *
 * Objects of the kernel that only have an identity (an anon_vma, a struct file, a userfaultfd
 * context) are cookies in a record: equal cookies are the same object, 0 is none. A cookie is never
 * printed unless the reader asked for pointers; msc_snapshot_number() gives every object a small id
 * in address order.
 *
 * Memory comes from the caller's allocator and only in msc_snapshot_reserve(), which may sleep. The
 * functions that add to a snapshot never allocate, so that a walker can call them under mmap_lock;
 * they answer MSC_NOROOM, and the walker lets the lock go, reserves, and goes on from where it was.
 */
#ifndef MSC_CORE_MODEL_H
#define MSC_CORE_MODEL_H

#include "anon.h"
#include "map.h"
#include "merge.h"
#include "pages.h"
#include "rmap_item.h"
#include "seam.h"
#include "types.h"
#include "vmflags.h"
#include "whatif.h"

#define MSC_NOROOM (-1)

/* The longest name a VMA can have: PATH_MAX, with its NUL. */
#define MSC_NAME_MAX 4096
#define MSC_COMM_MAX 64
#define MSC_RELEASE_MAX 65
/* 64-bit words of a node mask: CONFIG_NODES_SHIFT is at most 10. */
#define MSC_NODE_WORDS 16

/*
 * struct msc_alloc - where a snapshot's memory comes from
 * @resize: like realloc(): @old of @old_size bytes (NULL and 0 at first) becomes @new_size bytes,
 * which
 *          keep what was there; NULL when there is no memory, and then @old stands
 * @release: free what @resize gave
 * @rest:    give way to who waits for the processor; may be NULL
 */
struct msc_alloc {
	void *(*resize)(void *old, msc_size old_size, msc_size new_size);
	void (*release)(void *p);
	void (*rest)(void);
};

enum msc_kind {
	MSC_KIND_ANON,		/* no vm_ops: vma_is_anonymous(), a private /dev/zero included */
	MSC_KIND_PRIVATE_FILE,	/* a file, and not VM_MAYSHARE */
	MSC_KIND_SHARED_FILE,	/* a file, and VM_MAYSHARE */
	MSC_KIND_SHMEM,		/* a file of tmpfs, memfd, SysV shm, or shared anonymous memory */
	MSC_KIND_HUGETLB,	/* VM_HUGETLB */
	MSC_KIND_SPECIAL,	/* vm_ops without a file: vdso, vvar */
	MSC_NR_KINDS
};

/* Bits of struct msc_vma.bits, with MSC_SEAM_*. */
#define MSC_VMA_CLOSE MSC_BIT(2)	/* vm_ops->close is set */
#define MSC_VMA_NAME_CUT MSC_BIT(3)	/* the name did not fit MSC_NAME_MAX and is not known */

/* struct msc_vma - one VMA (struct vm_area_struct), as it was under mmap_read_lock */
struct msc_vma {
	msc_u64 self;		/* cookie of the VMA */
	msc_u64 start;		/* vm_start, bytes */
	msc_u64 end;		/* vm_end, bytes, exclusive */
	msc_u64 pgoff;		/* vm_pgoff, pages */
	msc_u64 anon_pgoff;	/* vma_start_anon_pgoff(), pages; only if msc_facts.anon_pgoff */
	msc_u64 flags;		/* vm_flags as MSC_VM() bits */
	msc_u64 other_flags;	/* bits of vm_flags that have no code, at the kernel's own places */
	msc_u64 anon_vma;	/* cookie */
	msc_u64 anon_root;	/* cookie of anon_vma->root; 0 exactly if anon_vma is */
	msc_u64 uffd;		/* cookie of vm_userfaultfd_ctx.ctx */
	msc_u64 walk_ns;	/* how long the walk of its pages took, for what-if; else 0 */
	msc_u32 avcs;		/* length of anon_vma_chain */
	msc_u32 file;		/* index in files, from 1; 0 without vm_file */
	/*
	 * The last column of maps, as an offset in strings: a path, "[heap]", "[anon:x]"; 0 if
	 * empty.
	 */
	msc_u32 name;
	/*
	 * What PR_SET_VMA_ANON_NAME gave, as maps would print it ("[anon:x]"; x can be empty), or
	 * 0.
	 */
	msc_u32 anon_name;
	msc_u32 policy;		/* index in policies, from 1; 0 is NULL, the process's default */
	msc_u32 anon_vma_id;	/* ids in address order, from 1; set by msc_snapshot_number() */
	msc_u32 anon_root_id;
	msc_u32 uffd_id;
	msc_u8 kind;		/* enum msc_kind */
	msc_u8 bits;		/* MSC_VMA_*, MSC_SEAM_* */
};

/* Bits of struct msc_file.bits. */
#define MSC_FILE_SHMEM MSC_BIT(0)
#define MSC_FILE_DAX MSC_BIT(1)
/*
 * its driver cannot change a VMA's flags after the merge attempt
 * (mm/vma.c:can_set_ksm_flags_early())
 */
#define MSC_FILE_FLAGS_EARLY MSC_BIT(2)

/* struct msc_file - a struct file that some VMA maps */
struct msc_file {
	msc_u64 cookie;
	msc_u32 path;		/* offset in strings */
	msc_u8 bits;		/* MSC_FILE_* */
	msc_u8 path_cut;	/* the path did not fit MSC_NAME_MAX */
};

/*
 * struct msc_policy - a struct mempolicy by value; equal exactly where
 * mm/mempolicy.c:__mpol_equal() is
 */
struct msc_policy {
	msc_u16 mode;
	msc_u16 flags;
	msc_s32 home_node;
	msc_u64 nodes[MSC_NODE_WORDS];
	msc_u64 user_nodes[MSC_NODE_WORDS];	/* zero unless the flags keep a user node mask */
};

/* What the kernel that a snapshot was taken on has, and how it decides. */
struct msc_facts {
	char release[MSC_RELEASE_MAX];	/* utsname release */
	const char *merge_rules;	/* the merge code followed: the first release that has it */
	msc_bool merge_rules_known;	/* mm/vma.c of this very series was read */
	msc_bool anon_pgoff;		/* a second page offset per VMA (7.3) */
	msc_bool lock_seq;		/* mm->mm_lock_seq tells whether a writer came (6.4) */
	msc_bool merge_any;		/* PR_SET_MEMORY_MERGE (6.4) */
	msc_bool ksm_flag_early;	/* VM_MERGEABLE before the merge attempt (6.17) */
	msc_bool swap_cache;		/* what the swap cache has could be looked up */
	msc_bool deep;			/* each folio's mappings were counted */
	const char *ksm_off;		/* why rmap_items cannot be had; NULL if they can */
	msc_bool ksm_index;		/* an rmap_item remembers a page index (7.3) */
	msc_bool ksm_age;		/* an rmap_item has an age (6.7) */
	msc_bool pointers;		/* cookies are real addresses and the reader may see them */
	struct msc_merge_rules merge;
	msc_u64 ksm_excluded;		/* flags that keep a VMA from KSM, MSC_VM() */
	struct msc_object_sizes sizes;	/* for what a policy saves */
};

/* struct msc_lock_stats - how mmap_lock was held; times in microseconds */
struct msc_lock_stats {
	msc_u64 held_us;	/* in all, of the attempt that was given out */
	msc_u64 longest_us;	/* the longest stretch */
	msc_u32 let_go;		/* how often it was let go on the way */
	msc_u32 torn;		/* at how many of those places a writer had come */
	msc_u32 retries;	/* torn attempts thrown away before this one */
};

/* struct msc_target - the process and its mm */
struct msc_target {
	msc_s32 pid;			/* in the initial PID namespace */
	char comm[MSC_COMM_MAX];
	msc_bool merge_any;		/* MMF_VM_MERGE_ANY; only if msc_facts.merge_any */
	msc_bool mergeable;		/* MMF_VM_MERGEABLE: the mm is known to ksmd */
	/* Counters of the mm at the end of the walk; all but the first in pages. */
	msc_u64 map_count;
	msc_u64 total_vm, data_vm, exec_vm, stack_vm;
	msc_bool shared_lock;		/* a munmap() may be half done, or a stack has grown */
};

/* Parts of a process that a snapshot can hold, and of a report. */
#define MSC_SECTION_VMAS MSC_BIT(0)
#define MSC_SECTION_ANON_VMAS MSC_BIT(1)
#define MSC_SECTION_FOLIOS MSC_BIT(2)
#define MSC_SECTION_CHECK MSC_BIT(3)	/* judged from the others: it needs them all */
#define MSC_SECTION_KSM MSC_BIT(4)	/* needs the folios, too */
#define MSC_SECTION_WHATIF MSC_BIT(5)	/* worked out from the others: msc_whatif_work_out() */
#define MSC_SECTION_ALL (MSC_BIT(6) - 1)

/*
 * struct msc_snapshot - one process at one moment; see struct msc_lock_stats for how much of a
 * moment
 */
struct msc_snapshot {
	const struct msc_alloc *alloc;
	msc_u32 sections;		/* MSC_SECTION_*: what it holds */
	msc_u32 shown;			/* MSC_SECTION_*: what a report of it shows */
	struct msc_facts facts;
	struct msc_target target;
	struct msc_lock_stats lock;

	struct msc_vma *vmas;
	msc_u32 nr_vmas, max_vmas;
	msc_u8 end_bits;		/* MSC_SEAM_* behind the last VMA */
	struct msc_avc *avcs;		/* those of one VMA together, in the order of its chain */
	msc_u32 nr_avcs, max_avcs;
	struct msc_anon_vma *anon_vmas;	/* in the order in which chains name them */
	msc_u32 nr_anon_vmas, max_anon_vmas;
	msc_bool anon_short;		/* one of the two had no room since the last reserve */
	struct msc_run *runs;		/* by address; those of one VMA together */
	msc_u32 nr_runs, max_runs;
	struct msc_ksm_mm ksm;
	struct msc_rmap_item *rmap_items;	/* in the order of the mm's list */
	msc_u32 nr_rmap_items, max_rmap_items;
	struct msc_ksm_page *ksm_pages;		/* by address */
	msc_u32 nr_ksm_pages, max_ksm_pages;
	struct msc_ksm_found *ksm_found;	/* those of one page together */
	msc_u32 nr_ksm_found, max_ksm_found;
	struct msc_stable_node *stable_nodes;	/* in the order in which they are named */
	msc_u32 nr_stable_nodes, max_stable_nodes;
	struct msc_whatif whatif[MSC_NR_WHATIFS];
	struct msc_merged *merged;	/* by policy, then by address */
	msc_u32 nr_merged;
	struct msc_relocation *relocations;	/* by address */
	msc_u32 nr_relocations;
	struct msc_file *files;
	msc_u32 nr_files, max_files;
	struct msc_policy *policies;
	msc_u32 nr_policies, max_policies;
	char *strings;
	msc_u32 strings_len, strings_max;
	struct msc_map file_map;	/* cookie to index in files */
	struct msc_map string_map;	/* hash to offset in strings */
	struct msc_map anon_vma_map;	/* cookie to index in anon_vmas, from 1 */
	struct msc_map node_map;	/* cookie to index in stable_nodes, from 1 */
	msc_u32 last_string;
};

/* An empty snapshot whose report will show the sections @shown; it holds what these need. */
void msc_snapshot_init(struct msc_snapshot *s, const struct msc_alloc *alloc, msc_u32 shown);

/* Free all memory; @s can be initialised again. */
void msc_snapshot_free(struct msc_snapshot *s);

/* Forget what was recorded, keep the memory: for another attempt at the same process. */
void msc_snapshot_clear(struct msc_snapshot *s);

/* struct msc_mark - how far a snapshot had got, in what a VMA brings with it; runs aside */
struct msc_mark {
	msc_u32 nr_vmas, nr_avcs, nr_anon_vmas;
};

struct msc_mark msc_snapshot_mark(const struct msc_snapshot *s);

/* Forget the VMAs, AVCs and anon_vmas recorded since @mark. */
void msc_snapshot_back_to(struct msc_snapshot *s, const struct msc_mark *mark);

/*
 * Make room for at least @vmas VMAs in all and for some more of everything else. May sleep in the
 * allocator. Returns 0, or MSC_NOROOM if there is no memory: nothing is lost then.
 */
int msc_snapshot_reserve(struct msc_snapshot *s, msc_u32 vmas);

/* Is there room for one more VMA with a name, a file and a policy that are all new? */
msc_bool msc_snapshot_has_room(const struct msc_snapshot *s);

/* The next VMA record, zeroed; NULL without room. */
struct msc_vma *msc_snapshot_add_vma(struct msc_snapshot *s);

/* The next AVC record, zeroed; NULL without room. */
struct msc_avc *msc_snapshot_add_avc(struct msc_snapshot *s);

/* The index, from 1, of the anon_vma with @cookie, or 0 if it is not there yet. */
msc_u32 msc_snapshot_find_anon_vma(const struct msc_snapshot *s, msc_u64 cookie);

/* Add @anon_vma, which is not there yet. Returns its index, or 0 without room. */
msc_u32 msc_snapshot_add_anon_vma(struct msc_snapshot *s, const struct msc_anon_vma *anon_vma);

/*
 * Add @pages pages from @start (bytes) on of the VMA that was added last: to the last run if all
 * facts but the seam bits are the same, else as a new run. @page has its padding zeroed. False
 * without room.
 */
msc_bool msc_snapshot_add_pages(struct msc_snapshot *s, msc_u64 start, msc_u64 pages,
				const struct msc_page *page);

/* Add @run as it is. False without room. */
msc_bool msc_snapshot_add_run(struct msc_snapshot *s, const struct msc_run *run);

/*
 * Is there room for what KSM knows of one more address: an rmap_item, a page with MSC_MAX_FOUND
 * rmap_items found, and the stable node of each?
 */
#define MSC_MAX_FOUND 64u
msc_bool msc_snapshot_has_ksm_room(const struct msc_snapshot *s);

/* The next record, zeroed. There is room: msc_snapshot_has_ksm_room(). */
struct msc_rmap_item *msc_snapshot_add_rmap_item(struct msc_snapshot *s);
struct msc_ksm_page *msc_snapshot_add_ksm_page(struct msc_snapshot *s);

/* The next rmap_item found for the page that was added last, zeroed; NULL past MSC_MAX_FOUND. */
struct msc_ksm_found *msc_snapshot_add_ksm_found(struct msc_snapshot *s);

/* The index, from 1, of the stable node with @cookie, or 0 if it is not there yet. */
msc_u32 msc_snapshot_find_node(const struct msc_snapshot *s, msc_u64 cookie);

/* Add a stable node that is not there yet; there is room. Returns its index, from 1. */
msc_u32 msc_snapshot_add_node(struct msc_snapshot *s, const struct msc_stable_node *node);

/* The index of the file with @cookie, or 0 if it is not there yet. */
msc_u32 msc_snapshot_find_file(const struct msc_snapshot *s, msc_u64 cookie);

/* Add @file, whose cookie is not there yet. Returns its index, or 0 without room. */
msc_u32 msc_snapshot_add_file(struct msc_snapshot *s, const struct msc_file *file);

/* The index of a policy equal to @policy, added if there is none; 0 without room. */
msc_u32 msc_snapshot_add_policy(struct msc_snapshot *s, const struct msc_policy *policy);

/* Add @policy, which is not there yet. Returns its index, or 0 without room. */
msc_u32 msc_snapshot_push_policy(struct msc_snapshot *s, const struct msc_policy *policy);

/*
 * The offset of a string equal to the @len bytes at @str, added if there is none; 0 for an empty
 * one. MSC_NAME_MAX - 1 bytes at the most count. 0 also without room: ask msc_snapshot_has_room()
 * first.
 */
msc_u32 msc_snapshot_add_string(struct msc_snapshot *s, const char *str, msc_size len);

const char *msc_snapshot_string(const struct msc_snapshot *s, msc_u32 offset);

/*
 * Give anon_vmas and userfaultfd contexts their ids, in the order in which the VMAs, by address,
 * name them: a VMA's anon_vma before its root, then what only AVCs name, then what only is a
 * parent. So an id does not depend on the sections. The chains of KSM's stable nodes get theirs as
 * the nodes name them. May sleep in the allocator. Returns 0 or MSC_NOROOM.
 */
int msc_snapshot_number(struct msc_snapshot *s);

/*
 * Link each anon_vma to its AVCs, in their order, see which lack their anon_vma's parent, and for
 * each stable node count the rmap_items that are on no list and see where it is named first: so
 * that a rule goes once over what was recorded. May sleep. msc_snapshot_number() does it.
 */
void msc_snapshot_link(struct msc_snapshot *s);

#endif
