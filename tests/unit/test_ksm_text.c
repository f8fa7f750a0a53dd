// SPDX-License-Identifier: GPL-2.0
/* ksm_text: the lines of the section ksm; model_ksm: the records behind them. */
#include "anon_text.h"
#include "ksm_text.h"
#include "ksm_world.h"
#include "rules.h"
#include "unit.h"

static int set_up(void **state)
{
	static struct unit_text text;

	memset(&unit_mem, 0, sizeof(unit_mem));
	unit_text_init(&text, 0);
	msc_snapshot_free(&text.s);
	unit_ksm_world(&text.s, K_7_3);
	text.s.facts.ksm_age = MSC_TRUE;
	*state = &text;
	return 0;
}

#define text_test(name) cmocka_unit_test_setup_teardown(name, set_up, unit_text_tear_down)

static void the_line_ksm(void **state)
{
	struct unit_text *f = *state;

	msc_report_ksm(&f->sink.sink, &f->s, 0);
	assert_sink(&f->sink, "ksm lists=read run=no scans=0 items=3 stable=2 pages=3 rmap_items=3"
			      " merging_pages=2 zero_pages=absent let_go=0 longest_us=0\n");
	f->s.ksm = (struct msc_ksm_mm){ .lists = MSC_KSM_OFF, .runs = MSC_TRUE,
					.has_zero_pages = MSC_TRUE, .zero_pages = 7,
					.let_go = 3, .longest_us = 100040 };
	f->s.facts.ksm_off = "no \"symbol\"";
	msc_report_ksm(&f->sink.sink, &f->s, 0);
	assert_sink(&f->sink, "ksm lists=off why=\"no \\042symbol\\042\" run=yes scans=unknown"
			      " items=3 stable=2 pages=3 rmap_items=0 merging_pages=0"
			      " zero_pages=7 let_go=3 longest_us=100040\n");
}

static void node_lines(void **state)
{
	struct unit_text *f = *state;
	struct msc_stable_node *node = &f->s.stable_nodes[1];

	msc_report_node(&f->sink.sink, &f->s, 0);
	assert_sink(&f->sink,
		    "stable_node id=n1 kind=tree len=2 found_len=2 page=match nid=0 chain=-\n");
	node->page = MSC_NODE_PAGE_OTHER;
	node->kpfn_off = -2;
	msc_report_node(&f->sink.sink, &f->s, 1);
	assert_sink(&f->sink, "stable_node id=n2 kind=tree len=1 found_len=1 page=other nid=0"
			      " chain=- kpfn_off=-2\n");
	node->kind = MSC_NODE_CHAIN;
	node->len = -1024;
	node->nid = -1;
	node->counted = 0;
	node->page = MSC_NODE_PAGE_GONE;
	f->s.facts.pointers = MSC_TRUE;
	msc_report_node(&f->sink.sink, &f->s, 1);
	assert_sink(&f->sink, "stable_node id=n2 kind=chain len=-1024 found_len=unknown page=gone"
			      " nid=- chain=- ptr.node=0xb000 ptr.chain=0x0\n");
}

static void chains(void **state)
{
	static const msc_u64 of[] = { 0, 0xe000, 0xd000, 0xe000 };
	static const char *const shown[] = { "unknown", "c1", "c2", "c1" };
	struct unit_text *f = *state;
	struct unit_sink want;
	msc_u32 i;

	unit_sink_init(&want);
	for (i = 0; i < 4; i++) {
		msc_snapshot_add_node(&f->s, &(struct msc_stable_node){
			.self = 0xf000 + i, .kind = MSC_NODE_DUP, .chain = of[i] });
		msc_put(&want.sink, "stable_node id=n");
		msc_put_dec(&want.sink, i + 3);
		msc_put(&want.sink, " kind=dup len=0 found_len=unknown page=unknown nid=0 chain=");
		msc_put(&want.sink, shown[i]);
		msc_put(&want.sink, "\n");
	}
	assert_int_equal(msc_snapshot_number(&f->s), 0);
	for (i = 0; i < 4; i++)
		msc_report_node(&f->sink.sink, &f->s, i + 2);
	assert_sink(&f->sink, want.text);
	unit_sink_free(&want);
}

static void item_lines(void **state)
{
	struct unit_text *f = *state;
	struct msc_rmap_item *item = &f->s.rmap_items[ITEM_IDLE];

	msc_report_item(&f->sink.sink, &f->s, ITEM_A);
	assert_sink(&f->sink, "rmap_item addr=0x10000 state=stable age=- scans_ago=- page=ksm"
			      " node=n1 anon_vma=a1 page_index=0x110 vma_index=0x110 now=maps"
			      " listed=yes chain=yes\n");
	item->state = MSC_ITEM_UNSTABLE;
	item->age = 5;
	item->scans_ago = 1;
	item->page = MSC_PAGE_ANON;
	msc_report_item(&f->sink.sink, &f->s, ITEM_IDLE);
	assert_sink(&f->sink, "rmap_item addr=0x12000 state=unstable age=5 scans_ago=1 page=anon"
			      " node=- anon_vma=- page_index=- vma_index=0x0 now=-\n");
	item->bits = MSC_ITEM_BAD_ADDR;
	f->s.facts.ksm_age = f->s.facts.ksm_index = f->s.ksm.has_scans = MSC_FALSE;
	msc_report_item(&f->sink.sink, &f->s, ITEM_IDLE);
	assert_sink(&f->sink, "rmap_item addr=0x12000 state=unstable age=absent scans_ago=-"
			      " page=anon node=- anon_vma=- page_index=absent vma_index=0x0 now=-"
			      " wrong=address\n");
}

