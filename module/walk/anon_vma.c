// SPDX-License-Identifier: GPL-2.0
/*
 * Lock order: mmap_lock, the anon_vma root's rwsem, page_table_lock (mm/rmap.c has the whole tree).
 *
 * Under the rwsem every VMA in a tree is alive, whatever process it belongs to: it leaves all trees
 * before it is freed (mm/rmap.c:unlink_anon_vmas()). Of another process's VMA only its anon_vma,
 * its chain, and whether its mm's mmap_lock is held are looked at. The chain may grow at its head
 * while fork puts the child's own AVC on it, before that one is in a tree, so an anon_vma whose
 * tree is empty is no child yet.
 */
#include <linux/delay.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/rmap.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "../compat/compat.h"
#include "anon_vma.h"
#include "avc_tree.h"

/* AVCs of a tree that are looked at; the rest is only counted. */
#define MAX_EXAMINED 512
/* So many are counted in any case, and so many if nobody waits for a lock held meanwhile. */
#define MAX_COUNTED 4096
#define MAX_COUNTED_ALONE (1U << 20)
/* VMAs at the same offsets (forks) among which an AVC is searched. */
#define MAX_SEARCHED 1024
/* Looks at a tree that its counter may lag behind; each sleep between is twice as long. */
#define MAX_LOOKS 10
#define FIRST_SLEEP_US 20
/* Distinct children told apart; with more, the tree is not counted. */
#define MAX_CHILDREN 64

/*
 * struct children - the distinct anon_vmas whose parent is one and the same
 * @cloned: VMAs whose own anon_vma that one is, and which may not be counted yet
 */
struct children {
	const struct anon_vma *of;
	const struct anon_vma *seen[MAX_CHILDREN];
	unsigned int nr;
	unsigned int cloned;
	bool overflow;
};

/* A linked child: 6.1 to 7.3 count it in num_children when its first AVC enters its tree. */
static bool is_child(const struct anon_vma *anon_vma, const struct anon_vma *of)
{
	return anon_vma != of && anon_vma->parent == of &&
	       !RB_EMPTY_ROOT(&anon_vma->rb_root.rb_root);
}

static void see_child(struct children *c, const struct anon_vma *anon_vma)
{
	unsigned int i;

	if (!is_child(anon_vma, c->of))
		return;
	for (i = 0; i < c->nr; i++) {
		if (c->seen[i] == anon_vma)
			return;
	}
	if (c->nr == MAX_CHILDREN)
		c->overflow = true;
	else
		c->seen[c->nr++] = anon_vma;
}

/*
 * May mm/rmap.c:anon_vma_clone() be at work on @vma, which is not of @mm? Whoever calls it, for a
 * fork, a split or a move, holds the mmap_lock of the new VMA's mm for writing. That of @mm is held
 * for reading here. The mm is there as long as a VMA of it is in a tree.
 */
static bool may_be_cloned(const struct vm_area_struct *vma, const struct mm_struct *mm)
{
	return vma->vm_mm != mm && rwsem_is_locked(&vma->vm_mm->mmap_lock);
}

/* Look at one AVC of the tree of @record's anon_vma. */
static void examine(struct msc_anon_vma *record, struct children *c, struct anon_vma_chain *avc,
		    const struct mm_struct *mm)
{
	struct anon_vma_chain *link;

	if (avc->vma->anon_vma == c->of) {
		record->found_active++;
		c->cloned += may_be_cloned(avc->vma, mm);
	}
	list_for_each_entry(link, &avc->vma->anon_vma_chain, same_vma)
		see_child(c, link->anon_vma);
}

/* Having counted @nr AVCs of the tree of @anon_vma: another one? */
static bool may_go_on(const struct anon_vma *anon_vma, struct mm_struct *mm, unsigned int nr)
{
	if (!nr || nr % MAX_COUNTED)
		return true;
	cond_resched();
	return nr < MAX_COUNTED_ALONE && !mmap_lock_is_contended(mm) &&
	       !rwsem_is_contended(&anon_vma->root->rwsem);
}

/*
 * Walk the tree of @anon_vma; its root's rwsem is held for reading. Returns for how many of the
 * VMAs found active anon_vma_clone() may not have counted yet.
 */
static unsigned int count_tree(struct msc_anon_vma *record, struct anon_vma *anon_vma,
			       struct mm_struct *mm)
{
	struct children c = { .of = anon_vma };
	struct anon_vma_chain *avc;
	unsigned int nr = 0;

	lockdep_assert_held_read(&anon_vma->root->rwsem);
	for (avc = msc_avc_tree_first(anon_vma); avc && may_go_on(anon_vma, mm, nr);
	     avc = msc_avc_tree_next(avc), nr++) {
		if (avc->vma->vm_mm == mm)
			record->avcs_here++;
		else
			record->avcs_elsewhere++;
		if (nr < MAX_EXAMINED)
			examine(record, &c, avc, mm);
	}
	record->found_children = c.nr + (anon_vma->parent == anon_vma);
	record->counted = nr <= MAX_EXAMINED && !avc && !c.overflow;
	record->partial = avc != NULL;
	if (record->partial)
		record->avcs_here = record->avcs_elsewhere = 0;
	return c.cloned;
}

