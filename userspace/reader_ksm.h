/* SPDX-License-Identifier: GPL-2.0 */
/* The lines of the section ksm: each function adds the record of the line at hand. */
#ifndef MSC_READER_KSM_H
#define MSC_READER_KSM_H

#include "reader_values.h"

void msc_reader_ksm(struct msc_reader *r);
void msc_reader_node(struct msc_reader *r);
void msc_reader_item(struct msc_reader *r);
void msc_reader_ksm_page(struct msc_reader *r);
void msc_reader_found(struct msc_reader *r);

/*
 * What needs all lines: pages that are found through their own rmap_items have no line. False if
 * the reader has failed.
 */
bool msc_reader_ksm_finish(struct msc_reader *r);

#endif
