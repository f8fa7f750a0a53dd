// SPDX-License-Identifier: GPL-2.0
/*
 * Lock order: target->signal->exec_update_lock (let go before the rest), ksm_thread_mutex (see
 * ksm.c), mmap_lock, page_table_lock.
 *
 * The walk is a sequence of stretches under mmap_lock. A stretch ends when hold_us is over, a
 * writer waits, or the snapshot is out of room; it always gets one VMA further, so the walk ends.
 * What happened between two stretches the mm's lock sequence tells; a kernel without one leaves the
 * place unproved.
 */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "../compat/compat.h"
#include "anon_vma.h"
#include "facts.h"
#include "ksm.h"
#include "pages.h"
#include "snapshot.h"
#include "target.h"
#include "vma.h"

/* How often a torn snapshot is taken anew before it is given out as it is. */
#define MAX_RETRIES 3
/*
 * Tries for mmap_lock while ksm_thread_mutex is held, a millisecond apart; and how often mmap_lock
 * is waited for and both are tried for again, before the walk goes on without KSM's lists.
 */
#define MAX_TRYLOCKS 20
#define MAX_ROUNDS 8

static DEFINE_SPINLOCK(totals_lock);
static struct msc_walk_totals totals;

/* struct walk - one attempt */
struct walk {
	struct msc_snapshot *s;
	struct mm_struct *mm;
	unsigned int hold_us;
	const struct msc_walk_range *range;
	char *path_buf;
	unsigned long addr;	/* the walk goes on here */
	unsigned int seq;	/* the mm's lock sequence at the end of the last stretch */
	ktime_t since;		/* the start of this stretch */
	struct msc_ksm_walk ksm;
	u8 pending;		/* MSC_SEAM_* of a seam behind which nothing was recorded yet */
	bool inside;		/* the VMA recorded last is not finished: its pages go on at addr */
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
	return mmap_lock_is_contended(w->mm) || stretch_us(w) >= w->hold_us ||
	       msc_ksm_is_due(&w->ksm);
}

/* How the first VMA of a stretch relates to the last of the one before. */
static u8 seam(struct walk *w)
{
	if (!w->s->lock.let_go)
		return 0;
	if (!w->s->facts.lock_seq)
		return MSC_SEAM_UNPROVED;
	if (msc_compat_mm_lock_seq(w->mm) == w->seq)
		return 0;
	w->s->lock.torn++;
	return MSC_SEAM_TORN;
}

/*
 * Some more than map_count, for what the target maps meanwhile. May wait for reclaim, for longer
 * than ksmd may wait: lets ksm_thread_mutex go, which is taken again where the walk of KSM's lists
 * goes on.
 */
static int reserve(struct walk *w)
{
	u32 vmas = READ_ONCE(w->mm->map_count);

	msc_ksm_unlock(&w->ksm);
	return msc_snapshot_reserve(w->s, vmas + vmas / 8 + 16) ? -ENOMEM : 0;
}

/* Record @vma and its chain, all or nothing. Returns 0, -EAGAIN without room, -EINTR. */
static int record_vma(struct walk *w, struct vm_area_struct *vma)
{
	struct msc_mark mark = msc_snapshot_mark(w->s);
	int err = 0;

	if (!msc_snapshot_has_room(w->s))
		return -EAGAIN;
	msc_walk_vma(w->s, vma, w->path_buf);
	if (w->s->sections & MSC_SECTION_ANON_VMAS)
		err = msc_walk_anon_vmas(w->s, vma);
	if (err) {
		msc_snapshot_back_to(w->s, &mark);
		return err;
	}
	/* A fault may have come between the look at the VMA and that at its chain. */
	if (w->s->nr_avcs > mark.nr_avcs && !w->s->vmas[w->s->nr_vmas - 1].anon_vma)
		msc_walk_vma_anon(w->s, vma);
	w->s->vmas[w->s->nr_vmas - 1].bits |= w->pending;
	w->pending = 0;
	w->addr = max(w->addr, vma->vm_start);
	w->inside = true;
	return 0;
}

/* The VMA recorded last has been given its anon_vma by a fault. Returns 0, -EAGAIN or -EINTR. */
static int record_late_anon_vma(struct walk *w, struct vm_area_struct *vma)
{
	struct msc_vma *record = &w->s->vmas[w->s->nr_vmas - 1];
	struct msc_mark mark = msc_snapshot_mark(w->s);
	int err = 0;

	msc_walk_vma_anon(w->s, vma);
	if (w->s->sections & MSC_SECTION_ANON_VMAS)
		err = msc_walk_anon_vmas(w->s, vma);
	if (err) {
		msc_snapshot_back_to(w->s, &mark);
		/* Not yet: the next look finds it late again. */
		record->anon_vma = 0;
		record->anon_root = 0;
		record->avcs = 0;
	}
	return err;
}

