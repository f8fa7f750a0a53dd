// SPDX-License-Identifier: GPL-2.0
#include <linux/completion.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/pid.h>
#include <linux/rmap.h>
#include <linux/rwsem.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "ksm.h"
#include "mutation.h"
#include "pte.h"
#include "rmap_item.h"

/* The kernel complains of who waits for a lock for two minutes. */
#define MAX_HOLD_S 60

static DECLARE_COMPLETION(released);
static bool holding;

/* What is in force; kind is NULL if nothing is. */
static DEFINE_MUTEX(current_lock);
static struct mutation current_mutation;
static struct folio *pinned;

static u64 peek(const void *at, unsigned int size)
{
	return size == sizeof(u64) ? READ_ONCE(*(u64 *)at) : READ_ONCE(*(u32 *)at);
}

static void put(void *at, unsigned int size, u64 value)
{
	if (size == sizeof(u64))
		WRITE_ONCE(*(u64 *)at, value);
	else
		WRITE_ONCE(*(u32 *)at, (u32)value);
}

void mutate_poke(struct mutation *m, void *at, unsigned int size, u64 value)
{
	struct mutate_poke *poke = &m->pokes[m->nr_pokes];

	if (WARN_ON(m->nr_pokes == MUTATE_MAX_POKES) ||
	    WARN_ON(size != sizeof(u32) && size != sizeof(u64)))
		return;
	m->nr_pokes++;
	*poke = (struct mutate_poke){ .at = at, .old = peek(at, size), .size = size };
	put(at, size, value);
}

/* Are all threads of @task stopped? */
static bool is_stopped(struct task_struct *task)
{
	struct task_struct *thread;
	bool stopped = true;

	rcu_read_lock();
	for_each_thread(task, thread)
		stopped &= task_is_stopped(thread);
	rcu_read_unlock();
	return stopped;
}

/* The mm of a stopped process, with a user reference. */
static int get_mm(pid_t pid, struct mm_struct **mm)
{
	struct pid *found = find_get_pid(pid);
	struct task_struct *task = get_pid_task(found, PIDTYPE_TGID);
	int err = 0;

	put_pid(found);
	if (!task)
		return -ESRCH;
	if (!is_stopped(task))
		err = -EAGAIN;
	else if (!(*mm = get_task_mm(task)))
		err = -ESRCH;
	put_task_struct(task);
	return err;
}

static struct vm_area_struct *vma_at(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	return vma && vma->vm_start <= addr ? vma : NULL;
}

static struct anon_vma_chain *own_avc(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma) {
		if (avc->anon_vma == vma->anon_vma)
			return avc;
	}
	return NULL;
}

/* What the kind needs at the addresses; mmap_lock is held for writing. */
static int find_objects(struct mutation *m)
{
	unsigned int needs = m->kind->needs;
	int err;

	if (needs & MUTATE_VMA) {
		m->vma = vma_at(m->mm, m->addr);
		if (!m->vma)
			return -EFAULT;
	}
	if (needs & MUTATE_OTHER) {
		m->other = vma_at(m->mm, m->other_addr);
		if (!m->other)
			return -EFAULT;
	}
	if (needs & MUTATE_ANON_VMA) {
		m->avc = m->vma->anon_vma ? own_avc(m->vma) : NULL;
		if (!m->avc)
			return -ENODATA;
		m->root = m->vma->anon_vma->root;
	}
	if (needs & MUTATE_OTHER_ANON_VMA) {
		if (!m->other->anon_vma)
			return -ENODATA;
		m->other_root = m->other->anon_vma->root;
	}
	if (needs & MUTATE_ITEM) {
		err = mutate_find_item(m);
		if (err)
			return err;
	}
	if (needs & MUTATE_PINNED) {
		if (!pinned)
			return -ENODATA;
		folio_get(pinned);
		m->folio = pinned;
	}
	return needs & MUTATE_FOLIO ? mutate_get_folio(m) : 0;
}

static bool has_two_roots(const struct mutation *m)
{
	return m->other_root && m->other_root != m->root;
}

/* Is the folio's lock held as long as the mutation is in force? */
static bool stays_locked(const struct mutation *m)
{
	return m->folio && m->kind->needs & MUTATE_STAYS_LOCKED;
}

/* All but the folio's lock. */
static void lock_roots(struct mutation *m)
{
	if (m->root)
		down_write(&m->root->rwsem);
	/* Nobody else takes two roots' locks at once. */
	if (has_two_roots(m))
		down_write_nested(&m->other_root->rwsem, SINGLE_DEPTH_NESTING);
}