/* Returns as count_tree(). */
static unsigned int record_anon_vma(struct msc_anon_vma *record, struct anon_vma *anon_vma,
				    struct mm_struct *mm)
{
	*record = (struct msc_anon_vma){
		.self = (uintptr_t)anon_vma,
		.root = (uintptr_t)anon_vma->root,
		.parent = (uintptr_t)anon_vma->parent,
		.refcount = atomic_read(&anon_vma->refcount),
		.children = anon_vma->num_children,
		.active = anon_vma->num_active_vmas,
	};
	return count_tree(record, anon_vma, mm);
}

static int record_avc(struct msc_snapshot *s, struct vm_area_struct *vma,
		      struct anon_vma_chain *avc)
{
	struct msc_avc *to = msc_snapshot_add_avc(s);
	int found;

	lockdep_assert_held_read(&avc->anon_vma->root->rwsem);
	if (!to)
		return -EAGAIN;
	to->self = (uintptr_t)avc;
	to->anon_vma = (uintptr_t)avc->anon_vma;
	to->root = (uintptr_t)avc->anon_vma->root;
	to->parent = (uintptr_t)avc->anon_vma->parent;
	to->of = (uintptr_t)avc->vma;
	to->vma = s->nr_vmas - 1;
	to->first = msc_compat_vma_rmap_pgoff(vma);
	to->last = to->first + vma_pages(vma) - 1;
	to->subtree_last = avc->rb_subtree_last;
	if (avc->vma != vma)
		return 0;
	to->bits |= MSC_AVC_BACK;
	found = msc_avc_search(avc, MAX_SEARCHED);
	if (found >= 0)
		to->bits |= MSC_AVC_SEARCHED;
	if (found > 0)
		to->bits |= MSC_AVC_FOUND;
	/* What is in no tree is cached under nothing. */
	if (found > 0 && msc_avc_cached_right(avc))
		to->bits |= MSC_AVC_CACHED;
	return 0;
}

/*
 * To 6.12 num_active_vmas lags behind the tree for as long as mm/rmap.c:anon_vma_clone(), which has
 * chosen an anon_vma for a child, or linked a VMA that was split off, is out of the lock to
 * allocate its next AVC. May that be all that is wrong with @record? All other changes of counters
 * and tree are under the root's rwsem together, so that any other difference is one.
 */
static bool may_lag(const struct msc_anon_vma *record, unsigned int cloned)
{
	return record->counted && record->children == record->found_children &&
	       record->active < record->found_active &&
	       record->found_active - record->active <= cloned;
}

/*
 * Another process's clone may be at it now, and be waiting for memory: look again, in bounds, as
 * mmap_lock is held. What may still lag then is not known.
 */
static int look_again(struct msc_anon_vma *record, struct anon_vma *anon_vma,
		      struct mm_struct *mm, unsigned int cloned)
{
	struct rw_semaphore *lock = &anon_vma->root->rwsem;
	unsigned int i;

	for (i = 0; i < MAX_LOOKS - 1 && may_lag(record, cloned); i++) {
		usleep_range(FIRST_SLEEP_US << i, FIRST_SLEEP_US << (i + 1));
		if (down_read_killable(lock))
			return -EINTR;
		cloned = record_anon_vma(record, anon_vma, mm);
		up_read(lock);
	}
	if (may_lag(record, cloned))
		record->counted = 0;
	return 0;
}

static int walk_avc(struct msc_snapshot *s, struct vm_area_struct *vma, struct anon_vma_chain *avc)
{
	struct rw_semaphore *lock = &avc->anon_vma->root->rwsem;
	struct msc_anon_vma record;
	unsigned int cloned = 0;
	bool is_new;
	int err;

	if (down_read_killable(lock))
		return -EINTR;
	err = record_avc(s, vma, avc);
	is_new = !err && !msc_snapshot_find_anon_vma(s, (uintptr_t)avc->anon_vma);
	if (is_new)
		cloned = record_anon_vma(&record, avc->anon_vma, vma->vm_mm);
	up_read(lock);
	if (!is_new)
		return err;
	if (look_again(&record, avc->anon_vma, vma->vm_mm, cloned))
		return -EINTR;
	return msc_snapshot_add_anon_vma(s, &record) ? 0 : -EAGAIN;
}

bool msc_vma_has_chain(struct vm_area_struct *vma)
{
	bool linked;

	mmap_assert_locked(vma->vm_mm);
	spin_lock(&vma->vm_mm->page_table_lock);
	linked = !list_empty(&vma->anon_vma_chain);
	spin_unlock(&vma->vm_mm->page_table_lock);
	return linked;
}

int msc_walk_anon_vmas(struct msc_snapshot *s, struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;
	int err;

	mmap_assert_locked(vma->vm_mm);
	if (!msc_vma_has_chain(vma))
		return 0;
	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma) {
		err = walk_avc(s, vma, avc);
		if (err)
			return err;
	}
	return 0;
}
