// SPDX-License-Identifier: GPL-2.0
/* rules_ksm, ksm_reach: whether the reverse map finds a page, and each invariant of KSM. */
#include "ksm_reach.h"
#include "ksm_world.h"
#include "unit.h"

static int set_up(void **state)
{
	static struct msc_snapshot s;

	memset(&unit_mem, 0, sizeof(unit_mem));
	unit_ksm_world(&s, K_7_3);
	*state = &s;
	return 0;
}

#define ksm_test(name) cmocka_unit_test_setup_teardown(name, set_up, unit_snapshot_tear_down)

/* Rule @id, and no other, has just the finding @want. */
static void assert_broken(const struct msc_snapshot *s, enum msc_rule_id id,
			  struct msc_finding want)
{
	struct unit_judged judged = unit_judge(s, id);

	assert_int_equal(judged.judge.violations, want.pages ? want.pages : 1);
	assert_int_equal(judged.nr, 1);
	unit_assert_finding(&judged.findings[0], want);
	assert_int_equal(judged.findings[0].node, want.node);
	unit_assert_only(s, id);
}

static void assert_judged(const struct msc_snapshot *s, enum msc_rule_id id, msc_u64 checked,
			  msc_u64 unknown)
{
	struct unit_judged judged = unit_judge(s, id);

	unit_assert_counts(&judged, checked, 0, unknown);
}

static void holds_on_each_kernel(void **state)
{
	enum unit_kernel_id k;

	(void)state;
	for (k = 0; k < NR_KERNELS; k++) {
		struct msc_snapshot s;

		unit_ksm_world(&s, k);
		unit_assert_only(&s, MSC_NR_RULES);
		assert_judged(&s, MSC_RULE_KSM_REACH, 3, 0);
		assert_judged(&s, MSC_RULE_KSM_PROTECT, 2, 0);
		assert_judged(&s, MSC_RULE_KSM_ITEM, 3, 0);
		assert_judged(&s, MSC_RULE_KSM_ITEM_ANON, 2, 0);
		assert_judged(&s, MSC_RULE_KSM_ITEM_ORDER, 2, 0);
		assert_judged(&s, MSC_RULE_KSM_NODE, 4, 0);
		assert_int_equal(msc_ksm_reach(&s, &s.ksm_pages[PAGE_A]), MSC_REACH_OWN);
		assert_int_equal(msc_ksm_reach(&s, &s.ksm_pages[PAGE_FORKED]), MSC_REACH_FORK);
		msc_snapshot_free(&s);
	}
}

/*
 * A reverse map that takes the page offset from the rmap_item's address, as the first versions of
 * 7.3's did: it finds nothing of a VMA that was moved, where the kernel's own finds all.
 */
static struct msc_ksm_range search_address(const struct msc_ksm_found *found)
{
	return (struct msc_ksm_range){ found->addr >> 12, found->addr >> 12 };
}

static void offset_from_the_address(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_ksm_page *page;

	for (page = s->ksm_pages; page < s->ksm_pages + s->nr_ksm_pages; page++) {
		assert_null(msc_ksm_reverse_map(s, page, search_address));
		assert_non_null(msc_ksm_reverse_map(s, page, msc_ksm_search_index));
		assert_non_null(msc_ksm_reverse_map(s, page, msc_ksm_search_tree));
		/* Where it was merged first the two agree, and so do the searches. */
		page->first -= 0x100;
		page->last -= 0x100;
		assert_non_null(msc_ksm_reverse_map(s, page, search_address));
	}
}

static void search_by_release(void **state)
{
	struct msc_snapshot *s = *state;

	assert_true(msc_ksm_search_of(s) == msc_ksm_search_index);
	s->facts.ksm_index = MSC_FALSE;
	assert_true(msc_ksm_search_of(s) == msc_ksm_search_tree);
}

/* The VMA's interval holds the index, at both its ends and not beyond. */
static void index_within_the_vma(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_ksm_page *page = &s->ksm_pages[PAGE_A];
	struct msc_ksm_found *found = &s->ksm_found[page->found];

	found->index = page->first;
	assert_ptr_equal(msc_ksm_reverse_map(s, page, msc_ksm_search_index), found);
	found->index = page->last;
	assert_ptr_equal(msc_ksm_reverse_map(s, page, msc_ksm_search_index), found);
	found->index = page->first - 1;
	assert_null(msc_ksm_reverse_map(s, page, msc_ksm_search_index));
	found->index = page->last + 1;
	assert_null(msc_ksm_reverse_map(s, page, msc_ksm_search_index));
	assert_ptr_equal(msc_ksm_reverse_map(s, page, msc_ksm_search_tree), found);
}