static void unlock_roots(struct mutation *m)
{
	if (has_two_roots(m))
		up_write(&m->other_root->rwsem);
	if (m->root)
		up_write(&m->root->rwsem);
}

static int apply_locked(struct mutation *m)
{
	int err = find_objects(m);

	if (err)
		return err;
	if (m->folio)
		folio_lock(m->folio);
	lock_roots(m);
	err = m->kind->apply(m);
	unlock_roots(m);
	if (m->folio && (err || !stays_locked(m)))
		folio_unlock(m->folio);
	return err;
}

static void release(struct mutation *m)
{
	if (m->folio)
		folio_put(m->folio);
	mmput(m->mm);
	m->kind = NULL;
}

/* mmap_lock for writing, behind ksm_thread_mutex if that is needed. */
static void lock_mm(struct mutation *m)
{
	if (m->kind->needs & MUTATE_ITEM)
		mutate_lock_ksm();
	mmap_write_lock(m->mm);
}

static void unlock_mm(struct mutation *m)
{
	mmap_write_unlock(m->mm);
	if (m->kind->needs & MUTATE_ITEM)
		mutate_unlock_ksm();
}

static int apply(struct mutation *m, pid_t pid)
{
	int err = get_mm(pid, &m->mm);

	if (err)
		return err;
	lock_mm(m);
	err = apply_locked(m);
	unlock_mm(m);
	if (err)
		release(m);
	return err;
}

int mutate_apply(const struct mutate_kind *kind, pid_t pid, unsigned long addr,
		 unsigned long other_addr)
{
	struct mutation *m = &current_mutation;
	int err;

	if (!(kind->needs & MUTATE_OTHER) != !other_addr)
		return -EINVAL;
	if ((kind->needs & MUTATE_ITEM) && msc_compat_ksm_missing())
		return -EOPNOTSUPP;
	mutex_lock(&current_lock);
	if (m->kind) {
		err = -EBUSY;
	} else {
		*m = (struct mutation){ .kind = kind, .addr = addr, .other_addr = other_addr };
		err = apply(m, pid);
		if (err)
			m->kind = NULL;
	}
	mutex_unlock(&current_lock);
	return err;
}

/* The last that was changed first, should a field have been changed twice. */
static void take_back(struct mutation *m)
{
	if (m->kind->undo)
		m->kind->undo(m);
	while (m->nr_pokes) {
		struct mutate_poke *poke = &m->pokes[--m->nr_pokes];

		put(poke->at, poke->size, poke->old);
	}
}

int mutate_undo(void)
{
	struct mutation *m = &current_mutation;
	int err = -ENOENT;

	mutex_lock(&current_lock);
	if (m->kind) {
		lock_mm(m);
		if (m->folio && !stays_locked(m))
			folio_lock(m->folio);
		lock_roots(m);
		take_back(m);
		unlock_roots(m);
		if (m->folio)
			folio_unlock(m->folio);
		unlock_mm(m);
		release(m);
		err = 0;
	}
	mutex_unlock(&current_lock);
	return err;
}

int mutate_pin(pid_t pid, unsigned long addr)
{
	struct mutation m = { .addr = addr };
	int err;

	mutex_lock(&current_lock);
	err = pinned ? -EBUSY : get_mm(pid, &m.mm);
	if (!err) {
		mmap_write_lock(m.mm);
		err = mutate_get_folio(&m);
		mmap_write_unlock(m.mm);
		mmput(m.mm);
		if (!err)
			pinned = m.folio;
		else if (m.folio)
			folio_put(m.folio);
	}
	mutex_unlock(&current_lock);
	return err;
}

void mutate_unpin(void)
{
	mutex_lock(&current_lock);
	if (pinned)
		folio_put(pinned);
	pinned = NULL;
	mutex_unlock(&current_lock);
}

int mutate_await_release(void)
{
	long left;

	WRITE_ONCE(holding, true);
	left = wait_for_completion_interruptible_timeout(&released, MAX_HOLD_S * HZ);
	WRITE_ONCE(holding, false);
	return left ? 0 : -ETIMEDOUT;
}

bool mutate_is_holding(void)
{
	return READ_ONCE(holding);
}

void mutate_release(void)
{
	complete(&released);
}

int mutate_hold_mm(pid_t pid)
{
	struct mm_struct *mm;
	int err = get_mm(pid, &mm);

	if (err)
		return err;
	mmap_write_lock(mm);
	err = mutate_await_release();
	mmap_write_unlock(mm);
	mmput(mm);
	return err;
}

const struct mutate_kind *mutate_current(void)
{
	return READ_ONCE(current_mutation.kind);
}
