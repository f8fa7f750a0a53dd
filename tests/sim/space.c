// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "space.h"

unsigned int sim_find(const struct sim_space *sp, msc_u64 addr)
{
	unsigned int at = 0;

	while (at < sp->nr && sp->vmas[at].end <= addr)
		at++;
	return at;
}

bool sim_all(const struct sim_space *sp, msc_u64 start, msc_u64 end,
	     bool (*test)(const struct msc_vma *vma))
{
	unsigned int at = sim_find(sp, start);

	for (; start < end; start = sp->vmas[at++].end) {
		if (at == sp->nr || sp->vmas[at].start > start)
			return false;
		if (test && !test(&sp->vmas[at]))
			return false;
	}
	return true;
}

bool sim_free(const struct sim_space *sp, msc_u64 start, msc_u64 end)
{
	unsigned int at = sim_find(sp, start);

	return at == sp->nr || sp->vmas[at].start >= end;
}

void sim_insert(struct sim_space *sp, unsigned int at, const struct msc_vma *vma)
{
	struct msc_vma copy = *vma;

	if (sp->nr == SIM_MAX_VMAS)
		abort();
	memmove(&sp->vmas[at + 1], &sp->vmas[at], (sp->nr - at) * sizeof(copy));
	sp->vmas[at] = copy;
	sp->nr++;
}

void sim_remove(struct sim_space *sp, unsigned int at)
{
	sp->nr--;
	memmove(&sp->vmas[at], &sp->vmas[at + 1], (sp->nr - at) * sizeof(sp->vmas[0]));
}

void sim_move_start(struct msc_vma *vma, msc_u64 start)
{
	/* Downwards, too: the offsets wrap as they do in the kernel. */
	msc_u64 pages = (start - vma->start) / SIM_PAGE;

	if (start < vma->start)
		pages = -((vma->start - start) / SIM_PAGE);
	vma->pgoff += pages;
	vma->anon_pgoff += pages;
	vma->start = start;
}

struct msc_vma sim_part(const struct msc_vma *vma, msc_u64 start, msc_u64 end)
{
	struct msc_vma part = *vma;

	sim_move_start(&part, start);
	part.end = end;
	return part;
}

/* Cut the VMA that holds @addr, if one does and does not begin there. */
static void split(struct sim_space *sp, msc_u64 addr)
{
	unsigned int at = sim_find(sp, addr);
	struct msc_vma upper;

	if (at == sp->nr || sp->vmas[at].start >= addr)
		return;
	upper = sim_part(&sp->vmas[at], addr, sp->vmas[at].end);
	sp->vmas[at].end = addr;
	sim_insert(sp, at + 1, &upper);
}

void sim_unmap(struct sim_space *sp, msc_u64 start, msc_u64 end)
{
	unsigned int at;

	split(sp, start);
	split(sp, end);
	at = sim_find(sp, start);
	while (at < sp->nr && sp->vmas[at].start < end)
		sim_remove(sp, at);
}

/* mm/vma.c:anon_vma_compatible(): what mprotect() can change does not matter. */
static bool is_compatible(const struct sim_space *sp, const struct msc_vma *left,
			  const struct msc_vma *right)
{
	const msc_u64 access = MSC_VM(RD) | MSC_VM(WR) | MSC_VM(EX);

	if (left->end != right->start || left->policy != right->policy ||
	    left->file != right->file)
		return false;
	if ((left->flags ^ right->flags) & ~(access | sp->rules->ignored_flags))
		return false;
	if (msc_vma_end_pgoff(left) != right->pgoff)
		return false;
	return !sp->rules->anon_pgoff || msc_vma_end_anon_pgoff(left) == right->anon_pgoff;
}

/* The neighbour whose anon_vma VMA @at takes: the next one before the one before. */
static const struct msc_vma *lender(const struct sim_space *sp, unsigned int at)
{
	const struct msc_vma *vma = &sp->vmas[at];

	if (at + 1 < sp->nr && vma[1].avcs == 1 && is_compatible(sp, vma, &vma[1]))
		return &vma[1];
	if (at && vma[-1].avcs == 1 && is_compatible(sp, &vma[-1], vma))
		return &vma[-1];
	return NULL;
}

static void fault_vma(struct sim_space *sp, unsigned int at)
{
	const struct msc_vma *from = lender(sp, at);
	struct msc_vma *vma = &sp->vmas[at];

	if (vma->anon_vma || (vma->flags & MSC_VM(SH)))
		return;
	vma->anon_vma = from ? from->anon_vma : ++sp->last_anon_vma;
	vma->avcs = 1;
}

void sim_fault(struct sim_space *sp, msc_u64 start, msc_u64 end)
{
	unsigned int at;

	for (at = sim_find(sp, start); at < sp->nr && sp->vmas[at].start < end; at++)
		fault_vma(sp, at);
}

/*
 * Each VMA that has an anon_vma gets a new one of its own, beside clones of the parent's chain.
 * Locks stay with the parent, and so does a userfaultfd that does not ask for fork events.
 */
void sim_fork(struct sim_space *sp)
{
	struct msc_vma *vma;

	for (vma = sp->vmas; vma < sp->vmas + sp->nr; vma++) {
		vma->flags &= ~(MSC_VM(LO) | MSC_VM(LF) | MSC_VM(UW));
		vma->uffd = 0;
		if (!vma->anon_vma)
			continue;
		vma->anon_vma = ++sp->last_anon_vma;
		vma->avcs++;
	}
}