/* The address filter, and the chain. */
static void not_led_there(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_ksm_page *page = &s->ksm_pages[PAGE_A];
	struct msc_ksm_found *found = &s->ksm_found[page->found];

	found->addr += 0x1000;
	assert_null(msc_ksm_reverse_map(s, page, msc_ksm_search_tree));
	found->addr -= 0x1000;
	found->bits &= ~MSC_FOUND_ON_CHAIN;
	assert_null(msc_ksm_reverse_map(s, page, msc_ksm_search_tree));
}

/* The process's own goes before another's, wherever they are on the list. */
static void own_pass_first(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_ksm_page *page = &s->ksm_pages[PAGE_FORKED];
	struct msc_ksm_found *own = msc_snapshot_add_ksm_found(s);

	*own = s->ksm_found[page->found];
	own->bits |= MSC_FOUND_OWN;
	assert_int_equal(page->nr_found, 2);
	assert_ptr_equal(msc_ksm_reverse_map(s, page, msc_ksm_search_index), own);
	assert_int_equal(msc_ksm_reach(s, page), MSC_REACH_OWN);
}

/* No rmap_item is at the forked page's address: its parent's is gone. */
static void lose_the_parents(struct msc_snapshot *s)
{
	s->ksm_pages[PAGE_FORKED].nr_found = 0;
}

static void fork_without_its_parents_item(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_ksm_page *page = &s->ksm_pages[PAGE_FORKED];

	lose_the_parents(s);
	assert_broken(s, MSC_RULE_KSM_REACH, (struct msc_finding){
		.addr = 0x20000, .pages = 1, .what = "no-item", .node = 1 });
	/* ksmd, if it runs and knows the mm, will make it one; if the VMA is for it. */
	s->ksm.runs = MSC_TRUE;
	assert_int_equal(msc_ksm_reach(s, page), MSC_REACH_PENDING);
	assert_judged(s, MSC_RULE_KSM_REACH, 2, 1);
	page->bits &= ~MSC_KSM_PAGE_MERGEABLE;
	assert_int_equal(msc_ksm_reach(s, page), MSC_REACH_MISSED);
	page->bits |= MSC_KSM_PAGE_MERGEABLE;
	s->target.mergeable = MSC_FALSE;
	assert_int_equal(msc_ksm_reach(s, page), MSC_REACH_MISSED);
}

static void page_without_a_node(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_ksm_page *page = &s->ksm_pages[PAGE_FORKED];

	lose_the_parents(s);
	page->node = 0;
	assert_broken(s, MSC_RULE_KSM_REACH, (struct msc_finding){
		.addr = 0x20000, .pages = 1, .what = "no-node" });
	s->ksm.runs = MSC_TRUE;
	page->item = 1 + ITEM_IDLE;
	assert_int_equal(msc_ksm_reach(s, page), MSC_REACH_PENDING);
}

static void pages_that_are_not_known(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_ksm_page *page = &s->ksm_pages[PAGE_FORKED];

	page->bits |= MSC_KSM_PAGE_MORE;
	assert_int_equal(msc_ksm_reach(s, page), MSC_REACH_FORK);
	lose_the_parents(s);
	assert_judged(s, MSC_RULE_KSM_REACH, 2, 1);
	page->bits ^= MSC_KSM_PAGE_MORE | MSC_KSM_PAGE_UNSURE;
	assert_judged(s, MSC_RULE_KSM_REACH, 2, 1);
	s->ksm_pages[PAGE_A].bits |= MSC_KSM_PAGE_UNSURE;
	assert_judged(s, MSC_RULE_KSM_REACH, 1, 2);
}

