// SPDX-License-Identifier: GPL-2.0
/* Conditions over a report: when they hold, and what is said if they do not. */
#include "expect.h"
#include "kernels.h"
#include "scenario_play.h"
#include "unit.h"
#include "whatif.h"

#define ARENA_PAGE (SCN_ARENA >> SCN_PAGE_SHIFT)

static struct msc_vma *add_vma(struct msc_snapshot *s, uint64_t first, uint64_t pages,
			       uint64_t pgoff)
{
	struct msc_vma *vma = msc_snapshot_add_vma(s);

	vma->start = scn_address(first);
	vma->end = scn_address(first + pages);
	vma->pgoff = vma->anon_pgoff = ARENA_PAGE + pgoff;
	vma->flags = MSC_VM(RD) | MSC_VM(WR) | MSC_VM(MR) | MSC_VM(MW) | MSC_VM(AC);
	return vma;
}

static void fault(struct msc_vma *vma, uint64_t anon_vma)
{
	vma->anon_vma = anon_vma;
	vma->anon_root = anon_vma;
	vma->avcs = 1;
}

/*
 * @0     @4     @8             @50
 * |------|******|------|      |******|   the second was moved there from @100, and the last one's
 *                                        second page is shared
 */
static void make(struct msc_snapshot *s)
{
	struct msc_page page = { .anon_vma = 0x200, .root = 0x200, .state = MSC_PAGE_ANON };
	struct msc_vma *vma;

	msc_snapshot_init(s, &unit_alloc, MSC_SECTION_ALL);
	assert_int_equal(msc_snapshot_reserve(s, 9), 0);
	s->facts = unit_kernels[K_6_12].facts;
	add_vma(s, 0, 4, 0);
	fault(add_vma(s, 4, 4, 100), 0x200);
	page.bits = MSC_PAGE_WRITABLE | MSC_PAGE_EXCLUSIVE;
	assert_true(msc_snapshot_add_pages(s, scn_address(4), 4, &page));
	vma = add_vma(s, 8, 4, 8);
	vma->flags |= MSC_VM(MG);
	vma->name = msc_snapshot_add_string(s, "[anon:x]", 8);
	fault(add_vma(s, 50, 2, 50), 0x300);
	page.anon_vma = page.root = 0x300;
	msc_snapshot_add_pages(s, scn_address(50), 1, &page);
	page.bits = MSC_PAGE_ELSEWHERE;
	msc_snapshot_add_pages(s, scn_address(51), 1, &page);
	s->target.map_count = 14;
	s->target.total_vm = 114;
	s->target.exec_vm = 12;
	s->target.stack_vm = 23;
}

struct statement {
	const char *text;
	const char *got;	/* NULL: it holds */
};

