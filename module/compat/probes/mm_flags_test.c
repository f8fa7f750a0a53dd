// SPDX-License-Identifier: GPL-2.0
/* 6.18: mm->flags became an opaque bitmap that mm_flags_test(FLAG, mm) reads. */
#include <linux/mm.h>

bool msc_probe(const struct mm_struct *mm);
bool msc_probe(const struct mm_struct *mm)
{
	return mm_flags_test(MMF_VM_MERGEABLE, mm);
}
