/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of facts; each file has the facts of some of a report's sections. */
#ifndef MSC_EXPECT_FACT_H
#define MSC_EXPECT_FACT_H

#include "expect.h"

/* struct scn_where - what a fact is taken from: which members count follows from its scope */
struct scn_where {
	const struct msc_snapshot *s;
	const struct msc_target *first;
	struct scn_range at;
	const struct msc_vma *vma;	/* at the first page */
	const struct msc_run *run;	/* that too */
};

/* An object: @cookie, 0 for none. */
void scn_set_object(struct scn_value *value, uint64_t cookie);

/* How many VMAs have pages between the addresses @start and @end. */
uint64_t scn_count_vmas(const struct msc_snapshot *s, uint64_t start, uint64_t end);

/* Of the section ksm; a fact without a name ends it. */
extern const struct scn_fact scn_ksm_facts[];

/* Of the section whatif, likewise. */
extern const struct scn_fact scn_whatif_facts[];

#endif
