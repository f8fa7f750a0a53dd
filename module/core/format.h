/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The names of a report's lines, keys and values, for its writer and its readers. Names are only
 * ever added; MSC_FORMAT grows when a reader that ignores unknown names would be misled all the
 * same. mergescope-report(5) describes each for people.
 */
#ifndef MSC_CORE_FORMAT_H
#define MSC_CORE_FORMAT_H

#define MSC_FORMAT 1
#define MSC_VERSION "0.1.0"

/* Lines, in the order in which they come. */
#define MSC_L_HEADER "mergescope"	/* once, first: what wrote this, and where */
#define MSC_L_PROCESS "process"		/* once: whose address space */
#define MSC_L_LOCK "lock"		/* once: how mmap_lock was held; is this one moment? */
#define MSC_L_RULES "rules"		/* once: what the kernel has, and how it decides */
#define MSC_L_POLICY "policy"		/* per distinct memory policy of a VMA */
#define MSC_L_FILE "file"		/* per struct file that a VMA maps */
#define MSC_L_VMA "vma"			/* per VMA, by address */
#define MSC_L_ANON_VMA "anon_vma"	/* per anon_vma that a chain names */
#define MSC_L_AVC "avc"			/* per AVC, by VMA and in the order of its chain */
#define MSC_L_RUN "run"			/* per run of pages about which all facts are the same */
#define MSC_L_KSM "ksm"			/* once: KSM, and what the mm counts of it */
#define MSC_L_NODE "stable_node"	/* per stable node that a page or an rmap_item names */
#define MSC_L_ITEM "rmap_item"		/* per rmap_item, in the order of the mm's list */
#define MSC_L_KSM_PAGE "ksm_page"	/* per KSM page that its own rmap_item does not tell of */
#define MSC_L_FOUND "found"		/* per rmap_item that has its address, behind its line */
#define MSC_L_KSM_VMA "ksm_vma"		/* per VMA with KSM pages or rmap_items */
#define MSC_L_CHECK "check"		/* per invariant */
#define MSC_L_VIOLATION "violation"	/* per violation, behind its invariant's line */
#define MSC_L_WHATIF "whatif"		/* per policy: the address space under it */
#define MSC_L_MERGED "merged"		/* per VMA that a policy would make of several */
#define MSC_L_RELOCATION "relocation"	/* per VMA with, or for, anonymous pages of its own */
#define MSC_L_END "end"			/* once, last: a report without it was cut off */

/* "mergescope" */
#define MSC_K_FORMAT "format"			/* MSC_FORMAT */
#define MSC_K_VERSION "version"			/* MSC_VERSION of the module */
#define MSC_K_KERNEL "kernel"			/* release, as uname -r */
#define MSC_K_RULES "merge_rules"		/* first series with the merge code followed */
#define MSC_K_RULES_KNOWN "merge_rules_known"	/* no: this series was not read, an older was */
#define MSC_K_SECTIONS "sections"		/* what follows: files of the directory */
#define MSC_K_POINTERS "pointers"		/* with ptr.* keys */
#define MSC_K_DEEP "deep"			/* were the mappings of each folio counted? */

/* "process" */
#define MSC_K_PID "pid"			/* in the initial PID namespace */
#define MSC_K_COMM "comm"
#define MSC_K_MERGE_ANY "merge_any"	/* MMF_VM_MERGE_ANY: yes, no, absent */
#define MSC_K_MERGEABLE "mergeable"	/* MMF_VM_MERGEABLE: known to ksmd */
#define MSC_K_MAP_COUNT "map_count"	/* mm->map_count */
#define MSC_K_VMAS "vmas"		/* vma lines that follow; also on "end", with "place" */
#define MSC_K_TOTAL_VM "total_vm"	/* mm->total_vm, in pages; so are the next three */
#define MSC_K_DATA_VM "data_vm"
#define MSC_K_EXEC_VM "exec_vm"
#define MSC_K_STACK_VM "stack_vm"
#define MSC_K_SHARED_LOCK "shared_lock"	/* a munmap() may be half done, a stack have grown */

