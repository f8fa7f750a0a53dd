// SPDX-License-Identifier: GPL-2.0
/*
 * 6.13, and 6.12 stable: mm->mm_lock_seq became a seqcount_t, odd while a writer holds mmap_lock.
 */
#include <linux/mm_types.h>

unsigned int msc_probe(const struct mm_struct *mm);
unsigned int msc_probe(const struct mm_struct *mm)
{
	return mm->mm_lock_seq.sequence;
}
