// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "index.h"
#include "same_snapshot.h"

#define SAME(field) assert_int_equal(a->field, b->field)

/* A cookie: none in both or in neither; and the address where both know it. */
#define SAME_COOKIE(field)                                              \
	do {                                                            \
		assert_int_equal(!a->field, !b->field);                 \
		if (pointers)                                           \
			SAME(field);                                    \
	} while (0)

static void same_string(const struct msc_snapshot *a, msc_u32 at, const struct msc_snapshot *b,
			msc_u32 bt)
{
	assert_string_equal(msc_snapshot_string(a, at), msc_snapshot_string(b, bt));
}

static void same_facts(const struct msc_facts *a, const struct msc_facts *b)
{
	assert_string_equal(a->release, b->release);
	assert_string_equal(a->merge_rules, b->merge_rules);
	SAME(merge_rules_known);
	SAME(anon_pgoff);
	SAME(lock_seq);
	SAME(merge_any);
	SAME(ksm_flag_early);
	SAME(swap_cache);
	SAME(deep);
	SAME(pointers);
	SAME(merge.ignored_flags);
	SAME(merge.close_blocks_target);
	SAME(merge.unfaulted_adopts);
	SAME(merge.anon_pgoff);
	SAME(ksm_excluded);
	SAME(sizes.vma);
	SAME(sizes.anon_vma);
	SAME(sizes.avc);
}

static void same_target(const struct msc_target *a, const struct msc_target *b)
{
	SAME(pid);
	assert_string_equal(a->comm, b->comm);
	SAME(mergeable);
	SAME(map_count);
	SAME(total_vm);
	SAME(data_vm);
	SAME(exec_vm);
	SAME(stack_vm);
	SAME(shared_lock);
}

static void same_vma(const struct msc_vma *a, const struct msc_vma *b, bool pointers)
{
	if (pointers)
		SAME(self);
	SAME(start);
	SAME(end);
	SAME(pgoff);
	SAME(flags);
	SAME(other_flags);
	SAME_COOKIE(anon_vma);
	SAME_COOKIE(anon_root);
	SAME_COOKIE(uffd);
	SAME(avcs);
	SAME(file);
	SAME(policy);
	SAME(anon_vma_id);
	SAME(anon_root_id);
	SAME(uffd_id);
	SAME(kind);
	SAME(bits);
}

static void same_avc(const struct msc_avc *a, const struct msc_avc *b, bool pointers)
{
	if (pointers)
		SAME(self);
	SAME_COOKIE(anon_vma);
	SAME(first);
	SAME(last);
	SAME(subtree_last);
	SAME(vma);
	SAME(anon_vma_id);
	SAME(root_id);
	SAME(parent_id);
	SAME(bits);
	SAME(orphan);
}

/* The VMA that an AVC points to is known by where it begins. */
static void same_other_vma(const struct msc_snapshot *a, const struct msc_snapshot *b,
			   unsigned int i)
{
	const struct msc_vma *of_a = msc_vma_of_cookie(a, a->avcs[i].of);
	const struct msc_vma *of_b = msc_vma_of_cookie(b, b->avcs[i].of);

	assert_int_equal(!of_a, !of_b);
	if (of_a)
		assert_int_equal(of_a->start, of_b->start);
}

static void same_anon_vma(const struct msc_anon_vma *a, const struct msc_anon_vma *b,
			  bool pointers)
{
	SAME_COOKIE(self);
	SAME(refcount);
	SAME(children);
	SAME(active);
	SAME(avcs_here);
	SAME(avcs_elsewhere);
	SAME(partial);
	SAME(counted);
	if (a->counted) {
		SAME(found_children);
		SAME(found_active);
	}
	SAME(id);
	SAME(root_id);
	SAME(parent_id);
}

static void same_run(const struct msc_run *a, const struct msc_run *b)
{
	SAME(start);
	SAME(pages);
	SAME(vma);
	SAME(page.delta);
	SAME(page.anon_vma_id);
	SAME(page.root_id);
	SAME(page.bits);
	SAME(page.state);
	SAME(page.order);
	SAME(page.mapcount);
	SAME(page.reached);
}

static void same_item(const struct msc_rmap_item *a, const struct msc_rmap_item *b, bool index)
{
	SAME(addr);
	if (index)
		SAME(index);
	SAME(expected);
	SAME(node);
	SAME(anon_vma_id);
	SAME(state);
	SAME(now);
	SAME(page);
	SAME(scans_ago);
	SAME(age);
	SAME(bits);
}

static void same_found(const struct msc_ksm_found *a, const struct msc_ksm_found *b, bool index)
{
	SAME(addr);
	if (index)
		SAME(index);
	SAME(anon_vma_id);
	SAME(bits);
}

