// SPDX-License-Identifier: GPL-2.0
#include "each.h"
#include "index.h"
#include "rules.h"

static struct msc_value dec(msc_u64 value)
{
	return (struct msc_value){ MSC_VALUE_DEC, value };
}

static struct msc_value hex(msc_u64 value)
{
	return (struct msc_value){ MSC_VALUE_HEX, value };
}

static struct msc_value anon_vma(msc_u32 id)
{
	return (struct msc_value){ MSC_VALUE_ANON_VMA, id };
}

static const struct msc_value none = { MSC_VALUE_NONE, 0 };

static void violated(struct msc_judge *judge, const struct msc_finding *finding)
{
	judge->violations++;
	if (judge->violation)
		judge->violation(judge, finding);
}

/* One check: @holds, or @finding says how it does not. */
static void expect(struct msc_judge *judge, msc_bool holds, const struct msc_finding *finding)
{
	judge->checked++;
	if (!holds)
		violated(judge, finding);
}

static void judge_range(struct msc_judge *judge, const struct msc_vma *vma)
{
	expect(judge, vma->start < vma->end,
	       &(struct msc_finding){ .addr = vma->start, .what = "empty",
				      .expected = none, .found = hex(vma->end) });
}

/* vma-order: VMAs are sorted, not empty, do not overlap; their number is map_count. */
static void judge_vma_order(const struct msc_snapshot *s, struct msc_judge *judge)
{
	const struct msc_vma *vma;
	msc_u32 i;

	for (i = 0; i < s->nr_vmas; i++) {
		vma = &s->vmas[i];
		judge_range(judge, vma);
		if (!i)
			continue;
		if (vma->bits & MSC_SEAM)
			judge->unknown++;
		else
			expect(judge, vma[-1].end <= vma->start,
			       &(struct msc_finding){ .addr = vma->start, .what = "overlap",
						      .expected = hex(vma[-1].end),
						      .found = hex(vma->start) });
	}
	if (!msc_snapshot_is_whole(s))
		judge->unknown++;
	else
		expect(judge, s->nr_vmas == s->target.map_count,
		       &(struct msc_finding){ .what = "map_count", .expected = dec(s->nr_vmas),
					      .found = dec(s->target.map_count) });
}

/* struct account - pages by what mm/internal.h's is_*_mapping() tell apart */
struct account {
	msc_u64 total, data, exec, stack;
};

/* mm/mmap.c:vm_stat_account(): the first kind that fits. VM_STACK is VM_GROWSDOWN on x86. */
static void account_vma(struct account *sum, const struct msc_vma *vma)
{
	msc_u64 flags = vma->flags;
	msc_u64 pages = msc_vma_pages(vma);

	sum->total += pages;
	if ((flags & (MSC_VM(EX) | MSC_VM(WR) | MSC_VM(GD))) == MSC_VM(EX))
		sum->exec += pages;
	else if (flags & (MSC_VM(GD) | MSC_VM(SS)))
		sum->stack += pages;
	else if ((flags & (MSC_VM(WR) | MSC_VM(SH))) == MSC_VM(WR))
		sum->data += pages;
}

/*
 * munmap() and its like take VMAs out of the tree under the write lock, and lower the counters only
 * when they have freed the pages, under the read lock (mm/vma.c:vms_complete_munmap_vmas()); and a
 * stack may have grown. So a surplus is certain only if the lock was not shared.
 */
static void judge_counter(const struct msc_snapshot *s, struct msc_judge *judge, const char *what,
			  msc_u64 sum, msc_u64 counter)
{
	if (sum < counter && s->target.shared_lock) {
		judge->unknown++;
		return;
	}
	expect(judge, sum == counter,
	       &(struct msc_finding){ .what = what, .expected = dec(sum), .found = dec(counter) });
}

/* vma-account: total_vm, data_vm, exec_vm and stack_vm are the sums over the VMAs. */
static void judge_vma_account(const struct msc_snapshot *s, struct msc_judge *judge)
{
	struct account sum = {};
	msc_u32 i;

	if (!msc_snapshot_is_whole(s)) {
		judge->unknown += 4;
		return;
	}
	for (i = 0; i < s->nr_vmas; i++)
		account_vma(&sum, &s->vmas[i]);
	judge_counter(s, judge, "total_vm", sum.total, s->target.total_vm);
	judge_counter(s, judge, "data_vm", sum.data, s->target.data_vm);
	judge_counter(s, judge, "exec_vm", sum.exec, s->target.exec_vm);
	judge_counter(s, judge, "stack_vm", sum.stack, s->target.stack_vm);
}