static const struct statement statements[] = {
	{ "pgoff(@2) == page(@2)", NULL },
	{ "pgoff(@4) == page(@100)", NULL },
	{ "pgoff(@5) == page(@5)", "page(@101)" },
	{ "pgoff(@4) == pgoff(@0)", "page(@100) and page(@0)" },
	{ "pgoff(@4) == pgoff(@0) + 100", NULL },
	{ "pgoff(@4) - 100 == page(@0)", NULL },
	{ "pgoff(@4) < page(@100)", "page(@100)" },
	{ "pgoff(@4) <= page(@100)", NULL },
	{ "pgoff(@4) > page(@99)", NULL },
	{ "pgoff(@4) >= page(@101)", "page(@100)" },
	{ "pgoff(@30) == 0", "nothing mapped at @30" },
	{ "index(@4..7) != page(@0)", NULL },
	{ "index(@6) == page(@102)", NULL },
	{ "index(@4..7) == page(@100)", "page(@101) at @5" },
	{ "anon_vma(@0) == none", NULL },
	{ "anon_vma(@4) == none", "another" },
	{ "anon_vma(@0) == anon_vma(@4)", "none" },
	{ "anon_vma(@4) != anon_vma(@50)", NULL },
	{ "page_anon_vma(@4..7) == anon_vma(@5)", NULL },
	{ "page_anon_vma(@50) == anon_vma(@4)", "another" },
	{ "avcs(@4) == 1", NULL },
	{ "avcs(@4) == 2", "1" },
	{ "start(@5) == page(@4)", NULL },
	{ "end(@5) == page(@8)", NULL },
	{ "flags(@8) has mg, ac", NULL },
	{ "flags(@0) has mg", "rd,wr,mr,mw,ac" },
	{ "flags(@8) lacks mg", "rd,wr,mr,mw,ac,mg" },
	{ "ksm(@8) = mergeable", NULL },
	{ "ksm(@0) = mergeable", "eligible" },
	{ "ksm_by(@0) lacks sh", NULL },
	{ "kind(@0) = anon", NULL },
	{ "kind(@0) != shmem", NULL },
	{ "name(@8) == \"[anon:x]\"", NULL },
	{ "name(@0) == \"x\"", "\"\"" },
	{ "state(@4..7) == anon", NULL },
	{ "state(@4..7) == ksm", "anon at @4" },
	{ "state(@4..7) == state(@50)", NULL },
	{ "state(@4..7) != state(@50)", "anon at @4" },
	{ "swapin(@4) = absent", NULL },
	{ "kind(@0) == absent", "anon" },
	{ "name(@8) == name(@0)", "\"[anon:x]\"" },
	{ "name(@4) == name(@0)", NULL },
	{ "avcs(@4) == 0x1", NULL },
	{ "pgoff(@0) == 0xFf", "page(@0)" },
	{ "bits(@50..51) has exclusive", "elsewhere at @51" },
	{ "bits(@50) lacks elsewhere", NULL },
	{ "order(@50) == 0", NULL },
	{ "vmas() == 4", NULL },
	{ "vmas(@3..8) == 3", NULL },
	{ "vmas(@12..49) == 1", "0" },
	{ "map_count() == 4", NULL },
	{ "total_vm() == 14", NULL },
	{ "total_vm() == 15", "14" },
	{ "exec_vm() == 2", NULL },
	{ "stack_vm() == 3", NULL },
	{ "merged(@0, @3)", NULL },
	{ "merged(@0..3, @2)", NULL },
	{ "merged(@0..7, @4..7)", "two VMAs because pgoff" },
	{ "merged(@5, @4..8)", "two VMAs because flags,pgoff" },
	{ "merged(@8..12, @9)", "nothing mapped at @12" },
	{ "merged(@8..11, @8..11)", NULL },
	{ "merged(@0..3, @4..7)", "two VMAs because pgoff" },
	{ "merged(@8, @7)", "two VMAs because flags,pgoff" },
	{ "merged(@0, @50)", "two VMAs because hole" },
	{ "merged(@0, @30)", "nothing mapped at @30" },
	{ "merged(@30, @50)", "nothing mapped at @30" },
	{ "apart(@0, @4)", NULL },
	{ "apart(@0, @4) because pgoff", NULL },
	{ "apart(@0, @4) because pgoff, flags", "two VMAs because pgoff" },
	{ "apart(@7, @8) because pgoff", "two VMAs because flags,pgoff" },
	{ "apart(@0, @3)", "one VMA" },
	{ "apart(@4, @50) because hole", NULL },
	{ "apart(@0, @4) because nothing", "two VMAs because pgoff" },
	{ "violates(folio-index)", "no violation" },
};

static void evaluate(struct msc_snapshot *s, const struct statement *statement)
{
	const struct msc_target first = { .map_count = 10, .total_vm = 100, .exec_vm = 10,
					  .stack_vm = 20 };
	const struct scn_view view = { s, &first, NULL };
	struct scenario scenario;
	struct scn_error error;
	char text[256], got[256];
	bool holds;

	snprintf(text, sizeof(text), "#x\nread(@0)\nexpect %s\n", statement->text);
	if (scn_parse(&scenario, text, strlen(text), &error))
		fail_msg("%s: %s", statement->text, error.text);
	holds = scn_holds(&scenario.lines[1].condition, &view, got, sizeof(got));
	if (holds != !statement->got)
		fail_msg("%s: got %s", statement->text, got);
	if (!holds)
		assert_string_equal(got, statement->got);
	scn_free(&scenario);
}

