// SPDX-License-Identifier: GPL-2.0
/* Before 6.10, page_mapcount() counts the mappings of one page of a folio. */
#include <linux/mm.h>

int msc_probe(struct page *page);
int msc_probe(struct page *page)
{
	return page_mapcount(page);
}
