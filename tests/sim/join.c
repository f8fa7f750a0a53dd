// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's merge operations over core/merge's answers on pairs. What is modified, or new, is
 * the source; its neighbour is the target, which grows.
 */
#include <stddef.h>

#include "space.h"

static bool ask(struct sim_space *sp, const struct msc_vma *left, const struct msc_vma *right,
		enum msc_side side)
{
	msc_u32 blockers = msc_merge_blockers(sp->rules, left, right, side);
	unsigned int i;

	sp->asked++;
	sp->agreed += !blockers;
	for (i = 0; i < MSC_B_NR; i++)
		sp->sole[i] += blockers == MSC_BIT(i);
	return !blockers;
}

/* can_vma_merge_left() */
static bool can_left(struct sim_space *sp, const struct msc_vma *prev,
		     const struct msc_vma *proposed)
{
	return prev && prev->end == proposed->start && ask(sp, prev, proposed, MSC_MODIFY_RIGHT);
}

/* can_vma_merge_right(), but for its last test: see may_join() */
static bool can_right(struct sim_space *sp, const struct msc_vma *proposed,
		      const struct msc_vma *next)
{
	return next && proposed->end == next->start && ask(sp, proposed, next, MSC_MODIFY_LEFT);
}

/* Both would merge with what lies between; with each other? */
static bool may_join(const struct msc_vma *prev, const struct msc_vma *next)
{
	return !prev->anon_vma || !next->anon_vma || prev->anon_vma == next->anon_vma;
}

/* can_merge_remove_vma(); 6.1 does not ask, but then has refused ->close of any target before. */
static bool may_remove(const struct msc_vma *vma)
{
	return !(vma->bits & MSC_VMA_CLOSE);
}

/* dup_anon_vma() */
static void adopt(struct msc_vma *to, const struct msc_vma *from)
{
	if (to->anon_vma || !from->anon_vma)
		return;
	to->anon_vma = from->anon_vma;
	to->avcs = from->avcs;
}

/* struct sides - the VMAs beside a range, and which of them it merges with */
struct sides {
	struct msc_vma *prev, *next;
	bool left, right;
};

static struct sides sides_of(struct sim_space *sp, const struct msc_vma *proposed)
{
	unsigned int at = sim_find(sp, proposed->start);

	return (struct sides){
		.prev = at ? &sp->vmas[at - 1] : NULL,
		.next = at < sp->nr ? &sp->vmas[at] : NULL,
	};
}

/*
 * 6.1's mmap_region() asks for the next one first, and then whether the one before would take the
 * range with the next one's anon_vma.
 */
static void choose_6_1_mmap(struct sim_space *sp, struct sides *s, const struct msc_vma *proposed)
{
	struct msc_vma joined = *proposed;

	s->right = can_right(sp, proposed, s->next);
	if (s->right)
		adopt(&joined, s->next);
	s->left = can_left(sp, s->prev, &joined);
}

static void choose(struct sim_space *sp, struct sides *s, const struct msc_vma *proposed)
{
	s->left = can_left(sp, s->prev, proposed);
	s->right = can_right(sp, proposed, s->next) && (!s->left || may_join(s->prev, s->next));
}

static void commit_new(struct sim_space *sp, struct sides *s, const struct msc_vma *proposed)
{
	if (s->left && s->right && !may_remove(s->next))
		s->right = false;
	if (s->left && s->right) {
		s->prev->end = s->next->end;
		adopt(s->prev, s->next);
		adopt(s->prev, proposed);
		sim_remove(sp, (unsigned int)(s->next - sp->vmas));
	} else if (s->left) {
		s->prev->end = proposed->end;
		adopt(s->prev, proposed);
	} else if (s->right) {
		s->next->start = proposed->start;
		s->next->pgoff = proposed->pgoff;
		s->next->anon_pgoff = proposed->anon_pgoff;
		adopt(s->next, proposed);
	} else {
		sim_insert(sp, sim_find(sp, proposed->start), proposed);
	}
}

