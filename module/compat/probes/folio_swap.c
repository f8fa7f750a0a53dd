// SPDX-License-Identifier: GPL-2.0
/* 6.6: a folio in the swap cache has its entry in folio->swap; before, in each page's private. */
#include <linux/mm_types.h>

swp_entry_t msc_probe(const struct folio *folio);
swp_entry_t msc_probe(const struct folio *folio)
{
	return folio->swap;
}
