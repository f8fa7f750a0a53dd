/* SPDX-License-Identifier: GPL-2.0 */
/* Blockers and flags in words: what each means, and what would make such a pair merge. */
#ifndef MSC_REASON_H
#define MSC_REASON_H

#include "../module/core/merge.h"

/* struct msc_reason - a blocker in words */
struct msc_reason {
	const char *title;	/* "page offsets do not line up" */
	const char *meaning;	/* sentences: how it comes about */
	const char *remedy;	/* a sentence: what would merge them */
};

extern const struct msc_reason msc_reasons[MSC_B_NR];

/* How a VMA comes by the flag @index (enum msc_vmflag_index); NULL if its code says enough. */
const char *msc_flag_origin(unsigned int index);

#endif
