/* SPDX-License-Identifier: GPL-2.0 */
/* The grammar of the module parameter "range": PID:START-END, or PID: for everywhere. */
#ifndef MSC_CORE_RANGE_H
#define MSC_CORE_RANGE_H

#include "types.h"

enum msc_range_error {
	MSC_RANGE_OK,
	MSC_RANGE_NO_PID,	/* it does not begin with a PID and a colon */
	MSC_RANGE_NOT_HEX,	/* an address is no hexadecimal number of 64 bits */
	MSC_RANGE_NO_DASH,	/* there are not two addresses with a dash between */
	MSC_RANGE_UNALIGNED,	/* an address is not that of a page */
	MSC_RANGE_EMPTY,	/* the end does not lie behind the start */
};

/* struct msc_range - a process and a part of its address space; bytes, the end exclusive */
struct msc_range {
	msc_s32 pid;
	msc_u64 start, end;	/* the extremes if no addresses were given */
};

/*
 * Addresses are hexadecimal, as maps writes them, with or without 0x. A newline may end the text.
 */
enum msc_range_error msc_range_parse(struct msc_range *range, const char *text);

#endif
