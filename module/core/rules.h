/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The invariants: what must hold of a process's VMAs, anon_vmas and folios on every kernel. One
 * function for each judges the records of a snapshot; none looks at a kernel object. A fact that is
 * not known (a seam in the snapshot, a tree beyond the bound) is neither right nor wrong: it is
 * counted as unknown.
 */
#ifndef MSC_CORE_RULES_H
#define MSC_CORE_RULES_H

#include "model.h"

enum msc_rule_id {
	MSC_RULE_VMA_ORDER,
	MSC_RULE_VMA_ACCOUNT,
	MSC_RULE_AVC_LINKED,
	MSC_RULE_AVC_ROOT,
	MSC_RULE_ANON_VMA_COUNTS,
	MSC_RULE_VMA_ANON_PRESENT,
	MSC_RULE_FOLIO_INDEX,
	MSC_RULE_FOLIO_ROOT,
	MSC_RULE_FOLIO_REACH,
	MSC_RULE_FOLIO_EXCLUSIVE,
	MSC_RULE_FOLIO_ONCE,
	MSC_RULE_SWAP_INDEX,
	MSC_RULE_FOLIO_MAPCOUNT,
	MSC_RULE_KSM_FLAG,
	MSC_RULE_KSM_REACH,
	MSC_RULE_KSM_PROTECT,
	MSC_RULE_KSM_ITEM,
	MSC_RULE_KSM_ITEM_ANON,
	MSC_RULE_KSM_ITEM_ORDER,
	MSC_RULE_KSM_NODE,
	MSC_NR_RULES
};

enum msc_value_kind {
	MSC_VALUE_NONE = 0,
	MSC_VALUE_DEC,
	MSC_VALUE_SIGNED,	/* a msc_s64, decimal */
	MSC_VALUE_HEX,
	MSC_VALUE_ANON_VMA,	/* an id */
};

struct msc_value {
	enum msc_value_kind kind;
	msc_u64 value;
};

/* struct msc_finding - one violation */
struct msc_finding {
	msc_u64 addr;			/* bytes; 0 if it is of the mm as a whole */
	msc_u64 pages;			/* from there on, alike; 0 if it is not about pages */
	const char *what;		/* a word: in which of its ways the invariant is broken */
	struct msc_value expected, found;
	msc_u32 anon_vma_id;		/* the anon_vma it is about; 0 if none */
	msc_u32 node;			/* the stable node it is about, from 1; 0 if none */
};

/*
 * struct msc_judge - what a rule reports to
 * @violation: called for each finding; may be NULL
 */
struct msc_judge {
	msc_u64 checked, violations, unknown;
	void (*violation)(struct msc_judge *judge, const struct msc_finding *finding);
};

/* struct msc_rule - one invariant; the table in rules.c says what each means */
struct msc_rule {
	const char *name;
	void (*judge)(const struct msc_snapshot *s, struct msc_judge *judge);
};

extern const struct msc_rule msc_rules[MSC_NR_RULES];

/*
 * One check of all pages of @run: they hold to a rule, or none does, and @finding says how. What
 * could not be looked at a second time, locked, and does not hold is unknown.
 */
void msc_judge_run(struct msc_judge *judge, const struct msc_run *run, msc_bool holds,
		   struct msc_finding finding);

/* The rules over pages, in rules_pages.c. */
void msc_judge_vma_anon_present(const struct msc_snapshot *s, struct msc_judge *judge);
void msc_judge_folio_index(const struct msc_snapshot *s, struct msc_judge *judge);
void msc_judge_folio_root(const struct msc_snapshot *s, struct msc_judge *judge);
void msc_judge_folio_reach(const struct msc_snapshot *s, struct msc_judge *judge);
void msc_judge_folio_exclusive(const struct msc_snapshot *s, struct msc_judge *judge);
void msc_judge_folio_once(const struct msc_snapshot *s, struct msc_judge *judge);
void msc_judge_swap_index(const struct msc_snapshot *s, struct msc_judge *judge);
void msc_judge_folio_mapcount(const struct msc_snapshot *s, struct msc_judge *judge);

/* The rules over KSM, in rules_ksm.c. */
void msc_judge_ksm_flag(const struct msc_snapshot *s, struct msc_judge *judge);
void msc_judge_ksm_reach(const struct msc_snapshot *s, struct msc_judge *judge);
void msc_judge_ksm_protect(const struct msc_snapshot *s, struct msc_judge *judge);
void msc_judge_ksm_item(const struct msc_snapshot *s, struct msc_judge *judge);
void msc_judge_ksm_item_anon(const struct msc_snapshot *s, struct msc_judge *judge);
void msc_judge_ksm_item_order(const struct msc_snapshot *s, struct msc_judge *judge);
void msc_judge_ksm_node(const struct msc_snapshot *s, struct msc_judge *judge);

#endif
