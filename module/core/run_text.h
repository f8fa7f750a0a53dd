/* SPDX-License-Identifier: GPL-2.0 */
/* The section folios as text. */
#ifndef MSC_CORE_RUN_TEXT_H
#define MSC_CORE_RUN_TEXT_H

#include "model.h"
#include "text.h"

/* The name of @state, below MSC_NR_PAGE_STATES. */
const char *msc_page_state_name(unsigned int state);

/* The name of the bit of struct msc_page.bits that is printed as number @index; NULL behind it. */
const char *msc_page_bit_name(unsigned int index, msc_u32 *bit);

/*
 * What a fault on a swap entry does with what the swap cache has, or has not: read, use, copy, or
 * unknown.
 */
const char *msc_page_swapin(const struct msc_snapshot *s, const struct msc_page *page);

/* The line of run @index, from 0. */
void msc_report_run(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index);

#endif
