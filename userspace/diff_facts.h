/* SPDX-License-Identifier: GPL-2.0 */
/* The facts of matched VMAs, anon_vmas and of the process, compared one by one. */
#ifndef MSC_DIFF_FACTS_H
#define MSC_DIFF_FACTS_H

#include "diff.h"
#include "diff_align.h"

/* struct msc_pages_sum - what the runs of a VMA add up to; pages */
struct msc_pages_sum {
	msc_u64 states[MSC_NR_PAGE_STATES];
	msc_u64 bits[32];	/* with bit n of struct msc_page.bits */
};

/* struct msc_facts_diff - what comparing takes */
struct msc_facts_diff {
	struct msc_differ *differ;
	const struct msc_align *align;
	struct msc_pages_sum *pages_a, *pages_b;	/* of each VMA */
	struct msc_map ids;		/* id in a to the one in b that it became */
};

/* False if there is no memory; the caller frees @f in any case. */
bool msc_facts_init(struct msc_facts_diff *f, struct msc_differ *differ,
		    const struct msc_align *align);

void msc_facts_free(struct msc_facts_diff *f);

void msc_facts_process(const struct msc_facts_diff *f);
void msc_facts_vmas(const struct msc_facts_diff *f, const struct msc_match *match);

/* False if there is no memory. */
bool msc_facts_anon_vmas(const struct msc_facts_diff *f);

/* Where both have pages of one state: their index, and their folios' order. @where is the VMA. */
void msc_facts_runs(const struct msc_facts_diff *f, const struct msc_match *match,
		    const char *where);

/* What ksmd remembers of pages, and whether the reverse map finds KSM's. */
void msc_facts_ksm(const struct msc_facts_diff *f);

void msc_facts_rules(const struct msc_facts_diff *f);

/* Tell a change. */
void msc_tell(struct msc_differ *differ, const char *what, const char *where, const char *key,
	      const char *from, const char *to);

#endif
