// SPDX-License-Identifier: GPL-2.0
/* 6.12: a driver may map page frames by a PMD, which is then special. */
#include <linux/mm.h>

bool msc_probe(pmd_t pmd);
bool msc_probe(pmd_t pmd)
{
	return pmd_special(pmd);
}
