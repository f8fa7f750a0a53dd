/* SPDX-License-Identifier: GPL-2.0 */
/* What the status file says of the symbols that were looked up; see compat/symbols.h. */
#ifndef MSC_WALK_SYMBOLS_H
#define MSC_WALK_SYMBOLS_H

#include <linux/types.h>

/* Look all symbols up, once, at load. */
void msc_walk_symbols_init(void);

/* 0, or the -errno for which none could be looked up. */
int msc_walk_symbols_error(void);

/* The name of symbol @index and whether it was found; NULL past the last. */
const char *msc_walk_symbol(unsigned int index, bool *found);

#endif
