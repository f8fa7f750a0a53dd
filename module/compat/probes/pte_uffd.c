// SPDX-License-Identifier: GPL-2.0
/* 7.3: pte_uffd_wp() became pte_uffd(): the bit serves read-write protection too. */
#include <linux/mm.h>
#include <linux/pgtable.h>

bool msc_probe(pte_t pte);
bool msc_probe(pte_t pte)
{
	return pte_uffd(pte);
}
