/* SPDX-License-Identifier: GPL-2.0 */
/* Two neighbours that every kernel merges, for the merge tests to spoil one thing at a time. */
#ifndef MSC_UNIT_PAIR_H
#define MSC_UNIT_PAIR_H

#include "kernels.h"

/* Two adjacent VMAs; which of them is modified is the test's own matter. */
struct unit_pair {
	struct msc_vma left, right;
};

/*
 * Three pages and two of one private, writable mapping of one file, unfaulted: the kind on which
 * every rule of every kernel applies.
 */
static inline struct unit_pair unit_file_pair(void)
{
	const struct msc_vma common = {
		.flags = MSC_VM(RD) | MSC_VM(WR) | MSC_VM(MR) | MSC_VM(MW) | MSC_VM(ME),
		.file = 1,
		.kind = MSC_KIND_PRIVATE_FILE,
	};
	struct unit_pair p = { common, common };

	p.left.start = 0x10000;
	p.left.end = 0x13000;
	p.left.pgoff = 100;
	p.left.anon_pgoff = 0x10;
	p.right.start = 0x13000;
	p.right.end = 0x15000;
	p.right.pgoff = 103;
	p.right.anon_pgoff = 0x13;
	return p;
}

/* The same of anonymous memory. */
static inline struct unit_pair unit_anon_pair(void)
{
	struct unit_pair p = unit_file_pair();

	p.left.file = 0;
	p.right.file = 0;
	p.left.kind = MSC_KIND_ANON;
	p.right.kind = MSC_KIND_ANON;
	p.left.pgoff = p.left.anon_pgoff;
	p.right.pgoff = p.right.anon_pgoff;
	return p;
}

/* The VMA that is modified and would be removed, and the one that would grow over it. */
static inline struct msc_vma *unit_source(struct unit_pair *p, enum msc_side side)
{
	return side == MSC_MODIFY_RIGHT ? &p->right : &p->left;
}

static inline struct msc_vma *unit_target(struct unit_pair *p, enum msc_side side)
{
	return side == MSC_MODIFY_RIGHT ? &p->left : &p->right;
}

/*
 * Fault @vma: it gets anon_vma @cookie (0: it stays unfaulted) through a chain of @avcs. All share
 * a root, as after forks from one ancestor: no rule asks for that.
 */
static inline void unit_fault(struct msc_vma *vma, msc_u64 cookie, msc_u32 avcs)
{
	vma->anon_vma = cookie;
	vma->anon_root = cookie ? 0x10 : 0;
	vma->avcs = avcs;
}

#endif
