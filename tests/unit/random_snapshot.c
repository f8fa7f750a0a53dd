// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "kernels.h"
#include "random_snapshot.h"

/* What the generator holds on to. */
struct maker {
	struct msc_snapshot *s;
	uint64_t *random;
};

static msc_u64 below(struct maker *m, msc_u64 limit)
{
	return unit_random(m->random) % limit;
}

static bool one_in(struct maker *m, msc_u64 n)
{
	return !below(m, n);
}

/* Small, large, and anything in between. */
static msc_u64 number(struct maker *m)
{
	return unit_random(m->random) >> below(m, 64);
}

static msc_u32 string(struct maker *m, const char *prefix)
{
	static const char odd[] = "ab \"\\\n\t\x7f\xc3\xa4\xff=:,-";
	char text[80];
	size_t len = strlen(prefix), wanted = len + below(m, 20);

	memcpy(text, prefix, len);
	while (len < wanted)
		text[len++] = odd[below(m, sizeof(odd) - 1)];
	return msc_snapshot_add_string(m->s, text, len);
}

/* None, or one of a few objects: as addresses. */
static msc_u64 object(struct maker *m)
{
	return one_in(m, 4) ? 0 : 0xffff888000000000ULL + 0x40 * (1 + below(m, 12));
}

static msc_u64 root_of(msc_u64 anon_vma)
{
	return anon_vma ? anon_vma | 0x1000 : 0;
}

static void add_policies(struct maker *m)
{
	unsigned int i, nr = (unsigned int)below(m, 4);

	for (i = 0; i < nr; i++) {
		struct msc_policy policy = {
			.mode = (msc_u16)below(m, 10), .flags = (msc_u16)number(m),
			.home_node = one_in(m, 2) ? -1 : (msc_s32)below(m, 1024),
		};

		policy.nodes[below(m, MSC_NODE_WORDS)] = number(m);
		policy.nodes[below(m, MSC_NODE_WORDS)] = ~number(m);
		policy.user_nodes[below(m, MSC_NODE_WORDS)] = number(m);
		assert_true(msc_snapshot_add_policy(m->s, &policy));
	}
}

static void add_files(struct maker *m)
{
	unsigned int i, nr = (unsigned int)below(m, 6);

	for (i = 0; i < nr; i++) {
		struct msc_file file = {
			.cookie = 0xffff999000000000ULL + 0x100 * i,
			.bits = (msc_u8)below(m, 8), .path_cut = one_in(m, 5),
		};

		if (!file.path_cut)
			file.path = string(m, "/");
		assert_true(msc_snapshot_add_file(m->s, &file));
	}
}

static msc_u32 index_or_0(struct maker *m, msc_u32 nr)
{
	return (msc_u32)below(m, nr + 1);
}

static void fill_vma(struct maker *m, struct msc_vma *vma, msc_u64 start)
{
	static const msc_u8 places[] = { 0, 0, 0, MSC_SEAM_TORN, MSC_SEAM_UNPROVED };

	vma->self = 0xffff777000000000ULL + 0x100 * m->s->nr_vmas;
	vma->start = start;
	vma->end = start + ((1 + below(m, 64)) << 12);
	vma->pgoff = number(m);
	if (m->s->facts.anon_pgoff)
		vma->anon_pgoff = number(m);
	vma->flags = unit_random(m->random) & (MSC_BIT(MSC_NR_VMFLAGS) - 1);
	if (one_in(m, 8))
		vma->other_flags = MSC_BIT(below(m, 64)) | MSC_BIT(below(m, 64));
	vma->anon_vma = object(m);
	vma->anon_root = root_of(vma->anon_vma);
	vma->uffd = object(m);
	vma->avcs = (msc_u32)number(m);
	vma->walk_ns = number(m);
	vma->file = index_or_0(m, m->s->nr_files);
	vma->policy = index_or_0(m, m->s->nr_policies);
	vma->kind = (msc_u8)below(m, MSC_NR_KINDS);
	vma->bits = places[below(m, 5)] | (one_in(m, 9) ? MSC_VMA_CLOSE : 0);
	if (one_in(m, 9))
		vma->bits |= MSC_VMA_NAME_CUT;
	else
		vma->name = string(m, "[x");
	if (one_in(m, 3))
		vma->anon_name = string(m, "[anon:");
}

