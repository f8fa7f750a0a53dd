// SPDX-License-Identifier: GPL-2.0
/* reader_ksm: the section ksm is read back to equal records; and what is wrong in it is told. */
#include "unit.h"
#include "format.h"
#include "ksm_world.h"
#include "reading.h"
#include "same_snapshot.h"

/* Pages found through their own rmap_items have no line, but are read back; others have more. */
static void pages_of_ksm(void **state)
{
	struct reading *f = *state;
	struct msc_snapshot *s = &f->written;
	unsigned int k;

	for (k = 0; k < NR_KERNELS; k++) {
		msc_snapshot_free(s);
		unit_ksm_world(s, k);
		s->vmas[0].flags |= MSC_VM(MG);
		s->shown = MSC_SECTION_ALL;
		reading_assert_round_trip(f);
		assert_int_equal(f->read.nr_ksm_pages, 3);
		/* The first is not found any more, the last could not be locked. */
		s->rmap_items[ITEM_A].bits &= (msc_u8)~MSC_ITEM_ON_CHAIN;
		s->ksm_found[s->ksm_pages[PAGE_A].found].bits = MSC_FOUND_OWN;
		s->ksm_pages[PAGE_FORKED].bits = MSC_KSM_PAGE_UNSURE;
		s->ksm_pages[PAGE_FORKED].node = 0;
		s->stable_nodes[0].len = -1024;
		s->stable_nodes[1].page = MSC_NODE_PAGE_OTHER;
		s->stable_nodes[1].kpfn_off = -2;
		s->stable_nodes[0].kind = s->stable_nodes[1].kind = MSC_NODE_DUP;
		s->stable_nodes[1].chain = 0xd000;
		assert_int_equal(msc_snapshot_number(s), 0);
		reading_assert_round_trip(f);
		s->facts.pointers = 1;
		reading_assert_round_trip(f);
	}
}

/* The list is not in the order of addresses, as ksm-item-order tells: the pages still are. */
static void rmap_items_out_of_order(void **state)
{
	struct reading *f = *state;
	struct msc_snapshot *s = &f->written;
	struct msc_rmap_item first;

	unit_ksm_world(s, K_7_3);
	s->vmas[0].flags |= MSC_VM(MG);
	s->shown = MSC_SECTION_ALL;
	first = s->rmap_items[ITEM_A];
	s->rmap_items[ITEM_A] = s->rmap_items[ITEM_IDLE];
	s->rmap_items[ITEM_IDLE] = first;
	s->ksm_pages[PAGE_A].item = ITEM_IDLE + 1;
	reading_assert_round_trip(f);
	assert_int_equal(f->read.ksm_pages[PAGE_A].addr, 0x10000);
}

/* ksmd did not let go of the mm's list: the pages were found through their nodes' lists. */
static void pages_without_rmap_items(void **state)
{
	struct reading *f = *state;
	struct msc_snapshot *s = &f->written;

	unit_ksm_world(s, K_7_3);
	s->shown = MSC_SECTION_ALL;
	s->ksm.lists = MSC_KSM_BUSY;
	s->nr_rmap_items = 0;
	s->ksm_pages[PAGE_A].item = 0;
	s->ksm_pages[PAGE_B].item = 0;
	/* And one list was too long to be looked at whole, which no longer matters. */
	s->ksm_pages[PAGE_B].bits |= MSC_KSM_PAGE_MORE;
	reading_assert_round_trip(f);
	assert_int_equal(f->read.nr_ksm_pages, 3);
}

/* With a VMA seen twice, a line still finds its own. */
static void page_of_an_overlapping_vma(void **state)
{
	struct reading *f = *state;
	struct msc_snapshot *s = &f->written;

	unit_ksm_world(s, K_7_2);
	s->shown = MSC_SECTION_ALL;
	s->vmas[1] = s->vmas[0];
	s->vmas[1].bits |= MSC_SEAM_TORN;
	s->vmas[1].anon_pgoff = s->vmas[1].pgoff += 1;
	s->runs[1].start = 0x12000;
	s->lock.torn = 1;
	s->ksm_pages[PAGE_B].vma = 1;
	s->ksm_pages[PAGE_B].first++;
	s->ksm_pages[PAGE_B].last++;
	reading_assert_round_trip(f);
	assert_int_equal(f->read.ksm_pages[PAGE_B].vma, 1);
}