static bool stop_for_walk(void *ctx)
{
	struct walk *w = ctx;

	/* Nothing else bounds a walk that never lets go of mmap_lock. */
	if (!w->hold_us && msc_ksm_is_due(&w->ksm))
		msc_ksm_unlock(&w->ksm);
	cond_resched();
	return must_let_go(w) || fatal_signal_pending(current);
}

/* The pages of the VMA recorded last, from w->addr on. Returns as msc_walk_pages() but -ESTALE. */
static int walk_pages(struct walk *w, struct vm_area_struct *vma)
{
	struct msc_pages_walk p = {
		.s = w->s,
		.vma = vma,
		.addr = max(w->addr, w->range->start),
		.end = min(vma->vm_end, w->range->end),
		.seam = w->pending,
		.stop = stop_for_walk,
		.ctx = w,
	};
	/* Only what-if tells for how long: check and folios need no clock for each VMA. */
	bool timed = w->s->shown & MSC_SECTION_WHATIF;
	ktime_t since = timed ? ktime_get() : 0;
	int err;

	if (p.addr >= p.end)
		return 0;
	do {
		err = msc_walk_pages(&p);
	} while (err == -ESTALE && !(err = record_late_anon_vma(w, vma)));
	if (timed)
		w->s->vmas[w->s->nr_vmas - 1].walk_ns +=
			ktime_to_ns(ktime_sub(ktime_get(), since));
	w->addr = p.addr;
	if (!p.seam)
		w->pending = 0;
	return err;
}

/* Is @vma what was recorded last, as far as the record tells? */
static bool is_recorded(const struct walk *w, const struct vm_area_struct *vma)
{
	const struct msc_vma *record = &w->s->vmas[w->s->nr_vmas - 1];

	return record->self == (uintptr_t)vma && record->start == vma->vm_start &&
	       record->end == vma->vm_end && record->pgoff == vma->vm_pgoff &&
	       (!record->anon_vma || record->anon_vma == (uintptr_t)vma->anon_vma);
}

/*
 * Was @vma recorded last, and is nothing of it left? A VMA that ends before its place in the tree
 * does, as no sound one, is found again where the walk goes on.
 */
static bool is_done(const struct walk *w, const struct vm_area_struct *vma)
{
	return !w->inside && w->s->nr_vmas && is_recorded(w, vma);
}

/* What is left of a VMA. Returns 0, -EAGAIN without room, -EINPROGRESS to let go, -EINTR. */
static int walk_vma(struct walk *w, struct vm_area_struct *vma)
{
	int err;

	if (!w->inside || !is_recorded(w, vma)) {
		err = record_vma(w, vma);
		if (err)
			return err;
	}
	if (w->s->sections & MSC_SECTION_FOLIOS) {
		err = walk_pages(w, vma);
		if (err)
			return err;
	}
	w->inside = false;
	w->addr = vma->vm_end;
	return 0;
}

/* The same, with room made under the lock where letting go is ruled out. */
static int walk_vma_somehow(struct walk *w, struct vm_area_struct *vma)
{
	int err;

	while ((err = walk_vma(w, vma)) == -EAGAIN && !w->hold_us) {
		err = reserve(w);
		if (err)
			return err;
	}
	return err;
}

/* Has a stack grown since it was recorded? 6.1 lets it, beside this walk. */
static bool has_grown(const struct walk *w)
{
	const struct msc_vma *record;
	struct vm_area_struct *vma;

	mmap_assert_locked(w->mm);
	for (record = w->s->vmas; record < w->s->vmas + w->s->nr_vmas; record++) {
		if (!(record->flags & MSC_VM(GD)))
			continue;
		vma = find_vma(w->mm, record->start);
		if (!vma || READ_ONCE(vma->vm_start) != record->start)
			return true;
	}
	return false;
}

/*
 * What belongs to the mm as a whole; the walk has reached its end.
 *
 * munmap() takes the VMAs out under the write lock, makes that a read lock, and takes their pages
 * off the sums at the end (mm/vma.c:vms_complete_munmap_vmas()). One that is half done holds the
 * lock beside this walk, and another cannot come: if nobody else is there, the sums are final.
 */
static void finish(struct walk *w)
{
	struct msc_target *target = &w->s->target;

	mmap_assert_locked(w->mm);
	if (w->s->facts.merge_any)
		target->merge_any = msc_compat_mm_merge_any(w->mm);
	/* It may have become so since: what was seen of it meanwhile is ksmd's to mend. */
	target->mergeable |= msc_compat_mm_mergeable(w->mm);
	if (w->s->sections & MSC_SECTION_KSM)
		msc_ksm_finish(&w->ksm);
	target->shared_lock = msc_compat_mmap_lock_is_shared(w->mm);
	smp_rmb();
	target->map_count = w->mm->map_count;
	target->total_vm = w->mm->total_vm;
	target->data_vm = w->mm->data_vm;
	target->exec_vm = w->mm->exec_vm;
	target->stack_vm = w->mm->stack_vm;
	smp_rmb();
	if (has_grown(w) || msc_compat_mmap_lock_is_shared(w->mm))
		target->shared_lock = true;
	w->done = true;
}

