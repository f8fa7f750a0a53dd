/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small process in which every invariant holds, for tests that break one thing of it; and a judge
 * that keeps what it is told.
 *
 *	VMA  range                anon_vmas on its chain    pages
 *	0    0x10000-0x14000 rw   PLAIN                     4 of PLAIN, its own
 *	1    0x14000-0x16000 ---  -                         none
 *	2    0x20000-0x24000 rw   OWN, PARENTS (forked)     2 of OWN, its own; 2 of PARENTS, shared
 *	3    0x30000-0x31000 r-x  -                         1 of a file
 *	4    0x40000-0x42000 rw   -  (stack)                none
 *
 * PARENTS is the root of OWN and has one more VMA, the parent's, in its tree. The VMAs' page
 * offsets are 0x100 above their addresses: they were moved. Where the kernel keeps two offsets
 * that is the anonymous one.
 */
#ifndef MSC_UNIT_WORLD_H
#define MSC_UNIT_WORLD_H

#include "kernels.h"
#include "rules.h"

/* Cookies. */
#define PLAIN 0x5000
#define OWN 0x3000
#define PARENTS 0x4000
#define STRANGER 0x9000

/* Their ids, once numbered. */
#define PLAIN_ID 1
#define OWN_ID 2
#define PARENTS_ID 3

/* The process, in an initialised snapshot, with ids given. */
void unit_world(struct msc_snapshot *s, enum unit_kernel_id k);

/* A test whose state is the process on 6.12. */
#define world_test(name) \
	cmocka_unit_test_setup_teardown(name, unit_world_set_up, unit_snapshot_tear_down)
int unit_world_set_up(void **state);

#define UNIT_MAX_FINDINGS 8

struct unit_judged {
	struct msc_judge judge;
	unsigned int nr;
	struct msc_finding findings[UNIT_MAX_FINDINGS];
};

/* What rule @id says of @s. */
struct unit_judged unit_judge(const struct msc_snapshot *s, enum msc_rule_id id);

/* No rule but @id has findings in @s. */
void unit_assert_only(const struct msc_snapshot *s, enum msc_rule_id id);

/* The counts of one judgement. */
void unit_assert_counts(const struct unit_judged *judged, msc_u64 checked, msc_u64 violations,
			msc_u64 unknown);

/* A finding, field by field. */
void unit_assert_finding(const struct msc_finding *have, struct msc_finding want);

/* Rule @id has one finding, @want, of @checked looks; no other rule has any. */
void unit_assert_one(const struct msc_snapshot *s, enum msc_rule_id id, msc_u64 checked,
		     struct msc_finding want);

#define UNIT_DEC(n) { MSC_VALUE_DEC, n }
#define UNIT_SIGNED(n) { MSC_VALUE_SIGNED, n }
#define UNIT_HEX(n) { MSC_VALUE_HEX, n }
#define UNIT_ANON_VMA(id) { MSC_VALUE_ANON_VMA, id }

#endif
