/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model of a process's VMAs: what a system call makes of them, and what a fault gives them. Only
 * what decides over merging is modelled: there are no pages, and no memory behind them. Whether two
 * VMAs may be one is asked of module/core/merge, the very code that is in the module.
 */
#ifndef MSC_SIM_SPACE_H
#define MSC_SIM_SPACE_H

#include <stdbool.h>

#include "index.h"
#include "kernels.h"
#include "merge.h"

#define SIM_PAGE 4096ULL
#define SIM_MAX_VMAS 1024

struct sim_space {
	enum unit_kernel_id kernel;
	const struct msc_merge_rules *rules;
	struct msc_vma vmas[SIM_MAX_VMAS];	/* by address */
	unsigned int nr;
	msc_u64 last_anon_vma;		/* cookies are given in this order */
	msc_u64 heap, brk;		/* start of the heap, and its end now; bytes */
	/* Of core/merge: questions, answers that were yes, and those that one blocker decided. */
	unsigned long asked, agreed, sole[MSC_B_NR];
};

/* The index of the first VMA that ends behind @addr; sp->nr if there is none. */
unsigned int sim_find(const struct sim_space *sp, msc_u64 addr);

/* Is every page of [@start, @end) mapped by a VMA for which @test (NULL: any) holds? */
bool sim_all(const struct sim_space *sp, msc_u64 start, msc_u64 end,
	     bool (*test)(const struct msc_vma *vma));

/* Is nothing mapped in [@start, @end)? */
bool sim_free(const struct sim_space *sp, msc_u64 start, msc_u64 end);

/* Insert @vma at index @at, where it belongs by its address. */
void sim_insert(struct sim_space *sp, unsigned int at, const struct msc_vma *vma);

void sim_remove(struct sim_space *sp, unsigned int at);

/* Let VMA @at begin at @start, with the page offsets that go with it. */
void sim_move_start(struct msc_vma *vma, msc_u64 start);

/* The part of @vma from @start to @end: what mm/vma.c:__split_vma() leaves of it. */
struct msc_vma sim_part(const struct msc_vma *vma, msc_u64 start, msc_u64 end);

/* munmap(): mm/vma.c:do_vmi_munmap(). */
void sim_unmap(struct sim_space *sp, msc_u64 start, msc_u64 end);

/*
 * A write to each page: mm/rmap.c:__anon_vma_prepare(), with a neighbour's anon_vma where that will
 * do (mm/vma.c:find_mergeable_anon_vma()).
 */
void sim_fault(struct sim_space *sp, msc_u64 start, msc_u64 end);

/* What a forked child has: kernel/fork.c:dup_mmap(), mm/rmap.c:anon_vma_fork(). */
void sim_fork(struct sim_space *sp);

/* How a new range comes about: they differ in 6.1. */
enum sim_how {
	SIM_MMAP,	/* mmap(), brk() */
	SIM_COPY,	/* mremap() to another place, or a VMA that grows by it */
};

/*
 * A new range, where nothing is: merged to the left, to the right, to both or to none.
 * mm/vma.c:vma_merge_new_range(), mm/mmap.c:mmap_region() in 6.1.
 */
void sim_add(struct sim_space *sp, const struct msc_vma *proposed, enum sim_how how);

/* The same, but only to the left, as brk() does: vma_merge_struct.just_expand. */
void sim_expand(struct sim_space *sp, const struct msc_vma *proposed);

/*
 * [@start, @end), which lies in one VMA, gets the attributes of @as: merged, or split off.
 * mm/vma.c:vma_merge_existing_range() and vma_modify().
 */
void sim_modify(struct sim_space *sp, msc_u64 start, msc_u64 end, const struct msc_vma *as);

#endif