static void violation_of_a_length(void **state)
{
	struct unit_text *f = *state;

	f->s.stable_nodes[1].len = -1024;
	msc_report_rule(&f->sink.sink, &f->s, MSC_RULE_KSM_NODE);
	assert_sink(&f->sink, "check rule=ksm-node checked=4 violations=1 unknown=0\n"
			      "violation rule=ksm-node addr=0x11000 what=length expected=1"
			      " found=-1024 anon_vma=- node=n2\n");
}

static void page_lines(void **state)
{
	struct unit_text *f = *state;

	/* Mergeable in a VMA that is not: no rmap_item tells that. */
	msc_report_ksm_page(&f->sink.sink, &f->s, PAGE_A);
	assert_sink(&f->sink, "ksm_page addr=0x10000 node=n1 first=0x110 last=0x113 mergeable=yes"
			      " seen=all reach=own\n"
			      "found addr=0x10000 own=yes anon_vma=a1 page_index=0x110"
			      " chain=yes\n");
	f->s.vmas[0].flags |= MSC_VM(MG);
	msc_report_ksm_page(&f->sink.sink, &f->s, PAGE_A);
	assert_sink(&f->sink, "");
	f->s.rmap_items[ITEM_A].expected++;
	msc_report_ksm_page(&f->sink.sink, &f->s, PAGE_A);
	assert_true(f->sink.len > 0);
	unit_sink_clear(&f->sink);
	msc_report_ksm_page(&f->sink.sink, &f->s, PAGE_FORKED);
	assert_sink(&f->sink, "ksm_page addr=0x20000 node=n1 first=0x120 last=0x123 mergeable=yes"
			      " seen=all reach=fork\n"
			      "found addr=0x20000 own=no anon_vma=a3 page_index=0x120 chain=yes\n");
	f->s.ksm_pages[PAGE_FORKED].nr_found = 0;
	f->s.ksm_pages[PAGE_FORKED].node = 0;
	msc_report_ksm_page(&f->sink.sink, &f->s, PAGE_FORKED);
	assert_sink(&f->sink, "ksm_page addr=0x20000 node=- first=0x120 last=0x123 mergeable=yes"
			      " seen=all reach=missed\n");
}

static void vma_lines(void **state)
{
	struct unit_text *f = *state;
	msc_u32 i;

	f->s.ksm_pages[PAGE_B].nr_found = 0;
	for (i = 0; i < f->s.nr_vmas; i++)
		msc_report_ksm_vma(&f->sink.sink, &f->s, i);
	assert_sink(&f->sink,
		    "ksm_vma start=0x10000 pages=2 items=3 own=1 fork=0 pending=0 missed=1"
		    " unknown=0\n"
		    "ksm_vma start=0x20000 pages=1 items=0 own=0 fork=1 pending=0 missed=0"
		    " unknown=0\n");
}

/* No more than MSC_MAX_FOUND for a page, and no record without room. */
static void room(void **state)
{
	struct unit_text *f = *state;
	struct msc_snapshot *s = &f->s;
	msc_u32 i;

	msc_snapshot_add_ksm_page(s);
	for (i = 0; i < MSC_MAX_FOUND; i++)
		assert_non_null(msc_snapshot_add_ksm_found(s));
	assert_null(msc_snapshot_add_ksm_found(s));
	assert_int_equal(s->ksm_pages[3].found, 3);
	assert_int_equal(s->ksm_pages[3].nr_found, MSC_MAX_FOUND);
	assert_int_equal(msc_snapshot_find_node(s, 0xb000), 2);
	assert_int_equal(msc_snapshot_find_node(s, 0xc000), 0);
	while (msc_snapshot_has_ksm_room(s))
		msc_snapshot_add_rmap_item(s);
	assert_int_equal(s->nr_rmap_items, s->max_rmap_items);
	assert_false(msc_snapshot_has_room(s));
	assert_int_equal(msc_snapshot_reserve(s, 5), 0);
	assert_true(msc_snapshot_has_ksm_room(s));
	assert_int_equal(s->rmap_items[ITEM_B].addr, 0x11000);
	msc_snapshot_clear(s);
	assert_int_equal(s->nr_rmap_items + s->nr_ksm_pages + s->nr_ksm_found +
			 s->nr_stable_nodes + s->ksm.lists, 0);
	assert_int_equal(msc_snapshot_find_node(s, 0xb000), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		text_test(the_line_ksm),
		text_test(node_lines),
		text_test(chains),
		text_test(item_lines),
		text_test(violation_of_a_length),
		text_test(page_lines),
		text_test(vma_lines),
		text_test(room),
	};

	return cmocka_run_group_tests_name("ksm_text", tests, NULL, NULL);
}
