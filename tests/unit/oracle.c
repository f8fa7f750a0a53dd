// SPDX-License-Identifier: GPL-2.0
#include "oracle.h"

/*
 * The kernels call the modified VMA "vma", "mid" or "middle" and its neighbours "prev" and "next";
 * here it is mid. A modification keeps mid's attributes: what the kernel passes as new flags, file,
 * policy and so on are mid's own.
 */
struct change {
	const struct msc_vma *mid;
	const struct msc_vma *prev;	/* NULL: none */
	const struct msc_vma *next;	/* NULL: none */
};

static bool has_close(const struct msc_vma *vma)
{
	return vma->bits & MSC_VMA_CLOSE;
}

/* list_is_singular(&vma->anon_vma_chain) */
static bool chain_is_singular(const struct msc_vma *vma)
{
	return vma->avcs == 1;
}

static msc_u64 length(const struct msc_vma *vma)
{
	return (vma->end - vma->start) / 4096;
}

/* vm_flags & (VM_IO | VM_DONTEXPAND | VM_PFNMAP | VM_MIXEDMAP) */
static bool is_special(const struct msc_vma *vma)
{
	if (vma->flags & MSC_VM(IO))
		return true;
	if (vma->flags & MSC_VM(DE))
		return true;
	if (vma->flags & MSC_VM(PF))
		return true;
	return vma->flags & MSC_VM(MM);
}

/* A kernel's vm_flags are one word: the flags that have a code, and those that have none. */
static bool same_flags_but(const struct msc_vma *a, const struct msc_vma *b, msc_u64 ignored)
{
	return (a->flags | ignored) == (b->flags | ignored) && a->other_flags == b->other_flags;
}

/* ------------------------------ 6.1, mm/mmap.c ------------------------------ */

/* is_mergeable_vma() :888; @vma is the neighbour that exists. */
static bool k61_is_mergeable_vma(const struct msc_vma *vma, const struct msc_vma *mid)
{
	if (!same_flags_but(vma, mid, MSC_VM(SD)))
		return false;
	if (vma->file != mid->file)
		return false;
	if (has_close(vma))
		return false;
	if (vma->uffd != mid->uffd)
		return false;
	return vma->anon_name == mid->anon_name;
}

/* is_mergeable_anon_vma() :914 */
static bool k61_is_mergeable_anon_vma(msc_u64 one, msc_u64 other, const struct msc_vma *vma)
{
	if (one == 0 || other == 0) {
		if (chain_is_singular(vma))
			return true;
	}
	return one == other;
}

/* can_vma_merge_after() :962 and the policy test that vma_merge() has before it :1054 */
static bool k61_after(const struct msc_vma *prev, const struct msc_vma *mid)
{
	return prev->policy == mid->policy && k61_is_mergeable_vma(prev, mid) &&
	       k61_is_mergeable_anon_vma(mid->anon_vma, prev->anon_vma, prev) &&
	       mid->pgoff - prev->pgoff == length(prev);
}

/* can_vma_merge_before() :940 and :1062 */
static bool k61_before(const struct msc_vma *next, const struct msc_vma *mid)
{
	return mid->policy == next->policy && k61_is_mergeable_vma(next, mid) &&
	       k61_is_mergeable_anon_vma(mid->anon_vma, next->anon_vma, next) &&
	       next->pgoff - mid->pgoff == length(mid);
}

/* vma_merge() :1021, cases 7 and 8: prev takes mid's place, or next does. */
static bool k61_merges(const struct change *c)
{
	bool merge_prev, merge_next;

	if (is_special(c->mid))
		return false;
	merge_prev = c->prev && c->prev->end == c->mid->start && k61_after(c->prev, c->mid);
	merge_next = c->next && c->mid->end == c->next->start && k61_before(c->next, c->mid);
	return merge_prev || merge_next;
}

/* ------------------------------ 6.12, mm/vma.c ------------------------------ */

/* is_mergeable_vma() :10 */
static bool k612_is_mergeable_vma(const struct change *c, bool merge_next)
{
	const struct msc_vma *vma = merge_next ? c->next : c->prev;

	if (c->mid->policy != vma->policy)
		return false;
	if (!same_flags_but(vma, c->mid, MSC_VM(SD)))
		return false;
	if (vma->file != c->mid->file)
		return false;
	if (vma->uffd != c->mid->uffd)
		return false;
	return vma->anon_name == c->mid->anon_name;
}

/* is_mergeable_anon_vma() :35, as 6.1 has it */
static bool k612_is_mergeable_anon_vma(msc_u64 one, msc_u64 other, const struct msc_vma *vma)
{
	bool one_is_missing = !one || !other;

	return (one_is_missing && chain_is_singular(vma)) || one == other;
}

/* can_vma_merge_right() :306 with can_vma_merge_before() :97 */
static bool k612_right(const struct change *c)
{
	if (!c->next || c->mid->end != c->next->start)
		return false;
	return k612_is_mergeable_vma(c, true) &&
	       k612_is_mergeable_anon_vma(c->mid->anon_vma, c->next->anon_vma, c->next) &&
	       c->next->pgoff == c->mid->pgoff + length(c->mid);
}

/* can_vma_merge_left() :292 with can_vma_merge_after() :119 */
static bool k612_left(const struct change *c)
{
	if (!c->prev || c->prev->end != c->mid->start)
		return false;
	return k612_is_mergeable_vma(c, false) &&
	       k612_is_mergeable_anon_vma(c->mid->anon_vma, c->prev->anon_vma, c->prev) &&
	       c->prev->pgoff + length(c->prev) == c->mid->pgoff;
}

