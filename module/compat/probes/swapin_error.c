// SPDX-License-Identifier: GPL-2.0
/* To 6.3: what could not be read from swap has a kind of entry of its own; then it is a marker. */
#include <linux/mm.h>
#include <linux/swap.h>
#include <linux/swapops.h>

bool msc_probe(swp_entry_t entry);
bool msc_probe(swp_entry_t entry)
{
	return is_swapin_error_entry(entry) && swp_type(entry) == SWP_SWAPIN_ERROR;
}
