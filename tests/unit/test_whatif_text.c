// SPDX-License-Identifier: GPL-2.0
/* whatif_text: the lines of the section whatif. */
#include "unit.h"
#include "report.h"
#include "whatif_text.h"
#include "world.h"

struct fixture {
	struct msc_snapshot s;
	struct unit_sink sink;
};

static int set_up(void **state)
{
	static struct fixture f;

	memset(&unit_mem, 0, sizeof(unit_mem));
	msc_snapshot_init(&f.s, &unit_alloc, MSC_SECTION_WHATIF);
	unit_sink_init(&f.sink);
	unit_world(&f.s, K_6_12);
	f.s.facts.sizes = (struct msc_object_sizes){ .vma = 200, .anon_vma = 100, .avc = 10 };
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	msc_snapshot_free(&f->s);
	unit_sink_free(&f->sink);
	return unit_mem.live ? -1 : 0;
}

static void policy_lines(void **state)
{
	struct fixture *f = *state;
	struct msc_whatif *w = f->s.whatif;

	w[MSC_WHATIF_NOW].then = (struct msc_whatif_counts){ 12, 5, 6 };
	w[MSC_WHATIF_EARLY_KSM] = (struct msc_whatif){ { 10, 4, 4 }, 7, 9, 3 };
	w[MSC_WHATIF_RELOCATE_ANON] = (struct msc_whatif){ { 12, 8, 6 }, 1, 2, 0 };
	w[MSC_WHATIF_ALL].then = w[MSC_WHATIF_NOW].then;
	msc_report_whatif(&f->sink.sink, &f->s, 1);
	assert_sink(&f->sink, "whatif policy=early-ksm vmas=12 then=10 concerned=7 pairs=9 "
		    "unknown=3 anon_vmas=5 anon_vmas_then=4 avcs=6 avcs_then=4 saved=520\n");
	msc_report_whatif(&f->sink.sink, &f->s, 3);
	assert_sink(&f->sink, "whatif policy=relocate-anon vmas=12 then=12 concerned=1 pairs=2 "
		    "unknown=0 anon_vmas=5 anon_vmas_then=8 avcs=6 avcs_then=6 saved=-300\n");
	msc_report_whatif(&f->sink.sink, &f->s, MSC_NR_POLICY_LINES - 1);
	assert_sink(&f->sink, "whatif policy=all vmas=12 then=12 concerned=0 pairs=0 "
		    "unknown=0 anon_vmas=5 anon_vmas_then=5 avcs=6 avcs_then=6 saved=0\n");
}

static void merged_lines(void **state)
{
	struct msc_merged merged[] = {
		{ 0x1000, 0x5000, 3, MSC_WHATIF_OCCASION },
		{ 0x7f0000001000, 0x7f0000003000, 2, MSC_WHATIF_SOFT_DIRTY },
	};
	struct fixture *f = *state;

	f->s.merged = merged;
	msc_report_merged(&f->sink.sink, &f->s, 0);
	msc_report_merged(&f->sink.sink, &f->s, 1);
	assert_sink(&f->sink,
		    "merged policy=occasion start=0x1000 end=0x5000 vmas=3\n"
		    "merged policy=soft-dirty start=0x7f0000001000 end=0x7f0000003000 vmas=2\n");
	f->s.merged = NULL;
}

