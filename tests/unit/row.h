/* SPDX-License-Identifier: GPL-2.0 */
/* A row of VMAs, each right behind the one before, and what each policy makes of it. */
#ifndef MSC_UNIT_ROW_H
#define MSC_UNIT_ROW_H

#include "kernels.h"

#define UNIT_ROW_MAX 16

/* Files that are there from the beginning: by what their driver is. */
#define ROW_FILE_LATE 1
#define ROW_FILE_SHMEM 2
#define ROW_FILE_EARLY 3
#define ROW_FILE_DAX 4

/* A snapshot for what-if, in *state. */
int unit_row_set_up(void **state);

/*
 * An empty process of kernel @k, under PR_SET_MEMORY_MERGE where there is such a thing. A VMA takes
 * a million bytes, an anon_vma a thousand and an AVC one.
 */
void unit_row_begin(struct msc_snapshot *s, enum unit_kernel_id k);

/* @pages of anonymous memory, on the anon_vma @cookie (0: unfaulted). */
struct msc_vma *unit_row_add(struct msc_snapshot *s, msc_u64 pages, msc_u64 cookie);

/* A page of file @file, at the page offset that its address would have. */
struct msc_vma *unit_row_add_file(struct msc_snapshot *s, msc_u32 file);

/* The pages of the VMA added last, alike. */
void unit_row_fill(struct msc_snapshot *s, enum msc_page_state state, msc_u32 bits);

/* Two anonymous pages that came from @by pages higher, on their own anon_vma @cookie. */
struct msc_vma *unit_row_add_moved(struct msc_snapshot *s, msc_u64 cookie, msc_u64 by,
				   msc_u32 bits);

/* Give ids, and work out all policies. */
void unit_row_work_out(struct msc_snapshot *s);

/* The outcome of policy @id. */
void unit_assert_then(const struct msc_snapshot *s, enum msc_whatif_id id, msc_u32 vmas,
		      msc_u32 concerned, msc_u32 unknown);

/* The @nr'th record, from 0, of VMAs that policy @id would make one; NULL if there are fewer. */
const struct msc_merged *unit_row_merged(const struct msc_snapshot *s, enum msc_whatif_id id,
					 unsigned int nr);

/* That record is of the VMAs from @first to @last. */
void unit_assert_merged(const struct msc_snapshot *s, enum msc_whatif_id id, unsigned int nr,
			const struct msc_vma *first, const struct msc_vma *last);

#endif