/* What KSM knows of the addresses below @upto; returns as walk_vma_somehow(). */
static int walk_ksm_somehow(struct walk *w, unsigned long upto)
{
	int err;

	while ((err = msc_ksm_walk(&w->ksm, upto)) == -EAGAIN && !w->hold_us) {
		err = reserve(w);
		if (err)
			return err;
	}
	return err;
}

/* Every VMA from w->addr on, and what KSM knows of it. Returns as walk_vma_somehow(). */
static int walk_vmas(struct walk *w)
{
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, w->mm, w->addr);
	int err;

	/* The last stretch may have left some of its part. */
	err = walk_ksm_somehow(w, w->addr);
	if (err)
		return err;
	for_each_vma(vmi, vma) {
		if (is_done(w, vma))
			continue;
		err = walk_vma_somehow(w, vma);
		if (!err)
			err = walk_ksm_somehow(w, w->addr);
		if (err)
			return err;
		if (stop_for_walk(w))
			return -EINPROGRESS;
	}
	return walk_ksm_somehow(w, ULONG_MAX);
}

/* Caller holds mmap_lock for reading. Returns 0, -ENOMEM or -EINTR. */
static int walk_stretch(struct walk *w)
{
	int err;

	mmap_assert_locked(w->mm);
	w->pending |= seam(w);
	err = walk_vmas(w);
	if (err)
		return err == -EAGAIN || err == -EINPROGRESS ? 0 : err;
	/* Nothing was left behind the seam: what came or went there is not known. */
	w->s->end_bits = w->pending;
	finish(w);
	return 0;
}

static bool lock_mmap_somehow(struct walk *w)
{
	unsigned int i;

	for (i = 0; i < MAX_TRYLOCKS && !fatal_signal_pending(current); i++) {
		if (mmap_read_trylock(w->mm))
			return true;
		usleep_range(500, 1000);
	}
	return false;
}

/*
 * mmap_lock, and before it ksm_thread_mutex where that can be had. While the mutex is held,
 * mmap_lock is only tried for; it is waited for without the mutex, and then both are tried for
 * again. Returns 0 or -EINTR.
 */
static int lock_both(struct walk *w)
{
	unsigned int round;
	int err;

	for (round = 0; ; round++) {
		err = msc_ksm_lock(&w->ksm);
		if (err)
			return err;
		if (w->ksm.locked && lock_mmap_somehow(w))
			return 0;
		if (w->ksm.locked && round == MAX_ROUNDS)
			msc_ksm_give_up(&w->ksm);
		if (!w->ksm.locked)
			return mmap_read_lock_killable(w->mm) ? -EINTR : 0;
		msc_ksm_unlock(&w->ksm);
		if (mmap_read_lock_killable(w->mm))
			return -EINTR;
		mmap_read_unlock(w->mm);
	}
}

static int locked_stretch(struct walk *w)
{
	struct msc_lock_stats *lock = &w->s->lock;
	u64 us;
	int err;

	err = lock_both(w);
	if (err)
		return err;
	w->since = ktime_get();
	err = walk_stretch(w);
	w->seq = msc_compat_mm_lock_seq(w->mm);
	us = stretch_us(w);
	mmap_read_unlock(w->mm);
	if (msc_ksm_is_due(&w->ksm))
		msc_ksm_unlock(&w->ksm);

	lock->held_us += us;
	lock->longest_us = max_t(u64, lock->longest_us, us);
	return err;
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
static int walk_retrying(struct msc_snapshot *s, struct mm_struct *mm,
			 const struct msc_walk_options *options, char *path_buf)
{
	u32 retries = 0;
	int err;

	for (;;) {
		struct walk w = {
			.s = s,
			.mm = mm,
			.hold_us = options->hold_us,
			.range = &options->range,
			.path_buf = path_buf,
			.ksm = {
				.s = s,
				.mm = mm,
				.start = options->range.start,
				.end = options->range.end,
				.stop = stop_for_walk,
				.ctx = &w,
			},
		};

		s->lock = (struct msc_lock_stats){ .retries = retries };
		msc_ksm_begin(&w.ksm);
		err = walk_once(&w);
		msc_ksm_unlock(&w.ksm);
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
	s->facts.deep = options->deep;
	s->facts.pointers = options->pointers;
	err = msc_target_get_mm(pid, &s->target, &mm);
	if (err)
		return err;
	path_buf = kmalloc(MSC_NAME_MAX, GFP_KERNEL);
	if (!path_buf) {
		err = -ENOMEM;
		goto put_mm;
	}
	err = walk_retrying(s, mm, options, path_buf);
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