static void relocation_lines(void **state)
{
	struct msc_relocation relocations[] = {
		{ .vma = 0, .safe = MSC_SAFE_YES, .moved = 1, .pages = 4, .folios = 2 },
		{ .vma = 1, .safe = MSC_SAFE_UNKNOWN, .unknown = { 2, 0x14000 } },
		{ .vma = 2, .safe = MSC_SAFE_NO, .pages = 9, .folios = 9,
		  .by = { { 1, 0x20000 }, { 2, 0x21000 }, { 3, 0x22000 }, { 4, 0x23000 },
			  { 5, 0x24000 }, { 6, 0x25000 }, { 7, 0x26000 } },
		  .unknown = { 8, 0x27000 } },
	};
	struct fixture *f = *state;

	f->s.relocations = relocations;
	f->s.vmas[0].walk_ns = 1234;
	msc_report_relocation(&f->sink.sink, &f->s, 0);
	assert_sink(&f->sink, "relocation start=0x10000 end=0x14000 moved=yes safe=yes pages=4 "
		    "folios=2 walk_ns=1234 ksm_items=unknown by=-\n");
	f->s.shown |= MSC_SECTION_KSM;
	f->s.ksm.lists = MSC_KSM_READ;
	msc_report_relocation(&f->sink.sink, &f->s, 1);
	assert_sink(&f->sink, "relocation start=0x14000 end=0x16000 moved=no safe=unknown pages=0 "
		    "folios=0 walk_ns=0 ksm_items=0 by=- count.unknown=2 first.unknown=0x14000\n");
	msc_report_relocation(&f->sink.sink, &f->s, 2);
	assert_sink(&f->sink, "relocation start=0x20000 end=0x24000 moved=no safe=no pages=9 "
		    "folios=9 walk_ns=0 ksm_items=0 "
		    "by=shared,ever-shared,ksm,pinned,edge,hugetlb,fork "
		    "count.shared=1 first.shared=0x20000 "
		    "count.ever-shared=2 first.ever-shared=0x21000 "
		    "count.ksm=3 first.ksm=0x22000 count.pinned=4 first.pinned=0x23000 "
		    "count.edge=5 first.edge=0x24000 count.hugetlb=6 first.hugetlb=0x25000 "
		    "count.fork=7 first.fork=0x26000 "
		    "count.unknown=8 first.unknown=0x27000\n");
	f->s.relocations = NULL;
}

/* From the records to the lines: a small process in which all VMAs were moved. */
static void whole_section(void **state)
{
	struct fixture *f = *state;
	msc_u64 part;

	assert_int_equal(msc_whatif_work_out(&f->s), 0);
	for (part = 1; part + 1 < msc_report_parts(&f->s); part++)
		msc_report_part(&f->sink.sink, &f->s, part);
	assert_sink(&f->sink,
		    "whatif policy=occasion vmas=5 then=5 concerned=5 pairs=1 "
		    "unknown=0 anon_vmas=2 anon_vmas_then=2 avcs=3 avcs_then=3 saved=0\n"
		    "whatif policy=early-ksm vmas=5 then=5 concerned=0 pairs=0 "
		    "unknown=0 anon_vmas=2 anon_vmas_then=2 avcs=3 avcs_then=3 saved=0\n"
		    "whatif policy=special-ksm vmas=5 then=5 concerned=0 pairs=0 "
		    "unknown=0 anon_vmas=2 anon_vmas_then=2 avcs=3 avcs_then=3 saved=0\n"
		    "whatif policy=relocate-anon vmas=5 then=5 concerned=3 pairs=1 "
		    "unknown=0 anon_vmas=2 anon_vmas_then=2 avcs=3 avcs_then=3 saved=0\n"
		    "whatif policy=soft-dirty vmas=5 then=5 concerned=0 pairs=0 "
		    "unknown=0 anon_vmas=2 anon_vmas_then=2 avcs=3 avcs_then=3 saved=0\n"
		    "whatif policy=all vmas=5 then=5 concerned=3 pairs=1 "
		    "unknown=0 anon_vmas=2 anon_vmas_then=2 avcs=3 avcs_then=3 saved=0\n"
		    "relocation start=0x10000 end=0x14000 moved=yes safe=yes pages=4 folios=4 "
		    "walk_ns=0 ksm_items=unknown by=-\n"
		    "relocation start=0x14000 end=0x16000 moved=yes safe=yes pages=0 folios=0 "
		    "walk_ns=0 ksm_items=unknown by=-\n"
		    "relocation start=0x20000 end=0x24000 moved=yes safe=no pages=4 folios=4 "
		    "walk_ns=0 ksm_items=unknown by=shared,fork "
		    "count.shared=2 first.shared=0x22000 "
		    "count.fork=1 first.fork=0x20000\n"
		    "relocation start=0x40000 end=0x42000 moved=yes safe=yes pages=0 folios=0 "
		    "walk_ns=0 ksm_items=unknown by=-\n");
}

#define text_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		text_test(policy_lines),
		text_test(merged_lines),
		text_test(relocation_lines),
		text_test(whole_section),
	};

	return cmocka_run_group_tests_name("whatif_text", tests, NULL, NULL);
}
