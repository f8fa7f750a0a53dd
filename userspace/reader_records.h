/* SPDX-License-Identifier: GPL-2.0 */
/* The lines that come many times: each function adds the record of the line at hand. */
#ifndef MSC_READER_RECORDS_H
#define MSC_READER_RECORDS_H

#include "reader_values.h"

void msc_reader_policy(struct msc_reader *r);
void msc_reader_file(struct msc_reader *r);
void msc_reader_vma(struct msc_reader *r);
void msc_reader_anon_vma(struct msc_reader *r);
void msc_reader_avc(struct msc_reader *r);
void msc_reader_run(struct msc_reader *r);

/* What needs all lines: parents whose own line came later. */
void msc_reader_link(struct msc_reader *r);

#endif
