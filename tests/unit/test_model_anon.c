// SPDX-License-Identifier: GPL-2.0
/* model: AVCs, anon_vmas and runs of pages: room, taking back, numbers. */
#include "each.h"
#include "rules.h"
#include "unit.h"

static int set_up(void **state)
{
	static struct msc_snapshot s;

	memset(&unit_mem, 0, sizeof(unit_mem));
	msc_snapshot_init(&s, &unit_alloc, MSC_SECTION_CHECK);
	*state = &s;
	return 0;
}

#define section_test(name) cmocka_unit_test_setup_teardown(name, set_up, unit_snapshot_tear_down)

static msc_u32 add_anon_vma(struct msc_snapshot *s, msc_u64 self, msc_u64 root, msc_u64 parent)
{
	struct msc_anon_vma record = { .self = self, .root = root, .parent = parent };

	return msc_snapshot_add_anon_vma(s, &record);
}

static void add_vma(struct msc_snapshot *s, msc_u64 anon_vma, msc_u64 root)
{
	struct msc_vma *vma = msc_snapshot_add_vma(s);

	assert_non_null(vma);
	vma->anon_vma = anon_vma;
	vma->anon_root = root;
}

static void add_avc(struct msc_snapshot *s, msc_u64 anon_vma)
{
	struct msc_avc *avc = msc_snapshot_add_avc(s);

	assert_non_null(avc);
	avc->anon_vma = anon_vma;
	avc->vma = s->nr_vmas - 1;
}

static void sections_that_are_held(void **state)
{
	static const struct {
		msc_u32 shown, held;
	} rows[] = {
		{ MSC_SECTION_VMAS, MSC_SECTION_VMAS },
		{ MSC_SECTION_ANON_VMAS, MSC_SECTION_VMAS | MSC_SECTION_ANON_VMAS },
		{ MSC_SECTION_FOLIOS, MSC_SECTION_VMAS | MSC_SECTION_FOLIOS },
		{ MSC_SECTION_KSM, MSC_SECTION_VMAS | MSC_SECTION_FOLIOS | MSC_SECTION_KSM },
		{ MSC_SECTION_CHECK, MSC_SECTION_ALL },
		{ MSC_SECTION_WHATIF, MSC_SECTION_VMAS | MSC_SECTION_ANON_VMAS |
				      MSC_SECTION_FOLIOS | MSC_SECTION_WHATIF },
		{ MSC_SECTION_ALL, MSC_SECTION_ALL },
	};
	struct msc_snapshot s;
	unsigned int i;

	(void)state;
	for (i = 0; i < MSC_ARRAY_SIZE(rows); i++) {
		msc_snapshot_init(&s, &unit_alloc, rows[i].shown);
		assert_int_equal(s.shown, rows[i].shown);
		assert_int_equal(s.sections, rows[i].held);
		/* Freeing it forgets neither. */
		assert_int_equal(msc_snapshot_reserve(&s, 3), 0);
		msc_snapshot_free(&s);
		assert_int_equal(s.shown, rows[i].shown);
		assert_int_equal(s.sections, rows[i].held);
	}
}

/* Memory is asked for only for what a section needs. */
static void reserve_by_section(void **state)
{
	static const struct {
		msc_u32 shown;
		unsigned int calls;
	} rows[] = {
		{ MSC_SECTION_VMAS, 6 },
		{ MSC_SECTION_ANON_VMAS, 9 },	/* AVCs, anon_vmas and their map */
		{ MSC_SECTION_FOLIOS, 7 },	/* runs */
		/* The same, rmap_items, pages, those found, nodes and their map. */
		{ MSC_SECTION_KSM, 12 },
		{ MSC_SECTION_WHATIF, 10 },	/* AVCs, anon_vmas and their map, runs */
		{ MSC_SECTION_CHECK, 15 },
	};
	struct msc_snapshot s;
	unsigned int i, nth;

	(void)state;
	for (i = 0; i < MSC_ARRAY_SIZE(rows); i++) {
		msc_snapshot_init(&s, &unit_alloc, rows[i].shown);
		unit_mem_reset(0);
		assert_int_equal(msc_snapshot_reserve(&s, 3), 0);
		assert_int_equal(unit_mem.calls, rows[i].calls);
		assert_true(msc_snapshot_has_room(&s));
		msc_snapshot_free(&s);
		/* Each of them can fail; what the others gave stands, and is no leak. */
		for (nth = 1; nth <= rows[i].calls; nth++) {
			unit_mem_reset(nth);
			assert_int_equal(msc_snapshot_reserve(&s, 3), MSC_NOROOM);
			assert_int_equal(unit_mem.calls, nth);
			assert_int_equal(msc_snapshot_reserve(&s, 3), 0);
			assert_true(msc_snapshot_has_room(&s));
			msc_snapshot_free(&s);
		}
	}
	assert_int_equal(unit_mem.live, 0);
}

