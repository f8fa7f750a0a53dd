// SPDX-License-Identifier: GPL-2.0
/* anon_text: the lines of the sections anon_vmas and check, and the parts of a report. */
#include "unit.h"
#include "anon_text.h"
#include "report.h"
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

static void anon_vma_lines(void **state)
{
	struct unit_text *f = *state;
	msc_u32 i;

	for (i = 0; i < 3; i++)
		msc_report_anon_vma(&f->sink.sink, &f->s, i);
	assert_sink(&f->sink,
		    "anon_vma id=a1 root=a1 parent=a1 refcount=1 children=1 active=1"
		    " found_children=1 found_active=1 here=1 elsewhere=0\n"
		    "anon_vma id=a2 root=a3 parent=a3 refcount=1 children=0 active=1"
		    " found_children=0 found_active=1 here=1 elsewhere=0\n"
		    "anon_vma id=a3 root=a3 parent=a3 refcount=2 children=2 active=1"
		    " found_children=2 found_active=1 here=1 elsewhere=1\n");
}

/* What was not counted is not said to be anything. */
static void anon_vma_of_a_large_tree(void **state)
{
	struct unit_text *f = *state;

	f->s.anon_vmas[2].counted = 0;
	f->s.anon_vmas[2].avcs_elsewhere = 65000;
	f->s.facts.pointers = 1;
	msc_report_anon_vma(&f->sink.sink, &f->s, 2);
	assert_sink(&f->sink,
		    "anon_vma id=a3 root=a3 parent=a3 refcount=2 children=2 active=1"
		    " found_children=unknown found_active=unknown here=1 elsewhere=65000"
		    " ptr.anon_vma=0x4000\n");
	f->s.anon_vmas[2].partial = 1;
	f->s.facts.pointers = 0;
	unit_sink_clear(&f->sink);
	msc_report_anon_vma(&f->sink.sink, &f->s, 2);
	assert_sink(&f->sink,
		    "anon_vma id=a3 root=a3 parent=a3 refcount=2 children=2 active=1"
		    " found_children=unknown found_active=unknown"
		    " here=unknown elsewhere=unknown\n");
}

static void avc_lines(void **state)
{
	struct unit_text *f = *state;
	msc_u32 i;

	for (i = 0; i < 3; i++)
		msc_report_avc(&f->sink.sink, &f->s, i);
	assert_sink(&f->sink,
		    "avc start=0x10000 anon_vma=a1 first=0x110 last=0x113 subtree_last=0x113"
		    " link=linked\n"
		    "avc start=0x20000 anon_vma=a2 first=0x120 last=0x123 subtree_last=0x123"
		    " link=linked\n"
		    "avc start=0x20000 anon_vma=a3 first=0x120 last=0x123 subtree_last=0x150"
		    " link=linked\n");
}

/* The most that is wrong is what is said. */
static void avc_links(void **state)
{
	static const struct {
		msc_u8 bits;
		const char *link;
	} rows[] = {
		{ 0, "other-vma of=0x14000" },
		{ MSC_AVC_SEARCHED | MSC_AVC_FOUND | MSC_AVC_CACHED, "other-vma of=0x14000" },
		{ MSC_AVC_BACK, "unknown" },
		{ MSC_AVC_BACK | MSC_AVC_SEARCHED, "not-found" },
		{ MSC_AVC_BACK | MSC_AVC_SEARCHED | MSC_AVC_CACHED, "not-found" },
		{ MSC_AVC_BACK | MSC_AVC_SEARCHED | MSC_AVC_FOUND, "cached-range" },
		{ MSC_AVC_BACK | MSC_AVC_SEARCHED | MSC_AVC_FOUND | MSC_AVC_CACHED, "linked" },
	};
	struct unit_text *f = *state;
	char line[200];
	unsigned int i;

	f->s.facts.pointers = 1;
	f->s.avcs[0].of = f->s.vmas[1].self;
	for (i = 0; i < MSC_ARRAY_SIZE(rows); i++) {
		f->s.avcs[0].bits = rows[i].bits;
		msc_report_avc(&f->sink.sink, &f->s, 0);
		snprintf(line, sizeof(line), "avc start=0x10000 anon_vma=a1 first=0x110"
			 " last=0x113 subtree_last=0x113 link=%s ptr.avc=0x1\n", rows[i].link);
		assert_sink(&f->sink, line);
	}
}