static void ksm_that_is_off(void **state)
{
	struct reading *f = *state;

	unit_world(&f->written, K_7_3);
	f->written.facts.ksm_off = "no \"symbol\"";
	f->written.ksm.lists = MSC_KSM_OFF;
	reading_assert_round_trip(f);
	assert_string_equal(f->read.facts.ksm_off, "no \"symbol\"");
}

/* What an rmap_item's state has no use for is not taken for a fact: found by fuzzing. */
static void rmap_item_of_a_state(void **state)
{
	struct reading *f = *state;
	struct msc_reader_error error;
	char text[8192], *at;

	unit_ksm_world(&f->written, K_7_3);
	f->written.shown = MSC_SECTION_ALL;
	reading_write(&f->sink, &f->written);
	at = strstr(f->sink.text, " scans_ago=-");
	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s scans_ago=2%s", (int)(at - f->sink.text), f->sink.text,
		 at + strlen(" scans_ago=-"));
	assert_int_equal(reading_text(f, text, &error), 0);
	unit_assert_same(&f->read, &f->written);
}

/* The line ksm. */
#define KSM_LINE 22

static const struct reading_spoilt spoilt_ksm[] = {
	{ "\nksm_page ", "\nksm lists=off\nksm_page ", KSM_LINE + 6,
	  "a line ksm, expected it before the lines rmap_item" },
	{ "\nstable_node ", "\nksm lists=off\nstable_node ", KSM_LINE + 1, "a second line ksm" },
	{ "seen=all", "seen=most", KSM_LINE + 6, "seen=most, expected all, part or no" },
	{ "lists=read", "lists=half", KSM_LINE, "lists=half, expected one of off read" },
	{ "scans=0", "scans=none", KSM_LINE, "scans=none, expected a decimal number" },
	{ "stable_node id=n1", "stable_node id=n2", KSM_LINE + 1, "id=n2, expected n1" },
	{ "kind=tree", "kind=bush", KSM_LINE + 1, "kind=bush, expected one of unknown tree" },
	{ " len=2", " len=2x", KSM_LINE + 1, "len=2x, expected a decimal number of 32 bits" },
	{ " len=2", " len=-", KSM_LINE + 1, "len=-, expected a decimal number of 32 bits" },
	{ " len=2", " len=2147483648", KSM_LINE + 1, "len=2147483648, expected" },
	{ "nid=0 chain=-", "nid=0 chain=n1", KSM_LINE + 1, "chain=n1, expected" },
	{ "page=match", "page=other", KSM_LINE + 1, "kpfn_off" },
	{ "state=stable", "state=still", KSM_LINE + 3, "state=still, expected one of idle" },
	{ "node=n1", "node=n9", KSM_LINE + 3, "node=n9, expected the id of a line before" },
	{ "now=maps", "now=map", KSM_LINE + 3, "now=map, expected one of - maps" },
	{ "listed=yes", "wrong=all listed=yes", KSM_LINE + 3, "wrong=all, expected mm or address" },
	{ "ksm_page addr=0x20000", "ksm_page addr=0x90000", KSM_LINE + 6, "is no VMA's" },
	{ "ksm_page addr=0x20000", "other addr=0x20000", KSM_LINE + 7,
	  "a line found, expected a line ksm_page before it" },
};

static void spoilt_pages_of_ksm(void **state)
{
	struct reading *f = *state;
	unsigned int i;

	unit_ksm_world(&f->written, K_7_3);
	f->written.shown = MSC_SECTION_ALL;
	f->written.vmas[0].flags |= MSC_VM(MG);
	for (i = 0; i < MSC_ARRAY_SIZE(spoilt_ksm); i++)
		reading_assert_spoilt(f, &spoilt_ksm[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		reader_test(pages_of_ksm),
		reader_test(rmap_items_out_of_order),
		reader_test(pages_without_rmap_items),
		reader_test(page_of_an_overlapping_vma),
		reader_test(ksm_that_is_off),
		reader_test(rmap_item_of_a_state),
		reader_test(spoilt_pages_of_ksm),
	};

	return cmocka_run_group_tests_name("reader_ksm", tests, NULL, NULL);
}