/* An anon_vma that AVCs and pages name, with its line. Returns its index. */
static msc_u32 add_anon_vma(struct maker *m, msc_u64 self)
{
	struct msc_anon_vma record = {
		.self = self, .root = root_of(self), .parent = one_in(m, 2) ? self : object(m),
		.refcount = (msc_u32)number(m), .children = (msc_u32)number(m),
		.active = (msc_u32)number(m), .counted = !one_in(m, 4),
		.partial = one_in(m, 8),
	};

	if (!record.partial) {
		record.avcs_here = (msc_u32)number(m);
		record.avcs_elsewhere = (msc_u32)number(m);
	}
	if (record.counted) {
		record.found_children = (msc_u32)number(m);
		record.found_active = (msc_u32)number(m);
	}
	if (!msc_snapshot_find_anon_vma(m->s, self))
		assert_true(msc_snapshot_add_anon_vma(m->s, &record));
	return msc_snapshot_find_anon_vma(m->s, self);
}

/* Its anon_vma's, as a rule; at its address another may have been made. */
static void set_origin(struct maker *m, struct msc_avc *avc, const struct msc_anon_vma *record)
{
	avc->root = one_in(m, 8) ? root_of(avc->of) : record->root;
	avc->parent = one_in(m, 8) ? root_of(avc->of) : record->parent;
}

static void add_chain(struct maker *m)
{
	static const msc_u8 bits[] = { 0, 8, 9, 11, 15 };
	unsigned int i, nr = (unsigned int)below(m, 3);

	for (i = 0; i < nr; i++) {
		struct msc_avc *avc = msc_snapshot_add_avc(m->s);
		msc_u64 anon_vma = object(m);

		assert_non_null(avc);
		if (!anon_vma)
			anon_vma = 0xffff888000000040ULL;
		avc->self = 0xffff666000000000ULL + 0x40 * m->s->nr_avcs;
		avc->anon_vma = anon_vma;
		avc->first = number(m);
		avc->last = number(m);
		avc->subtree_last = number(m);
		avc->vma = m->s->nr_vmas - 1;
		avc->bits = bits[below(m, 5)];
		avc->of = m->s->vmas[avc->bits ? avc->vma : below(m, m->s->nr_vmas)].self;
		if (!avc->bits && one_in(m, 2))
			avc->of = 0xffff555000000000ULL;
		set_origin(m, avc, &m->s->anon_vmas[add_anon_vma(m, anon_vma) - 1]);
	}
}

/* What a fault would do: known only where the swap cache is, and a folio was locked. */
static void add_swapin(struct maker *m, struct msc_page *page)
{
	if (!m->s->facts.swap_cache || (page->bits & MSC_PAGE_UNSURE))
		return;
	if (page->state == MSC_PAGE_SWAP)
		page->bits |= one_in(m, 4) ? MSC_PAGE_SWAPIN_UNKNOWN : 0;
	if (page->state == MSC_PAGE_SWAP_CACHED)
		page->bits |= one_in(m, 3) ? MSC_PAGE_SWAPIN_UNKNOWN :
			      one_in(m, 2) ? MSC_PAGE_COPY : 0;
}