/* Its own rmap_item is not on the list: ksmd goes past it, whether it runs or not. */
static void item_taken_off_the_list(void **state)
{
	struct msc_snapshot *s = *state;
	const struct msc_finding want = { .addr = 0x11000, .pages = 1, .what = "unlisted",
					  .node = 2 };

	s->ksm.runs = MSC_TRUE;
	s->rmap_items[ITEM_B].bits &= ~MSC_ITEM_LISTED;
	msc_snapshot_link(s);
	s->ksm_pages[PAGE_B].nr_found = 0;
	s->stable_nodes[1].found = 0;
	assert_broken(s, MSC_RULE_KSM_REACH, want);
	/* The length was lowered, too. */
	s->stable_nodes[1].len = 0;
	assert_broken(s, MSC_RULE_KSM_REACH, want);
	/* That of another node says nothing. */
	s->stable_nodes[0].len = 3;
	assert_int_equal(unit_judge(s, MSC_RULE_KSM_NODE).judge.violations, 1);
}

/* Each node with an rmap_item that its list lacks: the time that takes is that of a walk or two. */
static void many_items_taken_off(void **state)
{
	const unsigned int many = 200000;
	struct msc_snapshot *s = *state;
	unsigned int i;

	msc_snapshot_clear(s);
	for (i = 0; i < many; i++) {
		if (!msc_snapshot_has_ksm_room(s))
			assert_int_equal(msc_snapshot_reserve(s, 0), 0);
		msc_snapshot_add_node(s, &(struct msc_stable_node){
			.self = i + 1, .len = i % 2 ? 1 : 2, .counted = 1,
			.page = MSC_NODE_PAGE_MATCH });
		msc_snapshot_add_rmap_item(s)->node = i + 1;
	}
	msc_snapshot_link(s);
	assert_int_equal(s->stable_nodes[many - 1].unlisted, 1);
	unit_begin_in_time();
	assert_int_equal(unit_judge(s, MSC_RULE_KSM_NODE).judge.violations, many / 2);
	unit_end_in_time();
}

/* Its address names another page: there ksmd finds it stale, here it finds none. */
static void item_shifted(void **state)
{
	struct msc_snapshot *s = *state;

	s->rmap_items[ITEM_B].addr = 0x11800;
	s->rmap_items[ITEM_B].now = MSC_NOW_CHANGED;
	s->ksm_pages[PAGE_B].item = 0;
	s->ksm_pages[PAGE_B].nr_found = 0;
	assert_broken(s, MSC_RULE_KSM_REACH, (struct msc_finding){
		.addr = 0x11000, .pages = 1, .what = "no-item", .node = 2 });
}

/* The rmap_item is as it should be, and yet the search does not come to the VMA. */
static void search_that_misses(void **state)
{
	struct msc_snapshot *s = *state;

	s->ksm_found[1].index = 0x11;
	assert_broken(s, MSC_RULE_KSM_REACH, (struct msc_finding){
		.addr = 0x11000, .pages = 1, .what = "not-found", .node = 2 });
	/* Without a remembered index the whole tree is searched. */
	s->facts.ksm_index = MSC_FALSE;
	unit_assert_only(s, MSC_NR_RULES);
}

static void anon_vma_replaced(void **state)
{
	struct msc_snapshot *s = *state;

	s->rmap_items[ITEM_B].bits &= ~MSC_ITEM_ON_CHAIN;
	s->ksm_found[1].bits &= ~MSC_FOUND_ON_CHAIN;
	assert_broken(s, MSC_RULE_KSM_ITEM_ANON, (struct msc_finding){
		.addr = 0x11000, .what = "off-chain", .node = 2, .anon_vma_id = PLAIN_ID });
	/* Of a stale one nothing is claimed; of the page, which was back then, it is. */
	s->rmap_items[ITEM_B].now = MSC_NOW_MOVED;
	assert_judged(s, MSC_RULE_KSM_ITEM_ANON, 1, 0);
	assert_broken(s, MSC_RULE_KSM_REACH, (struct msc_finding){
		.addr = 0x11000, .pages = 1, .what = "not-found", .node = 2 });
	/* Unless it is found through another. */
	s->ksm_found[1].bits |= MSC_FOUND_ON_CHAIN;
	unit_assert_only(s, MSC_NR_RULES);
}

static void index_off(void **state)
{
	struct msc_snapshot *s = *state;
	const struct msc_finding want = { .addr = 0x11000, .what = "index", .node = 2,
					  .anon_vma_id = PLAIN_ID,
					  .expected = UNIT_HEX(0x111), .found = UNIT_HEX(0x999) };

	s->rmap_items[ITEM_B].index = s->ksm_found[1].index = 0x999;
	assert_broken(s, MSC_RULE_KSM_ITEM_ANON, want);
	/* Within the VMA the reverse map would even find it. */
	s->ksm_found[1].index = 0x112;
	assert_broken(s, MSC_RULE_KSM_ITEM_ANON, want);
	/* Kernels before 7.3 remember none. */
	s->facts.ksm_index = MSC_FALSE;
	unit_assert_only(s, MSC_NR_RULES);
}

