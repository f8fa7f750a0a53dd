/* SPDX-License-Identifier: GPL-2.0 */
/* A merge verdict as report fields: the outcome, every blocker, and both values of each. */
#ifndef MSC_CORE_VERDICT_TEXT_H
#define MSC_CORE_VERDICT_TEXT_H

#include "model.h"
#include "text.h"

/*
 * Flags as codes with commas between, "-" for none. A bit without a code is "??", as in smaps, or,
 * if @other_by_number, "b" and the kernel's bit number.
 */
void msc_put_vmflags(struct msc_sink *sink, msc_u64 flags, msc_u64 other, msc_bool other_by_number);

/* The verdict fields of @left's line; @right NULL after the last VMA. */
void msc_put_verdict(struct msc_sink *sink, const struct msc_snapshot *s,
		     const struct msc_vma *left, const struct msc_vma *right);

#endif
