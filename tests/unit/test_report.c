// SPDX-License-Identifier: GPL-2.0
/* report: whole reports byte for byte, each part, and the values that those do not show. */
#include "unit.h"
#include "address_space.h"
#include "facts_text.h"
#include "format.h"
#include "report.h"

static int set_up(void **state)
{
	static struct unit_text f;

	unit_text_init(&f, MSC_SECTION_VMAS);
	*state = &f;
	return 0;
}

static char *read_golden(const char *kernel)
{
	static char text[64 << 10];
	char path[4096];
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.txt", UNIT_GOLDEN, kernel);
	file = fopen(path, "r");
	assert_non_null(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	assert_true(len > 0 && feof(file));
	fclose(file);
	text[len] = '\0';
	return text;
}

/* Compare line by line, so that a difference is a line and not two reports. */
static void assert_report(struct unit_sink *sink, char *golden)
{
	char *have = sink->text, *want = golden;

	while (*have && *want) {
		size_t have_len = strcspn(have, "\n"), want_len = strcspn(want, "\n");

		assert_int_equal(have[have_len], '\n');
		have[have_len] = '\0';
		want[want_len] = '\0';
		assert_string_equal(have, want);
		have += have_len + 1;
		want += want_len + 1;
	}
	assert_string_equal(have, want);
}

static void golden(struct unit_text *f, enum unit_kernel_id k)
{
	msc_u64 part;

	unit_address_space(&f->s, k);
	/* header, 2 policies, 5 files, 12 VMAs, end */
	assert_int_equal(msc_report_parts(&f->s), 21);
	for (part = 0; part < 21; part++)
		msc_report_part(&f->sink.sink, &f->s, part);
	assert_int_equal(strlen(f->sink.text), f->sink.len);
	assert_report(&f->sink, read_golden(unit_kernels[k].name));
}

static void golden_6_1(void **state)
{
	golden(*state, K_6_1);
}

static void golden_6_12(void **state)
{
	golden(*state, K_6_12);
}

static void golden_7_2(void **state)
{
	golden(*state, K_7_2);
}

static void golden_7_3(void **state)
{
	golden(*state, K_7_3);
}

/* A part is the line of its kind, whole, with its newline: a reader may get each alone. */
static void parts_are_the_part_functions(void **state)
{
	struct unit_text *f = *state;
	struct unit_sink alone;
	unsigned int i;

	unit_sink_init(&alone);
	unit_address_space(&f->s, K_7_3);
	for (i = 0; i < 21; i++) {
		if (i == 0)
			msc_report_header(&alone.sink, &f->s);
		else if (i <= 2)
			msc_report_policy(&alone.sink, &f->s, i - 1);
		else if (i <= 7)
			msc_report_file(&alone.sink, &f->s, i - 3);
		else if (i <= 19)
			msc_report_vma(&alone.sink, &f->s, i - 8);
		else
			msc_report_end(&alone.sink, &f->s);
		assert_true(alone.len > 0);
		assert_int_equal(alone.text[alone.len - 1], '\n');
		msc_report_part(&f->sink.sink, &f->s, i);
		assert_sink(&f->sink, alone.text);
		unit_sink_clear(&alone);
	}
	unit_sink_free(&alone);
}

/* Parts are counted in 64 bits: more policies and VMAs than 32 bits hold are no wrap. */
static void number_of_parts(void **state)
{
	struct unit_text *f = *state;

	assert_int_equal(msc_report_parts(&f->s), 2);
	f->s.nr_vmas = 70000;
	assert_int_equal(msc_report_parts(&f->s), 70002);
	f->s.nr_policies = 7;
	assert_int_equal(msc_report_parts(&f->s), 70009);
	f->s.nr_vmas = UINT32_MAX;
	assert_int_equal(msc_report_parts(&f->s), (1ULL << 32) + 8);
	f->s.nr_vmas = 0;
	f->s.nr_policies = 0;
}

static void nothing_mapped(void **state)
{
	struct unit_text *f = *state;

	f->s.facts = unit_kernels[K_6_12].facts;
	msc_report_part(&f->sink.sink, &f->s, 0);
	assert_int_equal(strncmp(f->sink.text, "mergescope ", 11), 0);
	unit_sink_clear(&f->sink);
	msc_report_part(&f->sink.sink, &f->s, 1);
	assert_sink(&f->sink, "end vmas=0 place=held\n");
	/* What lies behind the last VMA seen may have been mapped after the lock was let go. */
	f->s.end_bits = MSC_SEAM_UNPROVED;
	msc_report_end(&f->sink.sink, &f->s);
	assert_sink(&f->sink, "end vmas=0 place=unproved\n");
	f->s.end_bits = MSC_SEAM_TORN;
	msc_report_end(&f->sink.sink, &f->s);
	assert_sink(&f->sink, "end vmas=0 place=torn\n");
}

static void header_of_an_unread_series(void **state)
{
	struct unit_text *f = *state;

	f->s.facts = (struct msc_facts){
		.release = "7.9 \"x\"", .merge_rules = "7.3", .merge_any = 1, .deep = 1,
		.sizes = { 192, 104, 64 },
	};
	f->s.target = (struct msc_target){
		.pid = 4194303, .comm = "", .map_count = 65530, .total_vm = 9, .data_vm = 8,
		.exec_vm = 7, .stack_vm = 6, .shared_lock = 1,
	};
	f->s.lock = (struct msc_lock_stats){
		.held_us = UINT64_MAX, .longest_us = 12, .retries = UINT32_MAX,
	};
	msc_report_header(&f->sink.sink, &f->s);
	assert_sink(&f->sink,
		    "mergescope format=1 version=" MSC_VERSION " kernel=\"7.9 \\042x\\042\" "
		    "merge_rules=7.3 merge_rules_known=no sections=vmas pointers=no deep=yes\n"
		    "process pid=4194303 comm=\"\" merge_any=no mergeable=no map_count=65530 "
		    "vmas=0 total_vm=9 data_vm=8 exec_vm=7 stack_vm=6 shared_lock=yes\n"
		    "lock consistent=proved torn=0 let_go=0 retries=4294967295 "
		    "held_us=18446744073709551615 longest_us=12\n"
		    "rules ignored_flags=- close_blocks=source unfaulted_adopts=no anon_pgoff=no "
		    "lock_seq=no ksm_flag_early=no swap_cache=no ksm_excluded=- vma_bytes=192 "
		    "anon_vma_bytes=104 avc_bytes=64\n");
}

/* Torn beats all; without a sequence only a lock that was never let go proves anything. */
static void consistency(void **state)
{
	static const struct {
		msc_u32 torn, let_go;
		msc_bool lock_seq;
		const char *want;
	} cases[] = {
		{ 0, 0, 0, " consistent=proved " },
		{ 0, 0, 1, " consistent=proved " },
		{ 0, 1, 0, " consistent=unknown " },
		{ 0, 1, 1, " consistent=proved " },
		{ 1, 1, 1, " consistent=torn torn=1 let_go=1 " },
		{ 2, 5, 1, " consistent=torn torn=2 let_go=5 " },
		{ 1, 1, 0, " consistent=torn " },
	};
	struct unit_text *f = *state;
	unsigned int i;

	for (i = 0; i < MSC_ARRAY_SIZE(cases); i++) {
		f->s.facts = unit_kernels[K_7_3].facts;
		f->s.facts.lock_seq = cases[i].lock_seq;
		f->s.lock.torn = cases[i].torn;
		f->s.lock.let_go = cases[i].let_go;
		msc_report_header(&f->sink.sink, &f->s);
		assert_non_null(strstr(f->sink.text, cases[i].want));
		unit_sink_clear(&f->sink);
	}
}

static void merge_any_is_absent_yes_or_no(void **state)
{
	static const char *const want[] = {
		"merge_any=absent mergeable=no ", "merge_any=absent mergeable=yes ",
		"merge_any=absent mergeable=no ", "merge_any=absent mergeable=yes ",
		"merge_any=no mergeable=no ", "merge_any=no mergeable=yes ",
		"merge_any=yes mergeable=no ", "merge_any=yes mergeable=yes ",
	};
	struct unit_text *f = *state;
	unsigned int i;

	for (i = 0; i < MSC_ARRAY_SIZE(want); i++) {
		f->s.facts = unit_kernels[K_6_12].facts;
		f->s.facts.merge_any = i & 4;
		f->s.target.merge_any = i & 2;
		f->s.target.mergeable = i & 1;
		msc_report_header(&f->sink.sink, &f->s);
		assert_non_null(strstr(f->sink.text, want[i]));
		unit_sink_clear(&f->sink);
	}
}

/* Every mode of include/uapi/linux/mempolicy.h, by the names of mm/mempolicy.c:policy_modes[]. */
static void policy_modes(void **state)
{
	static const char *const modes[] = {
		"default", "prefer", "bind", "interleave", "local", "prefer-many",
		"weighted-interleave", "7", "65535",
	};
	struct unit_text *f = *state;
	unsigned int i;

	assert_int_equal(msc_snapshot_reserve(&f->s, 1), 0);
	for (i = 0; i < MSC_ARRAY_SIZE(modes); i++) {
		struct msc_policy policy = { .mode = i < 8 ? i : 65535 };
		char want[200];

		assert_int_equal(msc_snapshot_add_policy(&f->s, &policy), i + 1);
		msc_report_policy(&f->sink.sink, &f->s, i);
		snprintf(want, sizeof(want), "policy id=p%u mode=%s mode_flags=0x0 nodes=- "
			 "user_nodes=- home_node=0\n", i + 1, modes[i]);
		assert_sink(&f->sink, want);
	}
}

/* Node lists, against a list made bit by bit. */
static void node_lists(void **state)
{
	static const struct {
		unsigned int word;
		msc_u64 bits;
		const char *want;
	} cases[] = {
		{ 0, 0, "-" },
		{ 0, 1, "0" },
		{ 0, 2, "1" },
		{ 0, 3, "0-1" },
		{ 0, 4, "2" },
		{ 0, 6, "1-2" },
		{ 0, 0xa, "1,3" },
		{ 0, 0x75, "0,2,4-6" },
		{ 0, 1ULL << 63, "63" },
		{ 0, UINT64_MAX, "0-63" },
		{ 1, 1, "64" },
		{ 1, 3, "64-65" },
		{ 15, 1ULL << 63, "1023" },
		{ 15, 1ULL << 62, "1022" },
		{ 15, 3ULL << 62, "1022-1023" },
	};
	struct unit_text *f = *state;
	struct msc_policy *policy;
	unsigned int i;

	assert_int_equal(msc_snapshot_reserve(&f->s, 1), 0);
	policy = &f->s.policies[0];
	f->s.nr_policies = 1;
	for (i = 0; i < MSC_ARRAY_SIZE(cases); i++) {
		char want[300];

		*policy = (struct msc_policy){ .home_node = -1 };
		policy->nodes[cases[i].word] = cases[i].bits;
		msc_report_policy(&f->sink.sink, &f->s, 0);
		snprintf(want, sizeof(want), "policy id=p1 mode=default mode_flags=0x0 nodes=%s "
			 "user_nodes=- home_node=-\n", cases[i].want);
		assert_sink(&f->sink, want);

		*policy = (struct msc_policy){ .home_node = -1 };
		policy->user_nodes[cases[i].word] = cases[i].bits;
		msc_report_policy(&f->sink.sink, &f->s, 0);
		snprintf(want, sizeof(want), "policy id=p1 mode=default mode_flags=0x0 nodes=- "
			 "user_nodes=%s home_node=-\n", cases[i].want);
		assert_sink(&f->sink, want);
	}
	memset(policy->nodes, 0xff, sizeof(policy->nodes));
	policy->user_nodes[MSC_NODE_WORDS - 1] = 0;
	msc_report_policy(&f->sink.sink, &f->s, 0);
	assert_non_null(strstr(f->sink.text, " nodes=0-1023 user_nodes=- "));
}

static void pointers_only_on_request(void **state)
{
	struct unit_text *f = *state;
	const char *tail;

	unit_address_space(&f->s, K_7_3);
	msc_report_vma(&f->sink.sink, &f->s, 4);
	assert_null(strstr(f->sink.text, "ptr."));
	assert_null(strstr(f->sink.text, "ffff888"));
	unit_sink_clear(&f->sink);

	f->s.facts.pointers = 1;
	msc_report_vma(&f->sink.sink, &f->s, 4);
	tail = strstr(f->sink.text, " ptr.");
	assert_non_null(tail);
	assert_string_equal(tail, " ptr.vma=0xffff8883000002c0 ptr.anon_vma=0xffff888100000500 "
			    "ptr.root=0xffff888100000300 ptr.file=0x0 "
			    "ptr.uffd=0xffff888100002000\n");
	unit_sink_clear(&f->sink);

	/* the file is the VMA's own, and the pointers come after the verdict */
	msc_report_vma(&f->sink.sink, &f->s, 8);
	tail = strstr(f->sink.text, " diff.pgoff=");
	assert_non_null(tail);
	assert_string_equal(tail, " diff.pgoff=0x6:0x10 ptr.vma=0xffff888300000580 "
			    "ptr.anon_vma=0x0 ptr.root=0x0 ptr.file=0xffff888200000200 "
			    "ptr.uffd=0x0\n");
}

static void perms(void **state)
{
	static const char *const want[] = {
		"---p", "r--p", "-w-p", "rw-p", "--xp", "r-xp", "-wxp", "rwxp",
		"---s", "r--s", "-w-s", "rw-s", "--xs", "r-xs", "-wxs", "rwxs",
	};
	struct unit_text *f = *state;
	struct msc_vma *vma;
	unsigned int i;

	assert_int_equal(msc_snapshot_reserve(&f->s, 1), 0);
	f->s.facts = unit_kernels[K_6_1].facts;
	vma = msc_snapshot_add_vma(&f->s);
	for (i = 0; i < MSC_ARRAY_SIZE(want); i++) {
		char field[20];

		vma->flags = (i & 1 ? MSC_VM(RD) : 0) | (i & 2 ? MSC_VM(WR) : 0) |
			     (i & 4 ? MSC_VM(EX) : 0) | (i & 8 ? MSC_VM(MS) : 0);
		snprintf(field, sizeof(field), " perms=%s ", want[i]);
		msc_report_vma(&f->sink.sink, &f->s, 0);
		assert_non_null(strstr(f->sink.text, field));
		unit_sink_clear(&f->sink);
		/*
		 * 's' is VM_MAYSHARE, as in maps: a read-only fd's mapping is shared without
		 * VM_SHARED
		 */
		vma->flags |= MSC_VM(SH);
		msc_report_vma(&f->sink.sink, &f->s, 0);
		assert_non_null(strstr(f->sink.text, field));
		unit_sink_clear(&f->sink);
	}
}

#define report_test(name) cmocka_unit_test_setup_teardown(name, set_up, unit_text_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		report_test(golden_6_1),
		report_test(golden_6_12),
		report_test(golden_7_2),
		report_test(golden_7_3),
		report_test(parts_are_the_part_functions),
		report_test(number_of_parts),
		report_test(nothing_mapped),
		report_test(header_of_an_unread_series),
		report_test(consistency),
		report_test(merge_any_is_absent_yes_or_no),
		report_test(policy_modes),
		report_test(node_lists),
		report_test(pointers_only_on_request),
		report_test(perms),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