static void writable(void **state)
{
	struct msc_snapshot *s = *state;

	s->runs[0].page.bits |= MSC_PAGE_WRITABLE;
	assert_broken(s, MSC_RULE_KSM_PROTECT, (struct msc_finding){
		.addr = 0x10000, .pages = 2, .what = "writable" });
	s->runs[0].page.bits |= MSC_PAGE_UNSURE;
	assert_judged(s, MSC_RULE_KSM_PROTECT, 0, 2);
}

static void impossible_items(void **state)
{
	static const struct {
		struct msc_rmap_item change;
		const char *what;
	} rows[] = {
		{ { .bits = MSC_ITEM_OTHER_MM }, "mm" },
		{ { .bits = MSC_ITEM_BAD_ADDR }, "address" },
		{ { .state = MSC_ITEM_BOTH }, "flags" },
		{ { .state = MSC_ITEM_UNSTABLE, .scans_ago = 2 }, "scan" },
		{ { .state = MSC_ITEM_UNSTABLE, .scans_ago = 1 }, NULL },
	};
	struct msc_snapshot *s = *state;
	unsigned int i;

	for (i = 0; i < MSC_ARRAY_SIZE(rows); i++) {
		s->rmap_items[ITEM_IDLE] = rows[i].change;
		s->rmap_items[ITEM_IDLE].addr = 0x12000;
		if (rows[i].what)
			assert_broken(s, MSC_RULE_KSM_ITEM, (struct msc_finding){
				.addr = 0x12000, .what = rows[i].what });
		else
			unit_assert_only(s, MSC_NR_RULES);
	}
	s->rmap_items[ITEM_IDLE].scans_ago = 9;
	s->ksm.has_scans = MSC_FALSE;
	unit_assert_only(s, MSC_NR_RULES);
	s->rmap_items[ITEM_IDLE].state = MSC_ITEM_IDLE;
	s->ksm.has_scans = MSC_TRUE;
	unit_assert_only(s, MSC_NR_RULES);
	s->stable_nodes[1].kind = MSC_NODE_CHAIN;
	assert_broken(s, MSC_RULE_KSM_ITEM, (struct msc_finding){
		.addr = 0x11000, .what = "chain", .node = 2 });
}

static void order(void **state)
{
	struct msc_snapshot *s = *state;

	s->rmap_items[ITEM_IDLE].addr = 0x11000;
	assert_broken(s, MSC_RULE_KSM_ITEM_ORDER, (struct msc_finding){
		.addr = 0x11000, .what = "order", .expected = UNIT_HEX(0x11000),
		.found = UNIT_HEX(0x11000) });
	s->rmap_items[ITEM_IDLE].addr = 0x9000;
	assert_broken(s, MSC_RULE_KSM_ITEM_ORDER, (struct msc_finding){
		.addr = 0x9000, .what = "order", .expected = UNIT_HEX(0x11000),
		.found = UNIT_HEX(0x9000) });
	/* What has no address has no place in the order. */
	s->rmap_items[ITEM_IDLE].bits |= MSC_ITEM_BAD_ADDR;
	assert_broken(s, MSC_RULE_KSM_ITEM, (struct msc_finding){
		.addr = 0x9000, .what = "address" });
}