void sim_add(struct sim_space *sp, const struct msc_vma *proposed, enum sim_how how)
{
	struct sides s = sides_of(sp, proposed);

	if (sp->kernel == K_6_1 && how == SIM_MMAP)
		choose_6_1_mmap(sp, &s, proposed);
	else
		choose(sp, &s, proposed);
	commit_new(sp, &s, proposed);
}

void sim_expand(struct sim_space *sp, const struct msc_vma *proposed)
{
	struct sides s = sides_of(sp, proposed);

	s.left = can_left(sp, s.prev, proposed);
	commit_new(sp, &s, proposed);
}

/* No merge: the range becomes a VMA of its own. */
static void split_off(struct sim_space *sp, unsigned int at, const struct msc_vma *proposed)
{
	struct msc_vma behind = sim_part(&sp->vmas[at], proposed->end, sp->vmas[at].end);

	if (behind.start < behind.end)
		sim_insert(sp, at + 1, &behind);
	if (sp->vmas[at].start == proposed->start) {
		sp->vmas[at] = *proposed;
		return;
	}
	sp->vmas[at].end = proposed->start;
	sim_insert(sp, at + 1, proposed);
}

/* The range goes to the left; what is left of VMA @at begins behind it. */
static void give_left(struct sim_space *sp, unsigned int at, const struct msc_vma *proposed)
{
	struct msc_vma *vma = &sp->vmas[at];

	vma[-1].end = proposed->end;
	adopt(&vma[-1], vma);
	if (vma->end == proposed->end)
		sim_remove(sp, at);
	else
		sim_move_start(vma, proposed->end);
}

static void give_right(struct sim_space *sp, unsigned int at, const struct msc_vma *proposed)
{
	struct msc_vma *vma = &sp->vmas[at];

	sim_move_start(&vma[1], proposed->start);
	adopt(&vma[1], vma);
	if (vma->start == proposed->start)
		sim_remove(sp, at);
	else
		vma->end = proposed->start;
}

static void give_both(struct sim_space *sp, unsigned int at)
{
	struct msc_vma *vma = &sp->vmas[at];

	vma[-1].end = vma[1].end;
	adopt(&vma[-1], &vma[1]);
	adopt(&vma[-1], vma);
	sim_remove(sp, at + 1);
	sim_remove(sp, at);
}

/* Is it userfaultfd that modifies? fs/userfaultfd.c:userfaultfd_register(), _unregister() */
static bool is_of_uffd(const struct msc_vma *vma, const struct msc_vma *as)
{
	return as->uffd != vma->uffd || ((as->flags ^ vma->flags) & MSC_VM(UW));
}

void sim_modify(struct sim_space *sp, msc_u64 start, msc_u64 end, const struct msc_vma *as)
{
	unsigned int at = sim_find(sp, start);
	struct msc_vma *vma = &sp->vmas[at];
	struct msc_vma proposed = sim_part(as, start, end);
	struct msc_vma judged = proposed;
	struct sides s = {
		.prev = at && start == vma->start ? &vma[-1] : NULL,
		.next = at + 1 < sp->nr && end == vma->end ? &vma[1] : NULL,
	};

	/* Of a VMA that stays, ->close does not matter. */
	if (start != vma->start || end != vma->end)
		judged.bits &= ~MSC_VMA_CLOSE;
	/* 6.1 asks for the page offset of the VMA, wherever in it the range begins. */
	if (sp->kernel == K_6_1 && is_of_uffd(vma, as))
		judged.pgoff = vma->pgoff;
	choose(sp, &s, &judged);
	if (s.left && s.right && may_remove(s.next))
		give_both(sp, at);
	else if (s.left)
		give_left(sp, at, &proposed);
	else if (s.right)
		give_right(sp, at, &proposed);
	else
		split_off(sp, at, &proposed);
}
