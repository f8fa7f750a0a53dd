// SPDX-License-Identifier: GPL-2.0
/* run_text: the lines of the section folios. */
#include "unit.h"
#include "run_text.h"
#include "world.h"

static int set_up(void **state)
{
	static struct unit_text f;

	unit_text_init(&f, MSC_SECTION_ALL);
	unit_world(&f.s, K_7_2);
	*state = &f;
	return 0;
}

#define text_test(name) cmocka_unit_test_setup_teardown(name, set_up, unit_text_tear_down)

/* The line of run 0 must be "run start=0x10000 pages=4 " and @rest. */
static void assert_rest(struct unit_text *f, const char *rest)
{
	char line[400];

	msc_report_run(&f->sink.sink, &f->s, 0);
	snprintf(line, sizeof(line), "run start=0x10000 pages=4 %s\n", rest);
	assert_sink(&f->sink, line);
}

static void lines(void **state)
{
	struct unit_text *f = *state;
	msc_u32 i;

	for (i = 0; i < 6; i++)
		msc_report_run(&f->sink.sink, &f->s, i);
	assert_sink(&f->sink,
		    "run start=0x10000 pages=4 state=anon order=0 index=match anon_vma=a1 root=a1"
		    " bits=writable,exclusive place=held\n"
		    "run start=0x14000 pages=2 state=none order=0 index=- anon_vma=- root=- bits=-"
		    " place=held\n"
		    "run start=0x20000 pages=2 state=anon order=0 index=match anon_vma=a2 root=a3"
		    " bits=writable,exclusive place=held\n"
		    "run start=0x22000 pages=2 state=anon order=0 index=match anon_vma=a3 root=a3"
		    " bits=elsewhere place=held\n"
		    "run start=0x30000 pages=1 state=file order=0 index=- anon_vma=- root=-"
		    " bits=elsewhere place=held\n"
		    "run start=0x40000 pages=2 state=none order=0 index=- anon_vma=- root=- bits=-"
		    " place=held\n");
}

static void indices_and_places(void **state)
{
	struct unit_text *f = *state;
	struct msc_page *page = &f->s.runs[0].page;

	page->delta = 3;
	page->order = 9;
	page->bits = MSC_PAGE_HUGE | MSC_SEAM_TORN;
	assert_rest(f, "state=anon order=9 index=+3 anon_vma=a1 root=a1 bits=huge place=torn");
	page->delta = (msc_u64)-2;
	page->bits = MSC_PAGE_OFF_CHAIN | MSC_PAGE_TWICE | MSC_PAGE_UNSURE | MSC_SEAM_UNPROVED;
	assert_rest(f, "state=anon order=9 index=-2 anon_vma=a1 root=a1 bits=off-chain,twice,unsure"
		    " place=unproved");
}

static void swap_entries(void **state)
{
	static const struct {
		enum msc_page_state state;
		msc_u64 anon_vma, delta;
		msc_u32 bits;
		bool known;
		const char *rest;
	} rows[] = {
		{ MSC_PAGE_SWAP, 0, 0, MSC_PAGE_EXCLUSIVE, true,
		  "state=swap order=0 index=- anon_vma=- root=- bits=exclusive place=held"
		  " swapin=read" },
		{ MSC_PAGE_SWAP, 0, 0, 0, false,
		  "state=swap order=0 index=- anon_vma=- root=- bits=- place=held swapin=unknown" },
		{ MSC_PAGE_SWAP, 0, 0, MSC_PAGE_SWAPIN_UNKNOWN, true,
		  "state=swap order=0 index=- anon_vma=- root=- bits=- place=held swapin=unknown" },
		/* Read ahead, and mapped by nobody yet. */
		{ MSC_PAGE_SWAP_CACHED, 0, 5, 0, true,
		  "state=swapcache order=0 index=- anon_vma=- root=- bits=- place=held"
		  " swapin=use" },
		{ MSC_PAGE_SWAP_CACHED, PLAIN, 0, MSC_PAGE_EXCLUSIVE, true,
		  "state=swapcache order=0 index=match anon_vma=a1 root=- bits=exclusive place=held"
		  " swapin=use" },
		{ MSC_PAGE_SWAP_CACHED, PLAIN, 2, MSC_PAGE_COPY, true,
		  "state=swapcache order=0 index=+2 anon_vma=a1 root=- bits=- place=held"
		  " swapin=copy" },
		{ MSC_PAGE_SWAP_CACHED, PLAIN, 2, MSC_PAGE_COPY | MSC_PAGE_UNSURE, true,
		  "state=swapcache order=0 index=+2 anon_vma=a1 root=- bits=unsure place=held"
		  " swapin=unknown" },
		{ MSC_PAGE_SWAP_CACHED, 0, 0, MSC_PAGE_KSM_FOLIO | MSC_PAGE_SWAPIN_UNKNOWN, true,
		  "state=swapcache order=0 index=- anon_vma=- root=- bits=ksm place=held"
		  " swapin=unknown" },
	};
	struct unit_text *f = *state;
	unsigned int i;

	for (i = 0; i < MSC_ARRAY_SIZE(rows); i++) {
		f->s.facts.swap_cache = rows[i].known;
		f->s.runs[0].page = (struct msc_page){
			.state = (msc_u8)rows[i].state, .anon_vma = rows[i].anon_vma,
			.delta = rows[i].delta, .bits = rows[i].bits,
		};
		assert_int_equal(msc_snapshot_number(&f->s), 0);
		assert_rest(f, rows[i].rest);
	}
}

static void mapcounts(void **state)
{
	struct unit_text *f = *state;
	struct msc_page *page = &f->s.runs[0].page;

	f->s.facts.deep = 1;
	page->mapcount = 3;
	page->reached = 2;
	page->bits = MSC_PAGE_COUNTED;
	assert_rest(f, "state=anon order=0 index=match anon_vma=a1 root=a1 bits=- place=held"
		    " mapcount=3 reached=2");
	page->bits = 0;
	assert_rest(f, "state=anon order=0 index=match anon_vma=a1 root=a1 bits=- place=held"
		    " mapcount=unknown reached=unknown");
	page->state = MSC_PAGE_KSM;
	assert_rest(f, "state=ksm order=0 index=- anon_vma=a1 root=a1 bits=- place=held");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		text_test(lines),
		text_test(indices_and_places),
		text_test(swap_entries),
		text_test(mapcounts),
	};

	return cmocka_run_group_tests_name("run_text", tests, NULL, NULL);
}