/* "lock"; times in microseconds */
#define MSC_K_CONSISTENT "consistent"	/* proved, torn, unknown */
#define MSC_K_TORN "torn"		/* places where a writer came while the lock was let go */
#define MSC_K_LET_GO "let_go"		/* times the lock was let go on the way */
#define MSC_K_RETRIES "retries"		/* torn attempts thrown away before this one */
#define MSC_K_HELD_US "held_us"		/* time it was held in all */
#define MSC_K_LONGEST_US "longest_us"	/* longest stretch */

/* "rules"; also anon_pgoff */
#define MSC_K_IGNORED_FLAGS "ignored_flags"	/* flags that may differ in a merge */
#define MSC_K_CLOSE_BLOCKS "close_blocks"	/* whose ->close does: target or source */
#define MSC_K_UNFAULTED_ADOPTS "unfaulted_adopts"	/* a target takes over an anon_vma */
#define MSC_K_LOCK_SEQ "lock_seq"		/* mm->mm_lock_seq tells of writers */
#define MSC_K_KSM_FLAG_EARLY "ksm_flag_early"	/* VM_MERGEABLE before the merge attempt */
#define MSC_K_SWAP_CACHE "swap_cache"		/* what it has could be looked up */
#define MSC_K_KSM_EXCLUDED "ksm_excluded"	/* flags that keep a VMA from KSM */
#define MSC_K_VMA_BYTES "vma_bytes"		/* struct msc_object_sizes */
#define MSC_K_ANON_VMA_BYTES "anon_vma_bytes"
#define MSC_K_AVC_BYTES "avc_bytes"

/* "policy" */
#define MSC_K_ID "id"
#define MSC_K_MODE "mode"		/* as in numa_maps, or a number */
#define MSC_K_MODE_FLAGS "mode_flags"	/* struct mempolicy.flags, hex */
#define MSC_K_NODES "nodes"		/* list, or - */
#define MSC_K_USER_NODES "user_nodes"	/* list, or - */
#define MSC_K_HOME_NODE "home_node"	/* or - */

/* "file"; also id */
#define MSC_K_SHMEM "shmem"		/* mm/shmem.c:shmem_file() */
#define MSC_K_DAX "dax"
#define MSC_K_FLAGS_EARLY "flags_early"	/* its driver changes no flags after a merge attempt */
#define MSC_K_PATH "path"		/* ? if it is too long to be known */

/* "vma" */
#define MSC_K_START "start"		/* bytes */
#define MSC_K_END "end"			/* bytes, exclusive */
#define MSC_K_PERMS "perms"		/* as in maps */
#define MSC_K_PGOFF "pgoff"		/* vm_pgoff, pages; of a file mapping, the file's */
#define MSC_K_ANON_PGOFF "anon_pgoff"	/* pages; absent before 7.3 */
#define MSC_K_FLAGS "flags"		/* VmFlags' codes; ?? for a bit without one; - if none */
#define MSC_K_OTHER_FLAGS "other_flags"	/* the bits shown as ??, by the kernel's numbers */
#define MSC_K_PKEY "pkey"		/* protection key */
#define MSC_K_KIND "kind"		/* enum msc_kind in words: anon, private-file, ... */
#define MSC_K_NAME "name"		/* last column of maps; ? if it is too long to be known */
#define MSC_K_ANON_NAME "anon_name"	/* what PR_SET_VMA_ANON_NAME gave; if it did */
#define MSC_K_ANON_VMA "anon_vma"	/* aN; - if the VMA has none */
#define MSC_K_ROOT "root"		/* aN: the anon_vma's root */
#define MSC_K_AVCS "avcs"		/* length of anon_vma_chain */
#define MSC_K_FILE "file"		/* fN: the struct file, not only the path */
#define MSC_K_POLICY "policy"		/* pN: a policy line; - for the process's default */
#define MSC_K_UFFD "uffd"		/* uN: the userfaultfd it is registered with */
#define MSC_K_CLOSE "close"		/* vm_ops->close is set */
#define MSC_K_PLACE "place"		/* held; torn, unproved: the lock was let go just before */
#define MSC_K_KSM "ksm"			/* mergeable, eligible, excluded */
#define MSC_K_KSM_BY "ksm_by"		/* codes of the flags that exclude it, and dax; or - */
#define MSC_K_KSM_FLAG "ksm_flag"	/* early, late: around the merge attempt; absent */
#define MSC_K_NEXT "next"		/* last, hole, merged-candidate, blocked, unknown */
#define MSC_K_VIA "via"			/* modify this, next, or either, to merge */
#define MSC_K_BY "by"			/* blockers; with next=blocked */
#define MSC_K_DIFF "diff."		/* and a blocker: this VMA's value:the next's */

