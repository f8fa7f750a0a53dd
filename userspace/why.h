/* SPDX-License-Identifier: GPL-2.0 */
/* A snapshot explained in words. */
#ifndef MSC_WHY_H
#define MSC_WHY_H

#include <stdbool.h>
#include <stdio.h>

#include "../module/core/model.h"

/* The process: which pairs are apart and why, what would merge them; KSM; the invariants. */
void msc_why(FILE *out, const struct msc_snapshot *s);

/* The VMA that holds @addr (bytes), and both its neighbours. False if none does. */
bool msc_why_at(FILE *out, const struct msc_snapshot *s, msc_u64 addr);

/*
 * What VMA @index and the next one differ in, with both values: a paragraph for each of @blockers,
 * bits of enum msc_blocker.
 */
void msc_why_pair(FILE *out, int indent, const struct msc_snapshot *s, msc_u32 index,
		  msc_u32 blockers);

#endif
