// SPDX-License-Identifier: GPL-2.0
/* Before 6.2, a flag says whether a folio is mapped both as a whole and in pieces. */
#include <linux/mm.h>
#include <linux/page-flags.h>

int msc_probe(struct page *page);
int msc_probe(struct page *page)
{
	return PageDoubleMap(page);
}
