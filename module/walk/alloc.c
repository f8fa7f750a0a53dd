// SPDX-License-Identifier: GPL-2.0
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "alloc.h"

/* A report of a process with many VMAs is megabytes: better ENOMEM than the OOM killer. */
static void *resize(void *old, msc_size old_size, msc_size new_size)
{
	void *p = kvmalloc(new_size, GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN);

	if (!p)
		return NULL;
	if (old)
		memcpy(p, old, old_size);
	kvfree(old);
	return p;
}

static void release(void *p)
{
	kvfree(p);
}

static void rest(void)
{
	cond_resched();
}

const struct msc_alloc msc_walk_alloc = { .resize = resize, .release = release, .rest = rest };