/* Of an anon_vma that another one was at the address of. */
static void avc_of_another_origin(void **state)
{
	struct unit_text *f = *state;

	f->s.anon_vmas[1].root = PLAIN;
	msc_report_avc(&f->sink.sink, &f->s, 1);
	assert_sink(&f->sink, "avc start=0x20000 anon_vma=a2 root=a3 first=0x120 last=0x123"
			      " subtree_last=0x123 link=linked\n");
	f->s.anon_vmas[1].root = PARENTS;
	f->s.anon_vmas[1].parent = PLAIN;
	msc_report_avc(&f->sink.sink, &f->s, 1);
	assert_sink(&f->sink, "avc start=0x20000 anon_vma=a2 parent=a3 first=0x120 last=0x123"
			      " subtree_last=0x123 link=linked\n");
}

/* Of another process, or nothing at all. */
static void avc_of_a_stranger(void **state)
{
	struct unit_text *f = *state;

	f->s.avcs[0].bits = 0;
	f->s.avcs[0].of = STRANGER;
	msc_report_avc(&f->sink.sink, &f->s, 0);
	assert_sink(&f->sink, "avc start=0x10000 anon_vma=a1 first=0x110 last=0x113"
			      " subtree_last=0x113 link=other-vma of=-\n");
}

static void check_lines(void **state)
{
	struct unit_text *f = *state;
	msc_u32 i;

	f->s.anon_vmas[2].counted = 0;
	for (i = 0; i < MSC_NR_RULES; i++)
		msc_report_rule(&f->sink.sink, &f->s, i);
	assert_sink(&f->sink,
		    "check rule=vma-order checked=10 violations=0 unknown=0\n"
		    "check rule=vma-account checked=4 violations=0 unknown=0\n"
		    "check rule=avc-linked checked=8 violations=0 unknown=0\n"
		    "check rule=avc-root checked=3 violations=0 unknown=0\n"
		    "check rule=anon-vma-counts checked=4 violations=0 unknown=2\n"
		    "check rule=vma-anon-present checked=8 violations=0 unknown=0\n"
		    "check rule=folio-index checked=8 violations=0 unknown=0\n"
		    "check rule=folio-root checked=8 violations=0 unknown=0\n"
		    "check rule=folio-reach checked=8 violations=0 unknown=0\n"
		    "check rule=folio-exclusive checked=8 violations=0 unknown=0\n"
		    "check rule=folio-once checked=8 violations=0 unknown=0\n"
		    "check rule=swap-index checked=0 violations=0 unknown=0\n"
		    "check rule=folio-mapcount checked=0 violations=0 unknown=0\n"
		    "check rule=ksm-flag checked=0 violations=0 unknown=0\n"
		    "check rule=ksm-reach checked=0 violations=0 unknown=0\n"
		    "check rule=ksm-protect checked=0 violations=0 unknown=0\n"
		    "check rule=ksm-item checked=0 violations=0 unknown=0\n"
		    "check rule=ksm-item-anon checked=0 violations=0 unknown=0\n"
		    "check rule=ksm-item-order checked=0 violations=0 unknown=0\n"
		    "check rule=ksm-node checked=0 violations=0 unknown=0\n");
}

/* Each kind of value: none, decimal, hex, an id; of the mm, of a VMA, of pages. */
static void violation_lines(void **state)
{
	struct unit_text *f = *state;

	f->s.target.map_count = 6;
	msc_report_rule(&f->sink.sink, &f->s, MSC_RULE_VMA_ORDER);
	assert_sink(&f->sink,
		    "check rule=vma-order checked=10 violations=1 unknown=0\n"
		    "violation rule=vma-order addr=0x0 what=map_count expected=5 found=6"
		    " anon_vma=-\n");
	f->s.avcs[1].bits = MSC_AVC_BACK | MSC_AVC_SEARCHED;
	f->s.avcs[1].anon_vma = STRANGER;
	msc_report_rule(&f->sink.sink, &f->s, MSC_RULE_AVC_LINKED);
	assert_sink(&f->sink,
		    "check rule=avc-linked checked=8 violations=2 unknown=0\n"
		    "violation rule=avc-linked addr=0x20000 what=not-found expected=0x123 found=-"
		    " anon_vma=a2\n"
		    "violation rule=avc-linked addr=0x20000 what=own-not-on-chain expected=a2"
		    " found=- anon_vma=a2\n");
	f->s.runs[3].page.delta = 1;
	msc_report_rule(&f->sink.sink, &f->s, MSC_RULE_FOLIO_INDEX);
	assert_sink(&f->sink,
		    "check rule=folio-index checked=8 violations=2 unknown=0\n"
		    "violation rule=folio-index addr=0x22000 pages=2 what=index expected=0x122"
		    " found=0x123 anon_vma=a3\n");
}

static unsigned int count(const char *text, const char *what)
{
	unsigned int nr = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		nr++;
	}
	return nr;
}

