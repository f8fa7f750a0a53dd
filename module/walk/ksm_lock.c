// SPDX-License-Identifier: GPL-2.0
/*
 * ksm_thread_mutex, in bounds: how long it is waited for, and how long it is held. The lock order
 * is in ksm.c.
 */
#include <linux/delay.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>

#include "../compat/compat.h"
#include "../compat/ksm.h"
#include "facts.h"
#include "ksm.h"

/*
 * Waiting for the mutex. ksmd holds it for a batch of pages, sleeps, and takes it again; when it is
 * told not to sleep it is away for less than a microsecond, which only who looks all the time will
 * see. So each try looks for POLL_US, and between two tries it sleeps.
 */
#define MAX_TRIES 200
#define POLL_US 200
#define SLEEP_US 1000

/* After that ksmd, and who writes to its knobs, have their turn. */
#define MAX_HELD_US 100000

static bool poll(void)
{
	ktime_t until = ktime_add_us(ktime_get(), POLL_US);

	do {
		if (msc_compat_ksm_trylock())
			return true;
		cpu_relax();
	} while (ktime_before(ktime_get(), until));
	return false;
}

static bool lock_somehow(void)
{
	unsigned int i;

	for (i = 0; i < MAX_TRIES && !fatal_signal_pending(current); i++) {
		if (poll())
			return true;
		usleep_range(SLEEP_US / 2, SLEEP_US);
	}
	return false;
}

/*
 * Does the layout fit? Looked at until it was seen to, on lists that had something on them. Holds
 * the mutex. Returns NULL, or in words why not.
 */
static const char *distrust(void)
{
	static bool trusted;
	const char *why;

	msc_compat_ksm_assert_locked();
	if (READ_ONCE(trusted))
		return NULL;
	switch (msc_compat_ksm_check(&why)) {
	case MSC_COMPAT_KSM_GOOD:
		WRITE_ONCE(trusted, true);
		break;
	case MSC_COMPAT_KSM_EMPTY:
		break;
	case MSC_COMPAT_KSM_BAD:
		msc_facts_refuse_ksm(why);
		break;
	}
	return why;
}

void msc_ksm_init(void)
{
	if (msc_facts_get()->ksm_off || !lock_somehow())
		return;
	if (!msc_compat_ksm_offlining())
		distrust();
	msc_compat_ksm_unlock();
}

/* The first rmap_item. An mm that is not ksmd's need not be looked for among those that are. */
static void find_list(struct msc_ksm_walk *k)
{
	int err = -ENOENT;

	k->item = NULL;
	if (msc_compat_mm_mergeable(k->mm))
		err = msc_compat_ksm_first_item(k->mm, &k->item);
	if (err == -E2BIG)
		k->s->ksm.lists = MSC_KSM_TOO_LONG;
	else if (err && err != -ENOENT)
		k->s->ksm.lists = MSC_KSM_BROKEN;
}

/*
 * Where the walk goes on: rmap_items that it has seen may have gone while nobody held the mutex.
 * Takes as long as the list is.
 */
static void find_place(struct msc_ksm_walk *k)
{
	struct msc_compat_rmap_item item;

	msc_compat_ksm_assert_locked();
	find_list(k);
	k->left = 2 * msc_compat_mm_ksm_rmap_items(k->mm) + SZ_64K;
	for (; k->item; k->item = item.next, k->left--) {
		if (!k->left || !msc_compat_rmap_item_read(&item, k->item)) {
			k->s->ksm.lists = MSC_KSM_BROKEN;
			k->item = NULL;
			return;
		}
		if (item.address >= k->behind)
			return;
		cond_resched();
	}
}

/*
 * The mutex has just been taken. Held for MAX_HELD_US, or for twice what it took to find the place
 * again if that is more: else a list of tens of millions would be gone through for nothing else.
 */
static void begin_hold(struct msc_ksm_walk *k)
{
	k->locked = true;
	k->since = ktime_get();
	find_place(k);
	k->hold_us = max_t(s64, MAX_HELD_US, 2 * ktime_us_delta(ktime_get(), k->since));
	k->s->ksm.let_go += !!k->hold;
	k->hold++;
}

/* With the mutex: may the lists be walked? */
static bool may_walk(struct msc_ksm_walk *k)
{
	if (msc_compat_ksm_offlining()) {
		k->s->ksm.lists = MSC_KSM_OFFLINE;
		return false;
	}
	k->s->facts.ksm_off = distrust();
	if (k->s->facts.ksm_off)
		k->s->ksm.lists = MSC_KSM_OFF;
	return !k->s->facts.ksm_off;
}

void msc_ksm_begin(struct msc_ksm_walk *k)
{
	bool wanted = k->s->sections & MSC_SECTION_KSM;

	k->s->ksm.lists = wanted && !k->s->facts.ksm_off ? MSC_KSM_READ : MSC_KSM_OFF;
}

int msc_ksm_lock(struct msc_ksm_walk *k)
{
	u64 scans = 0;

	if (k->locked || k->s->ksm.lists != MSC_KSM_READ)
		return 0;
	if (!lock_somehow()) {
		k->s->ksm.lists = MSC_KSM_BUSY;
		return fatal_signal_pending(current) ? -EINTR : 0;
	}
	if (!may_walk(k)) {
		msc_compat_ksm_unlock();
		return 0;
	}
	/* What was pending in an earlier hold is so still, though ksmd was stopped meanwhile. */
	k->s->ksm.runs |= msc_compat_ksm_runs();
	k->s->ksm.has_scans = msc_compat_ksm_scans(&scans);
	k->s->ksm.scans = scans;
	begin_hold(k);
	return 0;
}

static s64 held_us(const struct msc_ksm_walk *k)
{
	return ktime_us_delta(ktime_get(), k->since);
}

void msc_ksm_unlock(struct msc_ksm_walk *k)
{
	if (!k->locked)
		return;
	k->s->ksm.longest_us = max_t(u64, k->s->ksm.longest_us, held_us(k));
	msc_compat_ksm_unlock();
	k->locked = false;
}

bool msc_ksm_is_due(const struct msc_ksm_walk *k)
{
	return k->locked && held_us(k) >= k->hold_us;
}

void msc_ksm_give_up(struct msc_ksm_walk *k)
{
	msc_ksm_unlock(k);
	k->s->ksm.lists = MSC_KSM_MMAP_BUSY;
}
