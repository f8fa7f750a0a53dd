/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One mutation: a deliberate corruption of the kernel's objects of one process, and the way back.
 *
 * The process is a sacrifice, and all of it is stopped: none of its code runs on what is wrong. Its
 * mm is held by a user reference (mm_users), so that it is not torn down while it is wrong, not
 * even when the process is killed: undoing lets it go. A folio that is wrong is held by a
 * reference, which also keeps migration and reclaim from freeing it. What else may come upon the
 * object (reclaim, KSM, khugepaged, another process that shares it) the caller keeps away: it
 * leaves memory free and the processes that share the object stopped.
 *
 * What KSM remembers is corrupted while ksmd is stopped (/sys/kernel/mm/ksm/run is 0), and the
 * caller leaves it so until the mutation is undone.
 *
 * Locks, in this order, are those that the kernel takes to change what is changed: ksm_thread_mutex
 * for an rmap_item, mmap_lock for writing, the folio's lock, the rwsem of each anon_vma root
 * concerned for writing, and the page-table lock in a kind's own function.
 */
#ifndef MUTATE_MUTATION_H
#define MUTATE_MUTATION_H

#include <linux/mm_types.h>
#include <linux/types.h>

struct anon_vma;
struct anon_vma_chain;

/* What a kind needs at ADDR, and at OTHER, where it takes that. */
#define MUTATE_VMA BIT(0)
#define MUTATE_ANON_VMA BIT(1)		/* the VMA has an anon_vma; its root is locked */
#define MUTATE_FOLIO BIT(2)		/* an anonymous page, and its folio is locked */
#define MUTATE_OTHER BIT(3)		/* OTHER, in another VMA or the same */
#define MUTATE_OTHER_ANON_VMA BIT(4)	/* its VMA has an anon_vma; its root is locked too */
#define MUTATE_PINNED BIT(5)		/* instead of a page there: the folio that was pinned */
#define MUTATE_ITEM BIT(6)		/* a stable rmap_item */
#define MUTATE_STAYS_LOCKED BIT(7)	/* the folio, until the mutation is undone */
#define MUTATE_ANY_FOLIO BIT(8)		/* the page need not be anonymous */

struct mutation;

struct mutate_kind {
	const char *name;
	unsigned int needs;		/* MUTATE_* */
	/* Do it, with the locks held. Returns 0, or -errno and has changed nothing. */
	int (*apply)(struct mutation *m);
	/* Take back what is not in the pokes; may be NULL. Called before they are taken back. */
	void (*undo)(struct mutation *m);
};

/* struct mutate_poke - one field that was given another value */
struct mutate_poke {
	void *at;
	u64 old;
	unsigned int size;
};

#define MUTATE_MAX_POKES 4

struct mutation {
	const struct mutate_kind *kind;
	struct mm_struct *mm;
	unsigned long addr, other_addr;
	struct vm_area_struct *vma, *other;	/* at the addresses; NULL if not needed */
	struct anon_vma *root, *other_root;	/* of the VMAs' anon_vmas, before the mutation */
	struct anon_vma_chain *avc;		/* the VMA's on its own anon_vma, or that taken */
	struct folio *folio;
	struct page *page;
	/* The rmap_item at the address, the one before it on the mm's list, and its stable node. */
	void *item, *item_before, *node;
	pte_t pte;				/* what was in the entry that was changed */
	pte_t entry;				/* and what is, if that is no page */
	pmd_t pmd, pmd_entry;			/* the same of a huge page's */
	struct mutate_poke pokes[MUTATE_MAX_POKES];
	unsigned int nr_pokes;
};

/* Give a field another value, which undoing takes back. */
#define mutate_set(m, field, value) \
	mutate_poke(m, &(field), sizeof(field), (unsigned long)(value))

void mutate_poke(struct mutation *m, void *at, unsigned int size, u64 value);

/*
 * Mutate process @pid, which must be stopped. One mutation at a time: -EBUSY. @other_addr is 0 if
 * the kind takes none. Of KSM's objects: -EAGAIN if ksmd runs.
 */
int mutate_apply(const struct mutate_kind *kind, pid_t pid, unsigned long addr,
		 unsigned long other_addr);

/* Take the mutation back; -ENOENT if there is none. */
int mutate_undo(void);

/*
 * Keep the folio of the anonymous page at @addr of process @pid, which is stopped, until
 * mutate_unpin(): it stays in the swap cache when it is swapped out, and there it can be mutated.
 * One at a time: -EBUSY.
 */
int mutate_pin(pid_t pid, unsigned long addr);
void mutate_unpin(void);

/*
 * Sleep until mutate_release() is or was called, for a minute at most, or until a signal comes.
 * Returns 0, or -ETIMEDOUT.
 */
int mutate_await_release(void);
void mutate_release(void);

/* Somebody does, with the lock in question. */
bool mutate_is_holding(void);

/*
 * Keep the mmap_lock of process @pid, which is stopped, for writing until mutate_await_release()
 * returns: as a fork or a split that waits for memory. May sleep. Returns as that, -ESRCH, or
 * -EAGAIN if the process is not stopped.
 */
int mutate_hold_mm(pid_t pid);

/* The kind that is in force, or NULL. */
const struct mutate_kind *mutate_current(void);

/* The kinds, by what they corrupt; each ends with one without a name. */
extern const struct mutate_kind mutate_vma_kinds[];
extern const struct mutate_kind mutate_anon_kinds[];
extern const struct mutate_kind mutate_folio_kinds[];
extern const struct mutate_kind mutate_pte_kinds[];
extern const struct mutate_kind mutate_entry_kinds[];
extern const struct mutate_kind mutate_ksm_kinds[];

#endif