/* "anon_vma"; also id, root */
#define MSC_K_PARENT "parent"			/* aN; a root is its own */
#define MSC_K_REFCOUNT "refcount"
#define MSC_K_CHILDREN "children"		/* num_children; a root counts itself */
#define MSC_K_ACTIVE "active"			/* num_active_vmas: VMAs whose own it is */
#define MSC_K_FOUND_CHILDREN "found_children"	/* by what its tree shows; unknown: too large */
#define MSC_K_FOUND_ACTIVE "found_active"
#define MSC_K_HERE "here"			/* AVCs in its tree of this process; or unknown */
#define MSC_K_ELSEWHERE "elsewhere"		/* of other processes': forks; or unknown */

/* "avc"; also start (of its VMA), anon_vma, nth; root, parent: if not those of anon_vma's line */
#define MSC_K_FIRST "first"			/* pages: where it belongs in the tree */
#define MSC_K_LAST "last"			/* pages, inclusive */
#define MSC_K_SUBTREE_LAST "subtree_last"	/* pages: rb_subtree_last */
#define MSC_K_LINK "link"			/* linked, or how it is not; unknown */
#define MSC_K_OF "of"			/* with other-vma: that one's start; - of another process */

/* "run"; also start, anon_vma, root, place */
#define MSC_K_NTH "nth"			/* VMAs right before its own that hold start too; if any */
#define MSC_K_PAGES "pages"		/* from start on */
#define MSC_K_STATE "state"		/* enum msc_page_state in words: anon, ksm, zero, ... */
#define MSC_K_ORDER "order"		/* of the folio */
#define MSC_K_INDEX "index"		/* match, or by how many pages it is off (+2, -1); - */
#define MSC_K_MAPCOUNT "mapcount"	/* with deep, of the folio; unknown */
#define MSC_K_REACHED "reached"		/* with deep: of these, how many the rmap finds; unknown */
#define MSC_K_SWAPIN "swapin"		/* of swap entries: read, use, copy, unknown */
#define MSC_K_BITS "bits"		/* what else holds of them: writable, exclusive, ...; - */

/* "ksm"; also let_go, longest_us, of ksm_thread_mutex */
#define MSC_K_LISTS "lists"		/* read, or why they were not, or not all: off, busy, ... */
#define MSC_K_WHY "why"			/* with lists=off */
#define MSC_K_KSM_RUN "run"		/* ksmd scans */
#define MSC_K_SCANS "scans"		/* full scans; unknown */
#define MSC_K_ITEMS "items"		/* rmap_item lines; also on "ksm_vma" */
#define MSC_K_STABLE "stable"		/* those of them that are stable */
#define MSC_K_RMAP_ITEMS "rmap_items"	/* the same two by the mm's own count */
#define MSC_K_MERGING_PAGES "merging_pages"
#define MSC_K_ZERO_PAGES "zero_pages"	/* zero pages KSM placed, by the mm's count; absent */

/* "stable_node"; also id, kind */
#define MSC_K_LEN "len"			/* rmap_hlist_len */
#define MSC_K_FOUND_LEN "found_len"	/* rmap_items on its list; unknown */
#define MSC_K_PAGE "page"		/* what kpfn leads to; on "rmap_item" what is mapped */
#define MSC_K_NID "nid"			/* of its tree; - without NUMA */
#define MSC_K_DUP_CHAIN "chain"		/* cN: of a dup; unknown; - */
#define MSC_K_KPFN_OFF "kpfn_off"	/* by how many pages kpfn is off; only with page=other */