/* Where the VMA with the cookie @self begins, if it is one of this process. */
static struct msc_value start_of(const struct msc_snapshot *s, msc_u64 self)
{
	const struct msc_vma *vma = msc_vma_of_cookie(s, self);

	return vma ? hex(vma->start) : none;
}

static void judge_avc(const struct msc_snapshot *s, struct msc_judge *judge,
		      const struct msc_avc *avc)
{
	struct msc_finding finding = {
		.addr = s->vmas[avc->vma].start,
		.expected = hex(avc->last),
		.found = none,
		.anon_vma_id = avc->anon_vma_id,
	};

	if (!(avc->bits & MSC_AVC_BACK)) {
		finding.what = "other-vma";
		finding.expected = hex(finding.addr);
		/* A search: only for whom it is told. */
		if (judge->violation)
			finding.found = start_of(s, avc->of);
		expect(judge, MSC_FALSE, &finding);
		return;
	}
	if (!(avc->bits & MSC_AVC_SEARCHED)) {
		judge->unknown++;
		return;
	}
	finding.what = "not-found";
	if (avc->bits & MSC_AVC_FOUND) {
		finding.what = "cached-range";
		finding.found = hex(avc->subtree_last);
	}
	expect(judge, (avc->bits & MSC_AVC_FOUND) && (avc->bits & MSC_AVC_CACHED), &finding);
}

/*
 * The chain of VMA @index, which starts at AVC *@at: it has the VMA's own anon_vma, and whatever it
 * has, the parent of that, since mm/rmap.c:anon_vma_clone() takes over whole chains. Leaves *@at
 * behind it.
 */
static void judge_chain(const struct msc_snapshot *s, struct msc_judge *judge, msc_u32 index,
			msc_u32 *at)
{
	const struct msc_vma *vma = &s->vmas[index];
	const struct msc_avc *orphan = MSC_NULL;
	struct msc_finding finding = { .addr = vma->start, .found = none };
	msc_bool has = !vma->anon_vma;

	for (; *at < s->nr_avcs && s->avcs[*at].vma == index; ++*at) {
		if (s->avcs[*at].anon_vma == vma->anon_vma)
			has = MSC_TRUE;
		if (s->avcs[*at].orphan && !orphan)
			orphan = &s->avcs[*at];
	}
	if (!has) {
		finding.what = "own-not-on-chain";
		finding.expected = anon_vma(vma->anon_vma_id);
		finding.anon_vma_id = vma->anon_vma_id;
	} else if (orphan) {
		finding.what = "parent-not-on-chain";
		finding.expected = anon_vma(orphan->parent_id);
		finding.anon_vma_id = orphan->anon_vma_id;
	}
	expect(judge, !finding.what, &finding);
}

/*
 * avc-linked: every AVC on a VMA's chain is in its anon_vma's tree under the VMA's present page
 * offsets, and back; and a chain lacks neither the VMA's own anon_vma nor an ancestor.
 */
static void judge_avc_linked(const struct msc_snapshot *s, struct msc_judge *judge)
{
	msc_u32 at = 0;
	msc_u32 i;

	for (i = 0; i < s->nr_avcs; i++)
		judge_avc(s, judge, &s->avcs[i]);
	for (i = 0; i < s->nr_vmas; i++)
		judge_chain(s, judge, i, &at);
}

/* avc-root: all anon_vmas on a VMA's chain share the root of the VMA's own. */
static void judge_avc_root(const struct msc_snapshot *s, struct msc_judge *judge)
{
	const struct msc_vma *vma;
	const struct msc_avc *avc;

	msc_for_each(avc, s, avcs) {
		vma = &s->vmas[avc->vma];
		/* Its anon_vma came between the look at the VMA and that at its chain. */
		if (!vma->anon_vma) {
			judge->unknown++;
			continue;
		}
		expect(judge, avc->root == vma->anon_root,
		       &(struct msc_finding){ .addr = vma->start, .what = "root",
					      .expected = anon_vma(vma->anon_root_id),
					      .found = anon_vma(avc->root_id),
					      .anon_vma_id = avc->anon_vma_id });
	}
}