static void no_room_before_the_first_reserve(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_page page = {};

	assert_null(msc_snapshot_add_avc(s));
	assert_int_equal(add_anon_vma(s, 0x10, 0x10, 0x10), 0);
	assert_int_equal(msc_snapshot_find_anon_vma(s, 0x10), 0);
	assert_false(msc_snapshot_add_pages(s, 0x1000, 1, &page));
}

static void finds_what_was_added(void **state)
{
	struct msc_snapshot *s = *state;
	static const struct msc_avc zero;
	msc_u64 n;

	assert_int_equal(msc_snapshot_reserve(s, 1), 0);
	assert_memory_equal(msc_snapshot_add_avc(s), &zero, sizeof(zero));
	for (n = 1; n <= 500; n++) {
		if (!(n % 100))
			assert_int_equal(msc_snapshot_reserve(s, 1), 0);
		assert_int_equal(msc_snapshot_find_anon_vma(s, 0x68 * n), 0);
		assert_int_equal(add_anon_vma(s, 0x68 * n, 0x68, 0x68), n);
		assert_int_equal(msc_snapshot_find_anon_vma(s, 0x68 * n), n);
	}
	for (n = 1; n <= 500; n++)
		assert_int_equal(s->anon_vmas[msc_snapshot_find_anon_vma(s, 0x68 * n) - 1].self,
				 0x68 * n);
	assert_int_equal(msc_snapshot_find_anon_vma(s, 0x69), 0);
	msc_snapshot_clear(s);
	assert_int_equal(msc_snapshot_find_anon_vma(s, 0x68), 0);
	assert_int_equal(s->nr_avcs, 0);
	assert_int_equal(add_anon_vma(s, 0x70, 0x70, 0x70), 1);
}

/* What did not fit anywhere makes room wanting, until it was made: twice as much as there was. */
static void short_of_avcs(void **state)
{
	struct msc_snapshot *s = *state;
	msc_u32 max;

	assert_int_equal(msc_snapshot_reserve(s, 1), 0);
	add_vma(s, 0x10, 0x10);
	max = s->max_avcs;
	while (msc_snapshot_add_avc(s))
		;
	assert_int_equal(s->nr_avcs, max);
	assert_true(s->anon_short);
	assert_false(msc_snapshot_has_room(s));
	/* A walker takes the VMA back, with all that it brought. */
	s->nr_avcs = 0;
	assert_int_equal(msc_snapshot_reserve(s, 1), 0);
	assert_in_range(s->max_avcs, 2 * max, 1u << 30);
	assert_false(s->anon_short);
	assert_true(msc_snapshot_has_room(s));
}

static void short_of_anon_vmas(void **state)
{
	struct msc_snapshot *s = *state;
	msc_u64 n = 0;
	msc_u32 max;

	assert_int_equal(msc_snapshot_reserve(s, 1), 0);
	max = s->max_anon_vmas;
	do {
		n++;
	} while (add_anon_vma(s, 0x10 * n, 0x10, 0x10));
	assert_int_equal(n, max + 1);
	assert_false(msc_snapshot_has_room(s));
	assert_int_equal(msc_snapshot_reserve(s, 1), 0);
	assert_int_equal(add_anon_vma(s, 0x10 * n, 0x10, 0x10), n);
	while (n--)
		assert_int_equal(msc_snapshot_find_anon_vma(s, 0x10 * (n + 1)), n + 1);
	assert_true(msc_snapshot_has_room(s));
}

/* Room for an AVC of each VMA is there from the start. */
static void an_avc_for_each_vma(void **state)
{
	struct msc_snapshot *s = *state;
	unsigned int i;

	assert_int_equal(msc_snapshot_reserve(s, 70000), 0);
	for (i = 0; i < 70000; i++) {
		assert_true(msc_snapshot_has_room(s));
		add_vma(s, 0x10, 0x10);
		add_avc(s, 0x10);
	}
}

