// SPDX-License-Identifier: GPL-2.0
/* 6.19: a non-present entry is a softleaf_t, in linux/leafops.h. */
#include <linux/mm.h>
#include <linux/swap.h>
#include <linux/leafops.h>

bool msc_probe(pte_t pte);
bool msc_probe(pte_t pte)
{
	return softleaf_is_swap(softleaf_from_pte(pte));
}