static void nodes(void **state)
{
	struct msc_snapshot *s = *state;

	s->stable_nodes[1].len = 3;
	assert_broken(s, MSC_RULE_KSM_NODE, (struct msc_finding){
		.addr = 0x11000, .what = "length", .node = 2, .expected = UNIT_DEC(1),
		.found = UNIT_SIGNED(3) });
	s->stable_nodes[1].len = -1;
	assert_broken(s, MSC_RULE_KSM_NODE, (struct msc_finding){
		.addr = 0x11000, .what = "length", .node = 2, .expected = UNIT_DEC(1),
		.found = UNIT_SIGNED((msc_u64)-1) });
	s->stable_nodes[1].counted = 0;
	assert_judged(s, MSC_RULE_KSM_NODE, 3, 1);
	s->stable_nodes[0].page = MSC_NODE_PAGE_OTHER;
	s->stable_nodes[0].kpfn_off = -2;
	assert_broken(s, MSC_RULE_KSM_NODE, (struct msc_finding){
		.addr = 0x10000, .what = "kpfn", .node = 1, .expected = UNIT_SIGNED(0),
		.found = UNIT_SIGNED((msc_u64)-2) });
	/* No rmap_item of the mm names it: the first page does. */
	s->rmap_items[ITEM_A].node = 0;
	s->ksm_pages[PAGE_A].node = 0;
	msc_snapshot_link(s);
	assert_int_equal(s->stable_nodes[0].addr, 0x20000);
	s->stable_nodes[0].page = MSC_NODE_PAGE_GONE;
	assert_judged(s, MSC_RULE_KSM_NODE, 2, 2);
	s->stable_nodes[0].page = MSC_NODE_PAGE_UNKNOWN;
	assert_judged(s, MSC_RULE_KSM_NODE, 2, 2);
}

static void lists_that_were_not_read(void **state)
{
	struct msc_snapshot *s = *state;

	s->ksm.lists = MSC_KSM_BUSY;
	s->ksm.rmap_items = 10;
	s->ksm.merging_pages = 6;
	s->runs[0].pages = 5;
	assert_judged(s, MSC_RULE_KSM_REACH, 3, 2);
	assert_judged(s, MSC_RULE_KSM_ITEM, 3, 7);
	assert_judged(s, MSC_RULE_KSM_ITEM_ANON, 2, 4);
	assert_judged(s, MSC_RULE_KSM_ITEM_ORDER, 2, 7);
	/* Of six stable rmap_items; three pages, which have theirs, were looked at. */
	assert_judged(s, MSC_RULE_KSM_NODE, 4, 3);
	s->runs[0].pages = 7;
	assert_judged(s, MSC_RULE_KSM_NODE, 4, 4);
	/* Where no page was looked at, the rmap_items tell of nodes. */
	s->nr_ksm_pages = 0;
	assert_judged(s, MSC_RULE_KSM_NODE, 4, 5);
	s->nr_ksm_pages = 3;
	s->runs[0].pages = 5;
	/* Counted before a few more came. */
	s->ksm.rmap_items = 2;
	assert_judged(s, MSC_RULE_KSM_ITEM, 3, 0);
}

static void flag(void **state)
{
	struct msc_snapshot *s = *state;
	struct msc_vma *vma;

	assert_judged(s, MSC_RULE_KSM_FLAG, 0, 0);
	s->target.merge_any = MSC_TRUE;
	for (vma = s->vmas; vma < s->vmas + s->nr_vmas; vma++)
		vma->flags |= MSC_VM(MG);
	assert_judged(s, MSC_RULE_KSM_FLAG, 5, 0);
	s->vmas[2].flags &= ~MSC_VM(MG);
	assert_broken(s, MSC_RULE_KSM_FLAG, (struct msc_finding){
		.addr = 0x20000, .what = "flag" });
	/* KSM could not have it; a stack that exec made need not be asked for. */
	s->vmas[2].flags |= MSC_VM(PF);
	s->vmas[4].flags &= ~MSC_VM(MG);
	assert_judged(s, MSC_RULE_KSM_FLAG, 3, 0);
	s->lock.torn = 1;
	assert_judged(s, MSC_RULE_KSM_FLAG, 0, 5);
	s->facts.merge_any = MSC_FALSE;
	assert_judged(s, MSC_RULE_KSM_FLAG, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_on_each_kernel),
		ksm_test(offset_from_the_address),
		ksm_test(search_by_release),
		ksm_test(index_within_the_vma),
		ksm_test(not_led_there),
		ksm_test(own_pass_first),
		ksm_test(fork_without_its_parents_item),
		ksm_test(page_without_a_node),
		ksm_test(pages_that_are_not_known),
		ksm_test(item_taken_off_the_list),
		ksm_test(many_items_taken_off),
		ksm_test(item_shifted),
		ksm_test(search_that_misses),
		ksm_test(anon_vma_replaced),
		ksm_test(index_off),
		ksm_test(writable),
		ksm_test(impossible_items),
		ksm_test(order),
		ksm_test(nodes),
		ksm_test(lists_that_were_not_read),
		ksm_test(flag),
	};

	return cmocka_run_group_tests_name("rules_ksm", tests, NULL, NULL);
}
