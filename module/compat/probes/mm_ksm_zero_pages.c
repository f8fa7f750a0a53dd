// SPDX-License-Identifier: GPL-2.0
/* 6.11: the mm counts, atomically, the zero pages that KSM placed in it. */
#include <linux/ksm.h>

long msc_probe(struct mm_struct *mm);
long msc_probe(struct mm_struct *mm)
{
	return mm_ksm_zero_pages(mm);
}