/* Empty VMAs, so many; as many lines as fit, and all of them counted. */
static void many_violations(void **state)
{
	static const unsigned int numbers[] = { 99, 100, 101, 250 };
	struct unit_text *f = *state;
	unsigned int i, n;
	char line[100];

	for (i = 0; i < MSC_ARRAY_SIZE(numbers); i++) {
		msc_snapshot_clear(&f->s);
		assert_int_equal(msc_snapshot_reserve(&f->s, 300), 0);
		for (n = 1; n <= numbers[i]; n++) {
			struct msc_vma *vma = msc_snapshot_add_vma(&f->s);

			vma->start = 0x1000ULL * n;
			vma->end = vma->start;
		}
		f->s.target.map_count = numbers[i];
		msc_report_rule(&f->sink.sink, &f->s, MSC_RULE_VMA_ORDER);
		snprintf(line, sizeof(line), "check rule=vma-order checked=%u violations=%u"
			 " unknown=0\n", 2 * numbers[i], numbers[i]);
		assert_memory_equal(f->sink.text, line, strlen(line));
		assert_int_equal(count(f->sink.text, "\n"),
				 1 + (numbers[i] > 100 ? 100 : numbers[i]));
		/* The first ones. */
		assert_int_equal(count(f->sink.text, "addr=0x1000 "), 1);
		assert_int_equal(count(f->sink.text, "addr=0x63000 "), 1);
		assert_int_equal(count(f->sink.text, "addr=0x65000 "), 0);
		unit_sink_clear(&f->sink);
	}
}

/* A run of pages is one line, however many violations it is. */
static void many_pages(void **state)
{
	struct unit_text *f = *state;

	f->s.vmas[0].end = f->s.vmas[0].start + (5000ULL << 12);
	f->s.runs[0].pages = 5000;
	f->s.runs[0].page.delta = 1;
	msc_report_rule(&f->sink.sink, &f->s, MSC_RULE_FOLIO_INDEX);
	assert_sink(&f->sink,
		    "check rule=folio-index checked=5004 violations=5000 unknown=0\n"
		    "violation rule=folio-index addr=0x10000 pages=5000 what=index expected=0x110"
		    " found=0x111 anon_vma=a1\n");
}

/* The first words of the lines of the report of the sections @shown, without repetitions. */
static void assert_sections(struct unit_text *f, msc_u32 shown, msc_u64 parts, const char *expected)
{
	char words[400] = "", word[40];
	const char *line, *last = "";
	msc_u64 part;

	f->s.shown = shown;
	assert_int_equal(msc_report_parts(&f->s), parts);
	for (part = 0; part < parts; part++)
		msc_report_part(&f->sink.sink, &f->s, part);
	for (line = f->sink.text; *line; line = strchr(line, '\n') + 1) {
		snprintf(word, sizeof(word), "%.*s ", (int)strcspn(line, " "), line);
		if (strcmp(last, word))
			strcat(words, word);
		last = words + strlen(words) - strlen(word);
	}
	unit_sink_clear(&f->sink);
	assert_string_equal(words, expected);
}

static void parts_of_each_section(void **state)
{
	struct unit_text *f = *state;

	assert_sections(f, 0, 2, "mergescope process lock rules end ");
	assert_sections(f, MSC_SECTION_VMAS, 7, "mergescope process lock rules vma end ");
	assert_sections(f, MSC_SECTION_ANON_VMAS, 8,
			"mergescope process lock rules anon_vma avc end ");
	assert_sections(f, MSC_SECTION_FOLIOS, 8, "mergescope process lock rules run end ");
	assert_sections(f, MSC_SECTION_KSM, 2 + 1 + 5, "mergescope process lock rules ksm end ");
	assert_sections(f, MSC_SECTION_CHECK, 2 + 1 + MSC_NR_RULES,
			"mergescope process lock rules ksm check end ");
	f->s.target.map_count = 0;
	f->s.anon_vmas[0].children = 5;
	assert_sections(f, MSC_SECTION_WHATIF, 2 + MSC_NR_WHATIFS - 1,
			"mergescope process lock rules whatif end ");
	assert_sections(f, MSC_SECTION_ALL,
			2 + 5 + 3 + 3 + 6 + 6 + MSC_NR_RULES + MSC_NR_WHATIFS - 1,
			"mergescope process lock rules vma anon_vma avc run ksm check violation "
			"check violation check whatif end ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		text_test(anon_vma_lines),
		text_test(anon_vma_of_a_large_tree),
		text_test(avc_lines),
		text_test(avc_links),
		text_test(avc_of_another_origin),
		text_test(avc_of_a_stranger),
		text_test(check_lines),
		text_test(violation_lines),
		text_test(many_violations),
		text_test(many_pages),
		text_test(parts_of_each_section),
	};

	return cmocka_run_group_tests_name("anon_text", tests, NULL, NULL);
}