/*
 * Its counters do not explain what an AVC of its own lacks: one that its tree lost is avc-linked's,
 * a VMA that has lost its anon_vma vma-anon-present's.
 */
static msc_bool has_lost_avc(const struct msc_snapshot *s, const struct msc_anon_vma *record)
{
	const struct msc_avc *avc;
	msc_u32 index;

	for (index = record->first_avc; index; index = avc->next) {
		avc = &s->avcs[index - 1];
		if (!(avc->bits & MSC_AVC_FOUND) || !s->vmas[avc->vma].anon_vma)
			return MSC_TRUE;
	}
	return MSC_FALSE;
}

/* Where the first VMA that @record's anon_vma is on the chain of begins. */
static msc_u64 first_user(const struct msc_snapshot *s, const struct msc_anon_vma *record)
{
	return record->first_avc ? s->vmas[s->avcs[record->first_avc - 1].vma].start : 0;
}

static void judge_counts(const struct msc_snapshot *s, struct msc_judge *judge,
			 const struct msc_anon_vma *record)
{
	struct msc_finding finding = { .anon_vma_id = record->id };
	msc_bool children = record->children == record->found_children;
	msc_bool active = record->active == record->found_active;

	if (!record->counted || ((!children || !active) && has_lost_avc(s, record))) {
		judge->unknown += 2;
		return;
	}
	if (!children || !active)
		finding.addr = first_user(s, record);
	finding.what = "num_children";
	finding.expected = dec(record->found_children);
	finding.found = dec(record->children);
	expect(judge, children, &finding);
	finding.what = "num_active_vmas";
	finding.expected = dec(record->found_active);
	finding.found = dec(record->active);
	expect(judge, active, &finding);
}

/* anon-vma-counts: num_children and num_active_vmas are what the tree shows. */
static void judge_anon_vma_counts(const struct msc_snapshot *s, struct msc_judge *judge)
{
	const struct msc_anon_vma *record;

	msc_for_each(record, s, anon_vmas)
		judge_counts(s, judge, record);
}

const struct msc_rule msc_rules[MSC_NR_RULES] = {
	[MSC_RULE_VMA_ORDER] = { "vma-order", judge_vma_order },
	[MSC_RULE_VMA_ACCOUNT] = { "vma-account", judge_vma_account },
	[MSC_RULE_AVC_LINKED] = { "avc-linked", judge_avc_linked },
	[MSC_RULE_AVC_ROOT] = { "avc-root", judge_avc_root },
	[MSC_RULE_ANON_VMA_COUNTS] = { "anon-vma-counts", judge_anon_vma_counts },
	[MSC_RULE_VMA_ANON_PRESENT] = { "vma-anon-present", msc_judge_vma_anon_present },
	[MSC_RULE_FOLIO_INDEX] = { "folio-index", msc_judge_folio_index },
	[MSC_RULE_FOLIO_ROOT] = { "folio-root", msc_judge_folio_root },
	[MSC_RULE_FOLIO_REACH] = { "folio-reach", msc_judge_folio_reach },
	[MSC_RULE_FOLIO_EXCLUSIVE] = { "folio-exclusive", msc_judge_folio_exclusive },
	[MSC_RULE_FOLIO_ONCE] = { "folio-once", msc_judge_folio_once },
	[MSC_RULE_SWAP_INDEX] = { "swap-index", msc_judge_swap_index },
	[MSC_RULE_FOLIO_MAPCOUNT] = { "folio-mapcount", msc_judge_folio_mapcount },
	[MSC_RULE_KSM_FLAG] = { "ksm-flag", msc_judge_ksm_flag },
	[MSC_RULE_KSM_REACH] = { "ksm-reach", msc_judge_ksm_reach },
	[MSC_RULE_KSM_PROTECT] = { "ksm-protect", msc_judge_ksm_protect },
	[MSC_RULE_KSM_ITEM] = { "ksm-item", msc_judge_ksm_item },
	[MSC_RULE_KSM_ITEM_ANON] = { "ksm-item-anon", msc_judge_ksm_item_anon },
	[MSC_RULE_KSM_ITEM_ORDER] = { "ksm-item-order", msc_judge_ksm_item_order },
	[MSC_RULE_KSM_NODE] = { "ksm-node", msc_judge_ksm_node },
};
