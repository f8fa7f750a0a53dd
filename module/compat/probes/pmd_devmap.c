// SPDX-License-Identifier: GPL-2.0
/* To 6.12, a PMD that maps a DAX device has a bit of its own, and is not special. */
#include <linux/mm.h>

bool msc_probe(pmd_t pmd);
bool msc_probe(pmd_t pmd)
{
	return pmd_devmap(pmd);
}
