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

/* Room for one more record of each kind; false if there is no memory. */
bool msc_reader_make_room(struct msc_reader *r);

/* The line's id must be the next in a row of @nr. */
void msc_reader_next_id(struct msc_reader *r, char letter, msc_u32 nr);

/* The cookie of anon_vma @id: the address that pointers=1 shows, or the id; 0 of 0. */
msc_u64 msc_reader_cookie(const struct msc_reader *r, msc_u32 id);
/* Of what-if, which is judged again, only what was measured. */
void msc_reader_relocation(struct msc_reader *r);

/*
 * The VMA of a line about @addr, which is its @key, not before *@vma: as many as nth says right
 * before it hold @addr too. Lines go by VMA, so *@vma only moves on. False if there is none.
 */
bool msc_reader_find_vma(struct msc_reader *r, msc_u32 *vma, const char *key, msc_u64 addr);

/* What needs all lines: parents whose own line came later. */
void msc_reader_link(struct msc_reader *r);

#endif