static void back_to_a_mark(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_mark mark;

	assert_int_equal(msc_snapshot_reserve(s, 8), 0);
	add_vma(s, 0x10, 0x10);
	add_avc(s, 0x10);
	add_anon_vma(s, 0x10, 0x10, 0x10);
	mark = msc_snapshot_mark(s);
	add_vma(s, 0x20, 0x10);
	add_avc(s, 0x20);
	add_avc(s, 0x10);
	add_anon_vma(s, 0x20, 0x10, 0x10);
	add_anon_vma(s, 0x30, 0x10, 0x20);
	msc_snapshot_back_to(s, &mark);
	assert_int_equal(s->nr_vmas, 1);
	assert_int_equal(s->nr_avcs, 1);
	assert_int_equal(s->nr_anon_vmas, 1);
	assert_int_equal(msc_snapshot_find_anon_vma(s, 0x10), 1);
	assert_int_equal(msc_snapshot_find_anon_vma(s, 0x20), 0);
	assert_int_equal(msc_snapshot_find_anon_vma(s, 0x30), 0);
	/* They can come again, in another order. */
	assert_int_equal(add_anon_vma(s, 0x30, 0x10, 0x20), 2);
	assert_int_equal(msc_snapshot_find_anon_vma(s, 0x30), 2);
}

/* A VMA that brought no new anon_vma leaves the map as it is. */
static void back_to_a_mark_without_anon_vmas(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_mark mark;

	assert_int_equal(msc_snapshot_reserve(s, 8), 0);
	add_anon_vma(s, 0x10, 0x10, 0x10);
	mark = msc_snapshot_mark(s);
	add_vma(s, 0x10, 0x10);
	add_avc(s, 0x10);
	msc_snapshot_back_to(s, &mark);
	assert_int_equal(s->nr_vmas, 0);
	assert_int_equal(s->nr_avcs, 0);
	assert_int_equal(msc_snapshot_find_anon_vma(s, 0x10), 1);
	/* To where nothing was. */
	mark = (struct msc_mark){};
	msc_snapshot_back_to(s, &mark);
	assert_int_equal(msc_snapshot_find_anon_vma(s, 0x10), 0);
	assert_int_equal(s->anon_vma_map.used, 0);
}

/* VMAs by address, each its own before its root; then chains; then records; then pages. */
static void numbering(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_page page = { .state = MSC_PAGE_ANON };

	assert_int_equal(msc_snapshot_reserve(s, 8), 0);
	add_vma(s, 0x90, 0x50);
	add_avc(s, 0x70);
	add_avc(s, 0x90);
	page.anon_vma = 0x99;
	assert_true(msc_snapshot_add_pages(s, 0x1000, 1, &page));
	page.anon_vma = 0x20;
	page.root = 0x98;
	assert_true(msc_snapshot_add_pages(s, 0x2000, 1, &page));
	add_vma(s, 0, 0);
	add_vma(s, 0x20, 0x20);
	add_avc(s, 0x20);
	add_anon_vma(s, 0x70, 0x50, 0x60);
	add_anon_vma(s, 0x20, 0x20, 0x20);
	assert_int_equal(msc_snapshot_number(s), 0);
	assert_int_equal(s->vmas[0].anon_vma_id, 1);
	assert_int_equal(s->vmas[0].anon_root_id, 2);
	assert_int_equal(s->vmas[1].anon_vma_id, 0);
	assert_int_equal(s->vmas[1].anon_root_id, 0);
	assert_int_equal(s->vmas[2].anon_vma_id, 3);
	assert_int_equal(s->vmas[2].anon_root_id, 3);
	assert_int_equal(s->avcs[0].anon_vma_id, 4);
	assert_int_equal(s->avcs[1].anon_vma_id, 1);
	assert_int_equal(s->avcs[2].anon_vma_id, 3);
	assert_int_equal(s->anon_vmas[0].id, 4);
	assert_int_equal(s->anon_vmas[0].root_id, 2);
	assert_int_equal(s->anon_vmas[0].parent_id, 5);
	assert_int_equal(s->anon_vmas[1].id, 3);
	assert_int_equal(s->anon_vmas[1].parent_id, 3);
	assert_int_equal(s->runs[0].page.anon_vma_id, 6);
	assert_int_equal(s->runs[0].page.root_id, 0);
	assert_int_equal(s->runs[1].page.anon_vma_id, 3);
	assert_int_equal(s->runs[1].page.root_id, 7);
}

/* As many different cookies as there can be: the map of ids has room for all. */
static void numbering_nothing_but_strangers(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_page page = { .state = MSC_PAGE_ANON };
	msc_u64 cookie = 0x1000;
	unsigned int i;

	for (i = 0; i < 600; i++) {
		if (!(i % 100))
			assert_int_equal(msc_snapshot_reserve(s, 600), 0);
		add_vma(s, cookie, cookie + 1);
		add_avc(s, cookie + 2);
		assert_int_equal(add_anon_vma(s, cookie + 3, cookie + 4, cookie + 5), i + 1);
		page.anon_vma = cookie + 6;
		page.root = cookie + 7;
		assert_true(msc_snapshot_add_pages(s, 0x1000ULL * i, 1, &page));
		cookie += 8;
	}
	assert_int_equal(msc_snapshot_number(s), 0);
	assert_int_equal(s->vmas[599].anon_root_id, 1200);
	assert_int_equal(s->avcs[599].anon_vma_id, 1800);
	assert_int_equal(s->anon_vmas[599].parent_id, 3600);
	assert_int_equal(s->runs[599].page.anon_vma_id, 4200);
	assert_int_equal(s->runs[599].page.root_id, 4800);
}

