// SPDX-License-Identifier: GPL-2.0
/*
 * The facts of what-if: in how many VMAs a range would be under a policy, how many of them one is
 * about, and whether the anonymous memory of a VMA could be given the page offsets of its address.
 */
#include <stddef.h>

#include "../module/core/whatif.h"
#include "expect_fact.h"

/* The VMAs with pages in the range, if what @id merges were one. */
static void get_vmas_under(const struct scn_where *w, struct scn_value *value,
			   enum msc_whatif_id id)
{
	uint64_t start = scn_address(w->at.first), end = scn_address(w->at.first + w->at.pages);
	const struct msc_snapshot *s = w->s;
	const struct msc_merged *merged;
	uint64_t low, high;

	value->number = scn_count_vmas(s, start, end);
	for (merged = s->merged; merged < s->merged + s->nr_merged; merged++) {
		low = merged->start > start ? merged->start : start;
		high = merged->end < end ? merged->end : end;
		if (merged->id == id && low < high)
			value->number -= scn_count_vmas(s, low, high) - 1;
	}
}

static void get_early_ksm(const struct scn_where *w, struct scn_value *value)
{
	get_vmas_under(w, value, MSC_WHATIF_EARLY_KSM);
}

static void get_special_ksm(const struct scn_where *w, struct scn_value *value)
{
	get_vmas_under(w, value, MSC_WHATIF_SPECIAL_KSM);
}

static void get_relocate_anon(const struct scn_where *w, struct scn_value *value)
{
	get_vmas_under(w, value, MSC_WHATIF_RELOCATE_ANON);
}

static void get_concerned(const struct scn_where *w, struct scn_value *value)
{
	uint64_t start = scn_address(w->at.first), end = scn_address(w->at.first + w->at.pages);
	const struct msc_snapshot *s = w->s;
	const struct msc_vma *vma;

	for (vma = s->vmas; vma < s->vmas + s->nr_vmas; vma++) {
		if (vma->start < end && vma->end > start)
			value->number += msc_special_ksm_concerns(s, vma);
	}
}

/* The verdict on the VMA; NULL for one that has nothing to relocate. */
static const struct msc_relocation *relocation_of(const struct scn_where *w)
{
	const struct msc_relocation *r;

	for (r = w->s->relocations; r < w->s->relocations + w->s->nr_relocations; r++) {
		if (&w->s->vmas[r->vma] == w->vma)
			return r;
	}
	return NULL;
}

static const char *safe_word(unsigned int index)
{
	return index < MSC_NR_SAFES ? msc_safe_name(index) : NULL;
}

static void get_safe(const struct scn_where *w, struct scn_value *value)
{
	const struct msc_relocation *r = relocation_of(w);

	value->none = !r;
	value->number = r ? r->safe : 0;
}

static const char *obstacle_word(unsigned int index)
{
	return index < MSC_NR_OBSTACLES ? msc_obstacle_name(index) : NULL;
}

static void get_obstacles(const struct scn_where *w, struct scn_value *value)
{
	const struct msc_relocation *r = relocation_of(w);
	unsigned int i;

	value->none = !r;
	/* More of them may stand in the way. */
	value->unknown = r && r->safe == MSC_SAFE_UNKNOWN;
	for (i = 0; r && i < MSC_NR_OBSTACLES; i++) {
		if (r->by[i].count)
			value->number |= MSC_BIT(i);
	}
}

const struct scn_fact scn_whatif_facts[] = {
	{ "concerned_special_ksm", SCN_NUMBER, SCN_OF_RANGE, get_concerned, NULL },
	{ "relocation_by", SCN_SET, SCN_OF_VMA, get_obstacles, obstacle_word },
	{ "relocation_safe", SCN_WORD, SCN_OF_VMA, get_safe, safe_word },
	{ "vmas_early_ksm", SCN_NUMBER, SCN_OF_RANGE, get_early_ksm, NULL },
	{ "vmas_relocate_anon", SCN_NUMBER, SCN_OF_RANGE, get_relocate_anon, NULL },
	{ "vmas_special_ksm", SCN_NUMBER, SCN_OF_RANGE, get_special_ksm, NULL },
	{ 0 },
};
