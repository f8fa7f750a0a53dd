// SPDX-License-Identifier: GPL-2.0
#include "../compat/ksm.h"
#include "../compat/swapcache.h"
#include "../compat/symbols.h"
#include "symbols.h"

void msc_walk_symbols_init(void)
{
	msc_compat_symbols_init();
	msc_compat_swapcache_init();
}

int msc_walk_symbols_error(void)
{
	return msc_compat_symbols_error();
}

const char *msc_walk_symbol(unsigned int index, bool *found)
{
	const struct msc_compat_symbol *symbol = msc_compat_symbol(index);

	if (!symbol)
		return NULL;
	*found = symbol->address;
	return symbol->name;
}

bool msc_walk_member(unsigned int index, struct msc_walk_member *member)
{
	const struct msc_compat_member *from = msc_compat_ksm_member(index);

	if (!from)
		return false;
	*member = (struct msc_walk_member){ from->type, from->name, from->offset };
	return true;
}
