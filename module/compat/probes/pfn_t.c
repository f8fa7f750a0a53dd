// SPDX-License-Identifier: GPL-2.0
/* To 6.16: drivers hand page frames to be mapped over as a pfn_t. */
#include <linux/pfn_t.h>

bool msc_probe(unsigned long pfn);
bool msc_probe(unsigned long pfn)
{
	return pfn_t_valid(__pfn_to_pfn_t(pfn, 0));
}