/* Each anon_vma to its AVCs, in their order, whatever was linked before. */
static void linking(void **state)
{
	struct msc_snapshot *s = *state;

	assert_int_equal(msc_snapshot_reserve(s, 8), 0);
	add_vma(s, 0x90, 0x90);
	add_avc(s, 0x70);
	add_avc(s, 0x90);
	add_avc(s, 0x50);
	add_avc(s, 0x70);
	add_anon_vma(s, 0x70, 0x90, 0x90);
	add_anon_vma(s, 0x90, 0x90, 0x90);
	add_anon_vma(s, 0x30, 0x90, 0x90);
	assert_int_equal(msc_snapshot_number(s), 0);
	assert_int_equal(s->anon_vmas[0].first_avc, 1);
	assert_int_equal(s->avcs[0].next, 4);
	assert_int_equal(s->avcs[3].next, 0);
	assert_int_equal(s->anon_vmas[1].first_avc, 2);
	assert_int_equal(s->avcs[1].next, 0);
	assert_int_equal(s->anon_vmas[2].first_avc, 0);
	s->avcs[0].anon_vma = 0x90;
	msc_snapshot_link(s);
	assert_int_equal(s->anon_vmas[0].first_avc, 4);
	assert_int_equal(s->anon_vmas[1].first_avc, 1);
	assert_int_equal(s->avcs[0].next, 2);
	assert_int_equal(s->avcs[1].next, 0);
}

static unsigned int rests;

static void rest(void)
{
	rests++;
}

/* What goes over all records gives way on the way, and need not. */
static void gives_way(void **state)
{
	struct msc_alloc alloc = unit_alloc;
	struct msc_page page = { .state = MSC_PAGE_ANON, .anon_vma = 0x10, .root = 0x10 };
	struct msc_judge judge = {};
	struct msc_snapshot *s = *state;
	const unsigned int many = 3 * MSC_REST_EVERY;
	unsigned int i;

	assert_int_equal(msc_snapshot_reserve(s, many), 0);
	add_vma(s, 0x10, 0x10);
	for (i = 0; i < many; i++) {
		page.bits = i % 2 ? MSC_PAGE_EXCLUSIVE : 0;
		assert_true(msc_snapshot_add_pages(s, 0x1000ULL * i, 1, &page));
	}
	assert_int_equal(s->nr_runs, many);
	assert_null(alloc.rest);
	assert_int_equal(msc_snapshot_number(s), 0);
	alloc.rest = rest;
	s->alloc = &alloc;
	rests = 0;
	msc_rules[MSC_RULE_FOLIO_ROOT].judge(s, &judge);
	assert_int_equal(rests, 3);
	assert_int_equal(msc_snapshot_number(s), 0);
	assert_int_equal(rests, 3 + 2 * 3);
	s->alloc = &unit_alloc;
}

static void first_from(void **state)
{
	struct msc_snapshot *s = *state;
	const struct msc_page page = { .state = MSC_PAGE_NONE };
	msc_u32 i;

	assert_int_equal(msc_snapshot_reserve(s, 8), 0);
	assert_int_equal(msc_first_from(s, runs, start, 0x1fff), 0);
	add_vma(s, 0, 0);
	for (i = 1; i < 8; i++) {
		assert_true(msc_snapshot_add_pages(s, 0x2000ULL * i, 1, &page));
		assert_int_equal(msc_first_from(s, runs, start, 0x2000ULL * i), i - 1);
		assert_int_equal(msc_first_from(s, runs, start, 0x2000ULL * i + 1), i);
		assert_int_equal(msc_first_from(s, runs, start, 0x1fff), 0);
	}
	assert_int_equal(msc_first_from(s, runs, start, 0x7fff), 3);
	assert_int_equal(msc_first_from(s, runs, vma, 1), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		section_test(sections_that_are_held),
		section_test(reserve_by_section),
		section_test(no_room_before_the_first_reserve),
		section_test(finds_what_was_added),
		section_test(short_of_avcs),
		section_test(short_of_anon_vmas),
		section_test(an_avc_for_each_vma),
		section_test(back_to_a_mark),
		section_test(back_to_a_mark_without_anon_vmas),
		section_test(numbering),
		section_test(numbering_nothing_but_strangers),
		section_test(linking),
		section_test(gives_way),
		section_test(first_from),
	};

	return cmocka_run_group_tests_name("model_anon", tests, NULL, NULL);
}
