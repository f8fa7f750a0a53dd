/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the status file says of the symbols that were looked up, and of KSM's private layout; see
 * compat/symbols.h and compat/ksm.h.
 */
#ifndef MSC_WALK_SYMBOLS_H
#define MSC_WALK_SYMBOLS_H

#include <linux/types.h>

/* Look all symbols up, once, at load. */
void msc_walk_symbols_init(void);

/* 0, or the -errno for which none could be looked up. */
int msc_walk_symbols_error(void);

/* The name of symbol @index and whether it was found; NULL past the last. */
const char *msc_walk_symbol(unsigned int index, bool *found);

/* struct msc_walk_member - a member of a private struct */
struct msc_walk_member {
	const char *type;
	const char *name;
	unsigned int offset;	/* bytes */
};

/* Member @index of the layout; false past the last, or without a layout. */
bool msc_walk_member(unsigned int index, struct msc_walk_member *member);

#endif
