// SPDX-License-Identifier: GPL-2.0
#include "index.h"
#include "merge.h"
#include "model.h"

#define B(name) (1u << MSC_B_##name)

msc_bool msc_merge_fork_child(const struct msc_vma *vma)
{
	return vma->anon_vma && vma->avcs != 1;
}

msc_u64 msc_merge_flag_diff(const struct msc_merge_rules *rules, const struct msc_vma *left,
			    const struct msc_vma *right)
{
	return (left->flags ^ right->flags) & ~rules->ignored_flags;
}

/*
 * mm/vma.c:is_mergeable_anon_vma(). Up to 6.12 the test is (!a || !b) && list_is_singular(target's
 * chain), else a == b: an empty chain is not singular, so an unfaulted target takes no faulted
 * source, whatever that source's chain. From 6.16 on it takes over the source's anon_vma, unless
 * that was cloned.
 */
static msc_u32 anon_vma_blockers(const struct msc_merge_rules *rules, const struct msc_vma *target,
				 const struct msc_vma *source)
{
	if (target->anon_vma == source->anon_vma)
		return 0;
	if (target->anon_vma && source->anon_vma)
		return B(ANON_VMA);
	if (!target->anon_vma && !rules->unfaulted_adopts)
		return B(UNFAULTED);
	return msc_merge_fork_child(target->anon_vma ? target : source) ? B(FORK_CHILD) : 0;
}

/* mm/vma.c:can_vma_merge_after() and can_vma_merge_before(): what lies where. */
static msc_u32 pgoff_blockers(const struct msc_merge_rules *rules, const struct msc_vma *left,
			      const struct msc_vma *right, const struct msc_vma *source)
{
	msc_u32 blockers = 0;

	if (msc_vma_end_pgoff(left) != right->pgoff)
		blockers |= B(PGOFF);
	if (rules->anon_pgoff && source->file && msc_vma_is_cow(source) &&
	    msc_vma_end_anon_pgoff(left) != right->anon_pgoff)
		blockers |= B(ANON_PGOFF);
	return blockers;
}

/* mm/vma.c:is_mergeable_vma(), and the two tests that vma_merge_existing_range() has around it. */
static msc_u32 attribute_blockers(const struct msc_merge_rules *rules,
				  const struct msc_vma *target, const struct msc_vma *source)
{
	const struct msc_vma *closed = rules->close_blocks_target ? target : source;
	msc_u32 blockers = 0;

	if (source->flags & MSC_VM_SPECIAL)
		blockers |= B(SPECIAL);
	if (msc_merge_flag_diff(rules, target, source) ||
	    target->other_flags != source->other_flags)
		blockers |= B(FLAGS);
	if (target->file != source->file)
		blockers |= B(FILE);
	if (target->policy != source->policy)
		blockers |= B(POLICY);
	if (target->uffd != source->uffd)
		blockers |= B(UFFD);
	if (target->anon_name != source->anon_name)
		blockers |= B(NAME);
	if (closed->bits & MSC_VMA_CLOSE)
		blockers |= B(CLOSE);
	return blockers;
}

msc_u32 msc_merge_blockers(const struct msc_merge_rules *rules, const struct msc_vma *left,
			   const struct msc_vma *right, enum msc_side side)
{
	const struct msc_vma *target = side == MSC_MODIFY_RIGHT ? left : right;
	const struct msc_vma *source = side == MSC_MODIFY_RIGHT ? right : left;

	return attribute_blockers(rules, target, source) |
	       anon_vma_blockers(rules, target, source) |
	       pgoff_blockers(rules, left, right, source);
}

/*
 * How far a direction is from merging: the number of blockers. At a tie the direction whose target
 * is faulted wins: what its blockers name (a clone through fork, say) is the reason, and
 * "unfaulted" only says that the other direction would not do either.
 */
static unsigned int distance(msc_u32 blockers)
{
	unsigned int twice = blockers & B(UNFAULTED) ? 1 : 0;

	for (; blockers; blockers &= blockers - 1)
		twice += 2;
	return twice;
}

static struct msc_verdict judge_adjacent(const struct msc_merge_rules *rules,
					 const struct msc_vma *left, const struct msc_vma *right)
{
	msc_u32 by_right = msc_merge_blockers(rules, left, right, MSC_MODIFY_RIGHT);
	msc_u32 by_left = msc_merge_blockers(rules, left, right, MSC_MODIFY_LEFT);
	struct msc_verdict v = { .side = MSC_MODIFY_RIGHT, .blockers = by_right };

	if (distance(by_left) < distance(by_right)) {
		v.side = MSC_MODIFY_LEFT;
		v.blockers = by_left;
	}
	v.outcome = v.blockers ? MSC_BLOCKED : MSC_CANDIDATE;
	v.either = !by_left && !by_right;
	return v;
}

struct msc_verdict msc_merge_verdict(const struct msc_merge_rules *rules,
				     const struct msc_vma *left, const struct msc_vma *right)
{
	if (!right)
		return (struct msc_verdict){ .outcome = MSC_LAST };
	if (right->bits & MSC_SEAM)
		return (struct msc_verdict){ .outcome = MSC_UNKNOWN };
	if (left->end != right->start)
		return (struct msc_verdict){ .outcome = MSC_HOLE };
	return judge_adjacent(rules, left, right);
}
