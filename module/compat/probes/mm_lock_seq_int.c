// SPDX-License-Identifier: GPL-2.0
/* 6.4 to 6.12: mm->mm_lock_seq is an int that every mmap_write_unlock() moves on. */
#include <linux/mm_types.h>

int msc_probe(const struct mm_struct *mm);
int msc_probe(const struct mm_struct *mm)
{
	return mm->mm_lock_seq + 0;
}