static void add_run(struct maker *m, msc_u64 start, msc_u64 pages)
{
	static const msc_u16 places[] = { 0, 0, 0, MSC_SEAM_TORN, MSC_SEAM_UNPROVED };
	struct msc_run run = {
		.start = start, .pages = pages, .vma = m->s->nr_vmas - 1,
		.page = { .state = (msc_u8)below(m, MSC_NR_PAGE_STATES),
			  .order = (msc_u8)below(m, 10),
			  .bits = (msc_u32)below(m, 1 << 13) << 2 | places[below(m, 5)] |
				  (msc_u32)below(m, 4) * MSC_PAGE_PINNED },
	};

	add_swapin(m, &run.page);
	if (run.page.state == MSC_PAGE_ANON ||
	    (run.page.state == MSC_PAGE_SWAP_CACHED && one_in(m, 2))) {
		run.page.anon_vma = object(m);
		run.page.root = one_in(m, 9) ? 0 : root_of(run.page.anon_vma);
		if (run.page.anon_vma || run.page.state == MSC_PAGE_ANON)
			run.page.delta = one_in(m, 2) ? 0 : one_in(m, 2) ? number(m) : -number(m);
	}
	if (m->s->facts.deep && run.page.state == MSC_PAGE_ANON && one_in(m, 2)) {
		run.page.mapcount = (msc_u32)number(m);
		run.page.reached = (msc_u32)number(m);
		run.page.bits |= MSC_PAGE_COUNTED;
	}
	assert_true(msc_snapshot_add_run(m->s, &run));
}

static void add_pages(struct maker *m, const struct msc_vma *vma)
{
	msc_u64 at = vma->start, pages;

	for (; at < vma->end; at += pages << 12) {
		pages = 1 + below(m, 9);
		if (pages > (vma->end - at) >> 12)
			pages = (vma->end - at) >> 12;
		add_run(m, at, pages);
	}
}

static void add_vmas(struct maker *m)
{
	unsigned int i, nr = (unsigned int)below(m, 20);
	msc_u64 start = below(m, 1000) << 12;

	for (i = 0; i < nr; i++) {
		struct msc_vma *vma = msc_snapshot_add_vma(m->s);

		assert_non_null(vma);
		fill_vma(m, vma, start);
		add_chain(m);
		add_pages(m, vma);
		/* Right behind it, apart, or over it again, as a torn snapshot may have it. */
		start = vma->end + (one_in(m, 3) ? below(m, 5) << 12 : 0);
		if (one_in(m, 10))
			start = vma->start;
	}
}

void unit_random_snapshot(struct msc_snapshot *s, uint64_t *random)
{
	struct maker m = { s, random };
	unsigned int i;

	assert_int_equal(msc_snapshot_reserve(s, 2000), 0);
	s->facts = unit_kernels[below(&m, NR_KERNELS)].facts;
	s->facts.swap_cache = one_in(&m, 2);
	s->facts.pointers = one_in(&m, 3);
	s->facts.deep = one_in(&m, 2);
	s->facts.sizes = (struct msc_object_sizes){
		(msc_u32)number(&m), (msc_u32)number(&m), (msc_u32)number(&m),
	};
	s->target = (struct msc_target){
		.pid = (msc_s32)below(&m, 1 << 22), .mergeable = one_in(&m, 2),
		.map_count = number(&m), .total_vm = number(&m), .data_vm = number(&m),
		.exec_vm = number(&m), .stack_vm = number(&m), .shared_lock = one_in(&m, 2),
	};
	s->target.merge_any = s->facts.merge_any && one_in(&m, 2);
	for (i = 0; i < below(&m, 15); i++)
		s->target.comm[i] = (char)(1 + below(&m, 255));
	s->lock = (struct msc_lock_stats){
		.held_us = number(&m), .longest_us = number(&m), .let_go = (msc_u32)number(&m),
		.torn = (msc_u32)number(&m), .retries = (msc_u32)number(&m),
	};
	add_policies(&m);
	add_files(&m);
	add_vmas(&m);
	s->end_bits = one_in(&m, 4) ? MSC_SEAM_TORN : 0;
	assert_int_equal(msc_snapshot_number(s), 0);
	assert_int_equal(msc_whatif_work_out(s), 0);
}