static void same_ksm_page(const struct msc_snapshot *as, const struct msc_ksm_page *a,
			  const struct msc_snapshot *bs, const struct msc_ksm_page *b)
{
	msc_u32 i;

	SAME(addr);
	SAME(first);
	SAME(last);
	SAME(vma);
	SAME(node);
	SAME(item);
	SAME(nr_found);
	SAME(bits);
	for (i = 0; i < a->nr_found; i++)
		same_found(&as->ksm_found[a->found + i], &bs->ksm_found[b->found + i],
			   as->facts.ksm_index);
}

static void same_objects(const struct msc_snapshot *a, const struct msc_snapshot *b)
{
	msc_u32 i;

	SAME(nr_files);
	SAME(nr_policies);
	for (i = 0; i < a->nr_files; i++) {
		SAME(files[i].bits);
		SAME(files[i].path_cut);
		same_string(a, a->files[i].path, b, b->files[i].path);
	}
	for (i = 0; i < a->nr_policies; i++)
		assert_memory_equal(&a->policies[i], &b->policies[i], sizeof(*a->policies));
}

static void same_graph(const struct msc_snapshot *a, const struct msc_snapshot *b)
{
	msc_u32 i;

	SAME(nr_avcs);
	SAME(nr_anon_vmas);
	SAME(nr_runs);
	for (i = 0; i < a->nr_avcs; i++) {
		assert_int_equal(a->avcs[i].root == a->vmas[a->avcs[i].vma].anon_root,
				 b->avcs[i].root == b->vmas[b->avcs[i].vma].anon_root);
		same_avc(&a->avcs[i], &b->avcs[i], a->facts.pointers);
		same_other_vma(a, b, i);
		assert_int_equal(msc_snapshot_find_anon_vma(a, a->avcs[i].anon_vma),
				 msc_snapshot_find_anon_vma(b, b->avcs[i].anon_vma));
	}
	for (i = 0; i < a->nr_anon_vmas; i++)
		same_anon_vma(&a->anon_vmas[i], &b->anon_vmas[i], a->facts.pointers);
	for (i = 0; i < a->nr_runs; i++) {
		const struct msc_vma *at = &a->vmas[a->runs[i].vma];
		const struct msc_vma *bt = &b->vmas[b->runs[i].vma];

		same_run(&a->runs[i], &b->runs[i]);
		assert_int_equal(a->runs[i].page.root == at->anon_root,
				 b->runs[i].page.root == bt->anon_root);
	}
}

static void same_ksm(const struct msc_snapshot *a, const struct msc_snapshot *b)
{
	msc_u32 i;

	SAME(ksm.lists);
	SAME(ksm.runs);
	SAME(ksm.has_scans);
	SAME(ksm.scans);
	SAME(ksm.rmap_items);
	SAME(ksm.merging_pages);
	SAME(ksm.has_zero_pages);
	SAME(ksm.zero_pages);
	SAME(ksm.let_go);
	SAME(ksm.longest_us);
	SAME(nr_stable_nodes);
	for (i = 0; i < a->nr_stable_nodes; i++) {
		SAME(stable_nodes[i].len);
		SAME(stable_nodes[i].found);
		SAME(stable_nodes[i].nid);
		SAME(stable_nodes[i].kind);
		SAME(stable_nodes[i].page);
		SAME(stable_nodes[i].kpfn_off);
		SAME(stable_nodes[i].counted);
		SAME(stable_nodes[i].chain_id);
	}
	SAME(nr_rmap_items);
	for (i = 0; i < a->nr_rmap_items; i++)
		same_item(&a->rmap_items[i], &b->rmap_items[i], a->facts.ksm_index);
	SAME(nr_ksm_pages);
	for (i = 0; i < a->nr_ksm_pages; i++)
		same_ksm_page(a, &a->ksm_pages[i], b, &b->ksm_pages[i]);
}

void unit_assert_same(const struct msc_snapshot *a, const struct msc_snapshot *b)
{
	msc_u32 i;

	SAME(sections);
	SAME(shown);
	SAME(end_bits);
	same_facts(&a->facts, &b->facts);
	same_target(&a->target, &b->target);
	if (a->facts.merge_any)
		SAME(target.merge_any);
	assert_memory_equal(&a->lock, &b->lock, sizeof(a->lock));
	same_objects(a, b);
	SAME(nr_vmas);
	for (i = 0; i < a->nr_vmas; i++) {
		same_vma(&a->vmas[i], &b->vmas[i], a->facts.pointers);
		if (a->facts.anon_pgoff)
			SAME(vmas[i].anon_pgoff);
		same_string(a, a->vmas[i].name, b, b->vmas[i].name);
		same_string(a, a->vmas[i].anon_name, b, b->vmas[i].anon_name);
	}
	same_graph(a, b);
	same_ksm(a, b);
}