/* "rmap_item"; also addr, state, anon_vma */
#define MSC_K_AGE "age"			/* absent, and - of a stable one that keeps an index */
#define MSC_K_SCANS_AGO "scans_ago"	/* it went into the unstable tree; - */
#define MSC_K_NODE "node"		/* nN: its stable node */
#define MSC_K_ITEM_INDEX "page_index"	/* what it remembers (7.3); absent, - */
#define MSC_K_VMA_INDEX "vma_index"	/* what the VMA has at addr, if there is one */
#define MSC_K_NOW "now"			/* maps, or in which way it is stale; - */
#define MSC_K_LISTED "listed"		/* on its node's list; - */
#define MSC_K_CHAIN "chain"		/* its anon_vma is on the chain of the VMA at addr; - */
#define MSC_K_WRONG "wrong"		/* mm, address: nothing that can be; if it is */

/* "ksm_page"; also addr, nth, node, first, last */
#define MSC_K_MERGEABLE_VMA "mergeable"	/* its VMA is VM_MERGEABLE */
#define MSC_K_SEEN "seen"		/* of its node's list: all, part; no: not locked */
#define MSC_K_REACH "reach"		/* own, fork, pending, missed, unknown */

/* "found"; also addr, anon_vma, page_index, chain */
#define MSC_K_OWN "own"			/* of this mm */

/* "ksm_vma"; also start, nth, pages, items */
#define MSC_K_REACH_OWN "own"		/* pages found through their own rmap_item */
#define MSC_K_REACH_FORK "fork"		/* as forks, through another mm's */
#define MSC_K_REACH_PENDING "pending"	/* not found, until ksmd comes by */
#define MSC_K_REACH_MISSED "missed"	/* not found */

/* "check" and "violation" */
#define MSC_K_RULE "rule"		/* the invariant */
#define MSC_K_CHECKED "checked"		/* how often it was judged */
#define MSC_K_VIOLATIONS "violations"
#define MSC_K_UNKNOWN "unknown"		/* how often a fact was missing */
#define MSC_K_ADDR "addr"		/* bytes; 0x0 for the mm as a whole */
#define MSC_K_WHAT "what"		/* in which way it is broken */
#define MSC_K_EXPECTED "expected"
#define MSC_K_FOUND "found"

/* "whatif"; also policy, vmas (now), avcs, unknown (VMAs and edges) */
#define MSC_K_THEN "then"			/* VMAs under the policy */
#define MSC_K_CONCERNED "concerned"		/* VMAs that the policy is about */
#define MSC_K_PAIRS "pairs"			/* of neighbours that the kernel tries to merge */
#define MSC_K_ANON_VMAS "anon_vmas"		/* that a VMA has for its own */
#define MSC_K_ANON_VMAS_THEN "anon_vmas_then"
#define MSC_K_AVCS_THEN "avcs_then"
#define MSC_K_SAVED "saved"			/* bytes of vm_area_struct, anon_vma and AVC */

/* "merged": policy, start, end, vmas (that it is now) */

/* "relocation"; also start, end, nth, pages (to touch), by (obstacles, or -) */
#define MSC_K_MOVED "moved"		/* its page offsets are not those of its address */
#define MSC_K_SAFE "safe"		/* yes, no, unknown: could they be made so? */
#define MSC_K_FOLIOS "folios"		/* that the pages are of, at the least */
#define MSC_K_WALK_NS "walk_ns"		/* how long this walk of its pages took */
#define MSC_K_KSM_ITEMS "ksm_items"	/* stable rmap_items at its addresses; unknown */
#define MSC_K_COUNT "count."		/* and an obstacle, or unknown: how many */
#define MSC_K_FIRST_AT "first."		/* and the same: the first's address */

/* only with pointers=1: kernel addresses */
#define MSC_K_PTR_VMA "ptr.vma"
#define MSC_K_PTR_ANON_VMA "ptr.anon_vma"
#define MSC_K_PTR_ROOT "ptr.root"
#define MSC_K_PTR_AVC "ptr.avc"
#define MSC_K_PTR_FILE "ptr.file"
#define MSC_K_PTR_NODE "ptr.node"
#define MSC_K_PTR_CHAIN "ptr.chain"
#define MSC_K_PTR_ITEM "ptr.item"
#define MSC_K_PTR_UFFD "ptr.uffd"

#endif
