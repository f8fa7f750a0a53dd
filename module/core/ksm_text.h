/* SPDX-License-Identifier: GPL-2.0 */
/* The section ksm as text. */
#ifndef MSC_CORE_KSM_TEXT_H
#define MSC_CORE_KSM_TEXT_H

#include "model.h"
#include "text.h"

/*
 * The values of lists, kind, page (of a node), state and now, by the enums of rmap_item.h, and of
 * reach, by that of ksm_reach.h.
 */
const char *msc_ksm_lists_name(unsigned int index);
const char *msc_node_kind_name(unsigned int index);
const char *msc_node_page_name(unsigned int index);
const char *msc_item_state_name(unsigned int index);
const char *msc_item_now_name(unsigned int index);
const char *msc_ksm_reach_name(unsigned int index);

/* The line on KSM and on the mm's counts. */
void msc_report_ksm(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index);

/* The line of stable node @index, from 0. */
void msc_report_node(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index);

/* The line of rmap_item @index, from 0. */
void msc_report_item(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index);

/* The values of seen, by the bits of a page: all, part, no. */
const char *msc_ksm_seen_name(msc_u8 bits);

/*
 * The page that rmap_item @item, from 1, tells of by its own line: it maps its node's page, in VMA
 * @vma, and the reverse map finds it. False if it does not. @page->found is left 0.
 */
msc_bool msc_ksm_page_told(const struct msc_snapshot *s, msc_u32 item, msc_u32 vma,
			   struct msc_ksm_page *page, struct msc_ksm_found *found);

/*
 * The lines of page @index, from 0: nothing if it is as its own rmap_item's line tells, which then
 * says all there is to say.
 */
void msc_report_ksm_page(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index);

/* The line that sums VMA @index up; nothing if KSM has nothing to do with it. */
void msc_report_ksm_vma(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index);

#endif
