// SPDX-License-Identifier: GPL-2.0
/*
 * Lock order: target->signal->exec_update_lock (let go before the rest), mmap_lock,
 * page_table_lock.
 *
 * The walk is a sequence of stretches under mmap_lock. A stretch ends when hold_us is over, a
 * writer waits, or the snapshot is out of room; it always gets one VMA further, so the walk ends.
 * What happened between two stretches the mm's lock sequence tells; a kernel without one leaves the
 * place unproved.
 *
 * 6.1 also expands a stack under the read lock (mm/mmap.c:expand_downwards()): a [stack] there can
 * grow while it is looked at, sequence or not.
 */
#include <linux/ktime.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "../compat/compat.h"
#include "facts.h"
#include "snapshot.h"
#include "target.h"
#include "vma.h"

/* How often a torn snapshot is taken anew before it is given out as it is. */
#define MAX_RETRIES 3

static DEFINE_SPINLOCK(totals_lock);
static struct msc_walk_totals totals;

/* struct walk - one attempt */
struct walk {
	struct msc_snapshot *s;
	struct mm_struct *mm;
	unsigned int hold_us;
	char *path_buf;
	unsigned long addr;	/* the walk goes on here */
	unsigned int seq;	/* the mm's lock sequence at the end of the last stretch */
	ktime_t since;		/* the start of this stretch */
	bool done;
};

static u64 stretch_us(const struct walk *w)
{
	return ktime_us_delta(ktime_get(), w->since);
}

static bool must_let_go(const struct walk *w)
{
	if (!w->hold_us)
		return false;
	return mmap_lock_is_contended(w->mm) || stretch_us(w) >= w->hold_us;
}

/* How the first VMA of a stretch relates to the last of the one before. */
static u8 seam(struct walk *w)
{
	if (!w->s->lock.let_go)
		return 0;
	if (!w->s->facts.lock_seq)
		return MSC_VMA_UNPROVED;
	if (msc_compat_mm_lock_seq(w->mm) == w->seq)
		return 0;
	w->s->lock.torn++;
	return MSC_VMA_TORN;
}

/* Room for one more VMA; with hold_us=0 also under the lock, since letting go is ruled out then. */
static int ensure_room(struct walk *w)
{
	if (msc_snapshot_has_room(w->s))
		return 0;
	if (!w->hold_us && msc_snapshot_reserve(w->s, w->mm->map_count + 1))
		return -ENOMEM;
	return msc_snapshot_has_room(w->s) ? 0 : -EAGAIN;
}

/* Caller holds mmap_lock for reading. Returns 0, or -ENOMEM. */
static int walk_stretch(struct walk *w)
{
	u8 bits = seam(w);
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, w->mm, w->addr);
	int err;

	for_each_vma(vmi, vma) {
		err = ensure_room(w);
		if (err)
			return err == -EAGAIN ? 0 : err;
		msc_walk_vma(w->s, vma, w->path_buf);
		w->s->vmas[w->s->nr_vmas - 1].bits |= bits;
		bits = 0;
		w->addr = vma->vm_end;
		if (must_let_go(w))
			return 0;
		/* Nothing else bounds a walk that never lets go. */
		cond_resched();
	}
	/* Nothing was left behind the seam: what came or went there is not known. */
	w->s->end_bits = bits;
	w->s->target.map_count = w->mm->map_count;
	w->done = true;
	return 0;
}

static int locked_stretch(struct walk *w)
{
	struct msc_lock_stats *lock = &w->s->lock;
	u64 us;
	int err;

	if (mmap_read_lock_killable(w->mm))
		return -EINTR;
	w->since = ktime_get();
	err = walk_stretch(w);
	w->seq = msc_compat_mm_lock_seq(w->mm);
	us = stretch_us(w);
	mmap_read_unlock(w->mm);

	lock->held_us += us;
	lock->longest_us = max_t(u64, lock->longest_us, us);
	return err;
}

/* Some more than map_count, for what the target maps meanwhile. */
static int reserve(struct walk *w)
{
	u32 vmas = READ_ONCE(w->mm->map_count);

	return msc_snapshot_reserve(w->s, vmas + vmas / 8 + 16) ? -ENOMEM : 0;
}

static int walk_once(struct walk *w)
{
	int err;

	for (;;) {
		err = msc_snapshot_has_room(w->s) ? 0 : reserve(w);
		if (!err)
			err = locked_stretch(w);
		if (err || w->done)
			return err;
		w->s->lock.let_go++;
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	}
}

static void account(const struct msc_lock_stats *lock)
{
	spin_lock(&totals_lock);
	totals.let_go += lock->let_go;
	totals.longest_us = max(totals.longest_us, (u64)lock->longest_us);
	spin_unlock(&totals_lock);
}

/* Walk until a snapshot is whole, or MAX_RETRIES were torn too. */
static int walk_retrying(struct msc_snapshot *s, struct mm_struct *mm, unsigned int hold_us,
			 char *path_buf)
{
	u32 retries = 0;
	int err;

	for (;;) {
		struct walk w = { .s = s, .mm = mm, .hold_us = hold_us, .path_buf = path_buf };

		s->lock = (struct msc_lock_stats){ .retries = retries };
		err = walk_once(&w);
		account(&s->lock);
		if (err || !s->lock.torn || retries == MAX_RETRIES)
			break;
		retries++;
		msc_snapshot_clear(s);
	}
	spin_lock(&totals_lock);
	totals.snapshots += !err;
	totals.retries += retries;
	spin_unlock(&totals_lock);
	return err;
}

int msc_walk_snapshot(struct msc_snapshot *s, struct pid *pid,
		      const struct msc_walk_options *options)
{
	struct mm_struct *mm;
	char *path_buf;
	int err;

	s->facts = *msc_facts_get();
	s->facts.pointers = options->pointers;
	err = msc_target_get_mm(pid, &s->target, &mm);
	if (err)
		return err;
	path_buf = kmalloc(MSC_NAME_MAX, GFP_KERNEL);
	if (!path_buf) {
		err = -ENOMEM;
		goto put_mm;
	}
	err = walk_retrying(s, mm, options->hold_us, path_buf);
	kfree(path_buf);
put_mm:
	mmput(mm);
	if (!err && msc_snapshot_number(s))
		err = -ENOMEM;
	return err;
}

struct msc_walk_totals msc_walk_totals_get(void)
{
	struct msc_walk_totals now;

	spin_lock(&totals_lock);
	now = totals;
	spin_unlock(&totals_lock);
	return now;
}