/* vma_merge_existing_range() :669: all of mid is modified, so a merge removes it. */
static bool k612_merges(const struct change *c)
{
	if (is_special(c->mid))
		return false;
	if (!k612_left(c) && !k612_right(c))
		return false;
	return !has_close(c->mid);
}

/* ------------------------------ 7.2, mm/vma.c ------------------------------ */

/* vma_is_fork_child() :74 */
static bool k72_is_fork_child(const struct msc_vma *vma)
{
	return vma && vma->anon_vma != 0 && !chain_is_singular(vma);
}

/* is_mergeable_vma() :84; VMA_IGNORE_MERGE_FLAGS are soft-dirty and maybe-guard. */
static bool k72_is_mergeable_vma(const struct change *c, bool merge_next)
{
	const struct msc_vma *vma = merge_next ? c->next : c->prev;

	return c->mid->policy == vma->policy &&
	       same_flags_but(vma, c->mid, MSC_VM(SD) | MSC_VM(GU)) &&
	       vma->file == c->mid->file && vma->uffd == c->mid->uffd &&
	       vma->anon_name == c->mid->anon_name;
}

/* is_mergeable_anon_vma() :106; copied_from is only set by mremap. */
static bool k72_is_mergeable_anon_vma(const struct change *c, bool merge_next)
{
	const struct msc_vma *tgt = merge_next ? c->next : c->prev;
	const struct msc_vma *src = c->mid;

	if (!tgt->anon_vma && src->anon_vma)
		return !k72_is_fork_child(src);
	if (tgt->anon_vma && !src->anon_vma)
		return !k72_is_fork_child(tgt);
	return src->anon_vma == tgt->anon_vma;
}

/* can_vma_merge_before() :198 */
static bool k72_before(const struct change *c)
{
	return k72_is_mergeable_vma(c, true) && k72_is_mergeable_anon_vma(c, true) &&
	       c->next->pgoff == c->mid->pgoff + length(c->mid);
}

/* can_vma_merge_after() :220 */
static bool k72_after(const struct change *c)
{
	return k72_is_mergeable_vma(c, false) && k72_is_mergeable_anon_vma(c, false) &&
	       c->prev->pgoff + length(c->prev) == c->mid->pgoff;
}

/* vma_merge_existing_range() :808 */
static bool k72_merges(const struct change *c)
{
	bool merge_left, merge_right;

	if (is_special(c->mid))
		return false;
	merge_left = c->prev && c->prev->end == c->mid->start && k72_after(c);
	merge_right = c->next && c->next->start == c->mid->end && k72_before(c);
	if (!merge_left && !merge_right)
		return false;
	return !has_close(c->mid);
}

/* ------------------------------ 7.3, mm/vma.c ------------------------------ */

/* needs_adjacent_anon_pgoff() :221 with vma_flags_is_cow_mapping(), linux/mm.h:2313 */
static bool k73_needs_adjacent_anon_pgoff(const struct change *c)
{
	bool may_write = c->mid->flags & MSC_VM(MW);
	bool shared = c->mid->flags & MSC_VM(SH);

	return c->mid->file != 0 && may_write && !shared;
}

/* can_vma_merge_before() :239; is_mergeable_vma() and is_mergeable_anon_vma() are those of 7.2. */
static bool k73_before(const struct change *c)
{
	if (!k72_is_mergeable_vma(c, true))
		return false;
	if (!k72_is_mergeable_anon_vma(c, true))
		return false;
	if (c->mid->pgoff + length(c->mid) != c->next->pgoff)
		return false;
	if (!k73_needs_adjacent_anon_pgoff(c))
		return true;
	return c->mid->anon_pgoff + length(c->mid) == c->next->anon_pgoff;
}

/* can_vma_merge_after() :262 */
static bool k73_after(const struct change *c)
{
	if (!k72_is_mergeable_vma(c, false))
		return false;
	if (!k72_is_mergeable_anon_vma(c, false))
		return false;
	if (c->prev->pgoff + length(c->prev) != c->mid->pgoff)
		return false;
	if (!k73_needs_adjacent_anon_pgoff(c))
		return true;
	return c->prev->anon_pgoff + length(c->prev) == c->mid->anon_pgoff;
}

/* vma_merge_existing_range() :889 */
static bool k73_merges(const struct change *c)
{
	bool merge_left = c->prev && c->prev->end == c->mid->start && k73_after(c);
	bool merge_right = c->next && c->mid->end == c->next->start && k73_before(c);

	return !is_special(c->mid) && (merge_left || merge_right) && !has_close(c->mid);
}

bool oracle_merges(enum unit_kernel_id kernel, const struct msc_vma *left,
		   const struct msc_vma *right, enum msc_side side)
{
	static bool (*const merges[NR_KERNELS])(const struct change *c) = {
		[K_6_1] = k61_merges,
		[K_6_12] = k612_merges,
		[K_7_2] = k72_merges,
		[K_7_3] = k73_merges,
	};
	struct change c = {};

	if (side == MSC_MODIFY_RIGHT) {
		c.mid = right;
		c.prev = left;
	} else {
		c.mid = left;
		c.next = right;
	}
	return merges[kernel](&c);
}