static void judges_statements(void **state)
{
	struct msc_snapshot *s = *state;
	size_t i;

	make(s);
	for (i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
		evaluate(s, &statements[i]);
}

static void judges_invariants(void **state)
{
	static const struct statement rows[] = {
		{ "violates(folio-index)", NULL },
		{ "violates(ksm-flag)", "no violation" },
	};
	struct msc_snapshot *s = *state;
	size_t i;

	make(s);
	s->runs[0].page.delta = 1;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		evaluate(s, &rows[i]);
}

static void add_item(struct msc_snapshot *s, uint64_t page, uint8_t state, uint8_t now)
{
	struct msc_rmap_item *item = msc_snapshot_add_rmap_item(s);

	item->addr = scn_address(page);
	item->state = state;
	item->now = now;
	if (state != MSC_ITEM_STABLE)
		return;
	item->node = now == MSC_NOW_MAPS ? 1 : 2;
	item->anon_vma = 0x300;
	item->index = item->expected = ARENA_PAGE + page;
	item->bits = MSC_ITEM_LISTED | MSC_ITEM_ON_CHAIN;
}

static void add_page(struct msc_snapshot *s, uint64_t page, uint32_t item)
{
	struct msc_ksm_page *ksm_page = msc_snapshot_add_ksm_page(s);
	struct msc_ksm_found *found = msc_snapshot_add_ksm_found(s);

	ksm_page->addr = scn_address(page);
	ksm_page->first = ARENA_PAGE + 50;
	ksm_page->last = ARENA_PAGE + 51;
	ksm_page->vma = 3;
	ksm_page->node = 1;
	ksm_page->item = item;
	found->addr = ksm_page->addr;
	found->index = ARENA_PAGE + page;
	found->bits = MSC_FOUND_ON_CHAIN | (item ? MSC_FOUND_OWN : 0);
}

/*
 * Of the VMA at @50 both pages are KSM's, and the second came through fork. A page that was at @30
 * has left its rmap_item there; at @4 and @5 nothing is merged.
 */
static void make_ksm(struct msc_snapshot *s)
{
	make(s);
	s->facts.ksm_index = true;
	s->ksm = (struct msc_ksm_mm){ .lists = MSC_KSM_READ, .merging_pages = 2,
				      .has_zero_pages = true, .zero_pages = 3 };
	msc_snapshot_add_node(s, &(struct msc_stable_node){ .self = 0xa000 });
	msc_snapshot_add_node(s, &(struct msc_stable_node){ .self = 0xb000 });
	add_item(s, 4, MSC_ITEM_IDLE, MSC_NOW_NONE);
	add_item(s, 5, MSC_ITEM_UNSTABLE, MSC_NOW_NONE);
	add_item(s, 30, MSC_ITEM_STABLE, MSC_NOW_NO_VMA);
	add_item(s, 50, MSC_ITEM_STABLE, MSC_NOW_MAPS);
	add_page(s, 50, 4);
	add_page(s, 51, 0);
}

static void judges_rmap_items(void **state)
{
	static const struct statement rows[] = {
		{ "rmap_item(@50) = stable", NULL },
		{ "rmap_item(@50..51) = stable", "none at @51" },
		{ "rmap_item(@51) = none", NULL },
		{ "rmap_item(@4) = idle", NULL },
		{ "rmap_item(@5) != idle", NULL },
		{ "rmap_item(@5) = stable", "unstable" },
		{ "rmap_item(@30) = stable", NULL },
		{ "rmap_item_now(@30) = no-vma", NULL },
		{ "rmap_item_now(@50) = no-vma", "maps" },
		{ "rmap_item_now(@5) = maps", "absent" },
		{ "rmap_item_index(@50) == page(@50)", NULL },
		{ "rmap_item_index(@50) == pgoff(@50)", NULL },
		{ "rmap_item_index(@30) == page(@50)", "page(@30)" },
		{ "rmap_item_index(@4) == absent", NULL },
		{ "rmap_item_index(@51) == absent", NULL },
		{ "rmap_item_anon_vma(@50) == anon_vma(@50)", NULL },
		{ "rmap_item_anon_vma(@50) == anon_vma(@4)", "another" },
		{ "rmap_item_anon_vma(@4) == none", NULL },
		{ "rmap_item_node(@50) == stable_node(@51)", NULL },
		{ "rmap_item_node(@30) == stable_node(@50)", "another" },
		{ "rmap_item_node(@4) == none", NULL },
		{ "stable_node(@50..51) == stable_node(@50)", NULL },
		{ "stable_node(@30) == none", NULL },
		{ "stable_node(@50) == none", "another" },
		{ "reach(@50) = own", NULL },
		{ "reach(@50..51) = own", "fork at @51" },
		{ "reach(@4..30) = none", NULL },
		{ "rmap_items() == 4", NULL },
		{ "merging_pages() == 2", NULL },
		{ "zero_pages() == 3", NULL },
		{ "rmap_items(@4..29) == 2", NULL },
		{ "rmap_items(@50..51) == 2", "1" },
	};
	struct msc_snapshot *s = *state;
	size_t i;

	make_ksm(s);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		evaluate(s, &rows[i]);
}

/*
 * Two VMAs at @52 and @56 got VM_MERGEABLE too late to merge, those at @60 and @62 only VM_SPECIAL
 * excludes from KSM; of the anon_vma at @4 nothing is known, and of the two pages at @50 one is
 * shared.
 */
static void judges_what_if(void **state)
{
	static const struct statement rows[] = {
		{ "vmas(@52..59) == 2", NULL },
		{ "vmas_early_ksm(@52..59) == 1", NULL },
		{ "vmas_early_ksm(@55..56) == 1", NULL },
		{ "vmas_early_ksm(@50..53) == 2", NULL },
		{ "vmas_early_ksm(@56..59) == 1", NULL },
		{ "vmas_early_ksm() == 8", NULL },
		{ "vmas_special_ksm(@52..59) == 1", "2" },
		{ "concerned_special_ksm(@52..63) == 2", NULL },
		{ "concerned_special_ksm(@56..60) == 1", NULL },
		{ "concerned_special_ksm(@52..59) == 0", NULL },
		{ "vmas_relocate_anon(@52..59) == 2", NULL },
		{ "relocation_safe(@0) = yes", "absent" },
		{ "relocation_safe(@4) = unknown", NULL },
		{ "relocation_safe(@50) = yes", "no" },
		{ "relocation_by(@50) has shared", NULL },
		{ "relocation_by(@50) lacks ksm, ever-shared", NULL },
		{ "relocation_by(@4) lacks shared", "unknown" },
		{ "relocation_by(@0) lacks shared", "absent" },
		{ "relocation_by(@0) has shared", "absent" },
	};
	struct msc_snapshot *s = *state;
	size_t i;

	make(s);
	s->target.merge_any = true;
	add_vma(s, 52, 4, 52)->flags |= MSC_VM(MG);
	add_vma(s, 56, 4, 56)->flags |= MSC_VM(MG);
	add_vma(s, 60, 1, 60)->flags |= MSC_VM(PF);
	add_vma(s, 61, 1, 61)->flags |= MSC_VM(PF) | MSC_VM(SH);
	add_vma(s, 62, 1, 62)->flags |= MSC_VM(MM) | MSC_VM(IO) | MSC_VM(DE);
	assert_int_equal(msc_whatif_work_out(s), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		evaluate(s, &rows[i]);
}

/* An rmap_item that another mm has no business having is not the page's; and before 7.3: */
static void knows_rmap_items_of_older_kernels(void **state)
{
	static const struct statement rows[] = {
		{ "rmap_item(@4) = none", NULL },
		{ "rmap_item_index(@50) == absent", NULL },
		{ "zero_pages() == absent", NULL },
		{ "rmap_item_index(@50) == page(@50)", "absent" },
	};
	struct msc_snapshot *s = *state;
	size_t i;

	make_ksm(s);
	s->rmap_items[0].bits |= MSC_ITEM_OTHER_MM;
	s->facts.ksm_index = s->ksm.has_zero_pages = false;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		evaluate(s, &rows[i]);
}

/* Lists that were not all seen: nothing is true of what they might have held. */
static void knows_what_is_unknown(void **state)
{
	static const struct statement rows[] = {
		{ "rmap_item(@50) = stable", "unknown" },
		{ "rmap_item(@50) != stable", "unknown" },
		{ "rmap_item(@51) = none", "unknown" },
		{ "rmap_item_index(@51) == absent", "unknown" },
		{ "rmap_item_node(@51) == none", "unknown" },
		{ "rmap_item_anon_vma(@50) != none", "unknown" },
		{ "rmap_item_now(@50) = maps", "unknown" },
		{ "rmap_items() >= 0", "unknown" },
		{ "stable_node(@50) == none", "unknown" },
		{ "reach(@50) = own", "unknown" },
		{ "state(@4) == anon", NULL },
	};
	struct msc_snapshot *s = *state;
	size_t i;

	make_ksm(s);
	s->ksm.lists = MSC_KSM_BUSY;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		evaluate(s, &rows[i]);
}

/* What this kernel does not have is absent, and equals only that. */
static void knows_what_is_absent(void **state)
{
	static const struct statement absent[] = {
		{ "anon_pgoff(@0) == absent", NULL },
		{ "anon_pgoff(@0) != absent", "absent" },
		{ "anon_pgoff(@0) == page(@0)", "absent" },
		{ "anon_pgoff(@0) < page(@0)", "absent" },
	};
	static const struct statement present[] = {
		{ "anon_pgoff(@1) == page(@1)", NULL },
		{ "anon_pgoff(@0) == absent", "page(@0)" },
	};
	struct msc_snapshot *s = *state;
	size_t i;

	make(s);
	s->facts.anon_pgoff = false;
	for (i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		evaluate(s, &absent[i]);
	s->facts.anon_pgoff = true;
	for (i = 0; i < sizeof(present) / sizeof(present[0]); i++)
		evaluate(s, &present[i]);
}

static void keeps_values(void **state)
{
	static const char text[] = "#x\nlet kept = anon_vma(@4)\nexpect anon_vma(@4) == kept\n"
				   "expect anon_vma(@50) == kept\nlet gone = pgoff(@30)\n";
	const struct msc_target first = { 0 };
	struct scn_value lets[2];
	struct scn_view view = { *state, &first, lets };
	struct scenario scenario;
	struct scn_error error;
	char got[64];

	make(*state);
	assert_int_equal(scn_parse(&scenario, text, strlen(text), &error), 0);
	assert_true(scn_evaluate(&scenario.lines[0].condition.left, &view, &lets[0], got,
				 sizeof(got)));
	assert_true(scn_holds(&scenario.lines[1].condition, &view, got, sizeof(got)));
	assert_false(scn_holds(&scenario.lines[2].condition, &view, got, sizeof(got)));
	assert_string_equal(got, "another");
	assert_false(scn_evaluate(&scenario.lines[3].condition.left, &view, &lets[1], got,
				  sizeof(got)));
	assert_string_equal(got, "nothing mapped at @30");
	scn_free(&scenario);
}

/* Whoever's guard did not hold has kept nothing, and a torn report has no verdict. */
static void knows_what_is_not_known(void **state)
{
	static const char text[] = "#x\nlet kept = pgoff(@4)\nexpect pgoff(@0) != kept\n"
				   "expect apart(@0, @4) because hole\nexpect apart(@0, @4)\n";
	const struct msc_target first = { 0 };
	struct scn_value lets[] = { { .unknown = true } };
	struct scn_view view = { *state, &first, lets };
	struct msc_snapshot *s = *state;
	struct scenario scenario;
	struct scn_error error;
	char got[64];

	make(s);
	assert_int_equal(scn_parse(&scenario, text, strlen(text), &error), 0);
	assert_false(scn_holds(&scenario.lines[1].condition, &view, got, sizeof(got)));
	assert_string_equal(got, "nothing that let would have kept");
	s->vmas[1].bits |= MSC_SEAM_TORN;
	assert_false(scn_holds(&scenario.lines[2].condition, &view, got, sizeof(got)));
	assert_string_equal(got, "two VMAs because unknown");
	assert_true(scn_holds(&scenario.lines[3].condition, &view, got, sizeof(got)));
	scn_free(&scenario);
}

static void draws_the_arena(void **state)
{
	static const char text[] = "#x\na = mmap(@0, 4p, rw, private|anon)\n"
				   "b = mremap(@100, 4p, to @4)\nc = brk(1p)\n"
				   "a = mmap(@50, 2p, rw, private|anon)\n";
	struct scenario scenario;
	struct scn_error error;
	char *drawn;
	size_t len;
	FILE *out;

	make(*state);
	assert_int_equal(scn_parse(&scenario, text, strlen(text), &error), 0);
	out = open_memstream(&drawn, &len);
	scn_draw(out, &scenario, 0, 4, *state);
	fclose(out);
	assert_string_equal(drawn,
			    "#     @0         @4         @8             @50\n"
			    "#     |----------|**********|-----------|  |********|\n"
			    "#     | a rw- 4p | b rw- 4p | rw- 4p mg |  | rw- 2p |\n"
			    "#     |----------|**********|-----------|  |********|\n");
	free(drawn);
	/* From the next line on the name is another region's. */
	out = open_memstream(&drawn, &len);
	scn_draw(out, &scenario, 0, 5, *state);
	fclose(out);
	assert_string_equal(drawn,
			    "#     @0       @4         @8             @50\n"
			    "#     |--------|**********|-----------|  |**********|\n"
			    "#     | rw- 4p | b rw- 4p | rw- 4p mg |  | a rw- 2p |\n"
			    "#     |--------|**********|-----------|  |**********|\n");
	free(drawn);
	scn_free(&scenario);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_snapshot_test(judges_statements),
		unit_snapshot_test(judges_invariants),
		unit_snapshot_test(judges_rmap_items),
		unit_snapshot_test(judges_what_if),
		unit_snapshot_test(knows_rmap_items_of_older_kernels),
		unit_snapshot_test(knows_what_is_unknown),
		unit_snapshot_test(knows_what_is_absent),
		unit_snapshot_test(keeps_values),
		unit_snapshot_test(knows_what_is_not_known),
		unit_snapshot_test(draws_the_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
