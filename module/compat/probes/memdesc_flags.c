// SPDX-License-Identifier: GPL-2.0
/* 6.18: a page's flags are a memdesc_flags_t. */
#include <linux/mm_types.h>

unsigned long msc_probe(const struct page *page);
unsigned long msc_probe(const struct page *page)
{
	return page->flags.f;
}
