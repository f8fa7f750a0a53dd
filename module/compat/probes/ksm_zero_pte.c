// SPDX-License-Identifier: GPL-2.0
/* 6.6: a zero page that KSM placed is marked dirty. */
#include <linux/mm.h>
#include <linux/ksm.h>

bool msc_probe(pte_t pte);
bool msc_probe(pte_t pte)
{
	return is_ksm_zero_pte(pte);
}
