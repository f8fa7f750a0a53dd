// SPDX-License-Identifier: GPL-2.0
/* The parser of scenarios: what it makes of right lines (wrong ones: test_scenario_error.c). */
#include <errno.h>

#include "scenario.h"
#include "scenario_call.h"
#include "unit.h"

/* Parses @text, which must be right. */
static void parse(struct scenario *s, const char *text)
{
	struct scn_error error;
	int ret = scn_parse(s, text, strlen(text), &error);

	if (ret)
		fail_msg("line %d: %s", error.line, error.text);
}

static void assert_range(struct scn_range range, uint64_t first, uint64_t pages)
{
	assert_int_equal(range.first, first);
	assert_int_equal(range.pages, pages);
}

static void takes_the_opening_comment(void **state)
{
	struct scenario s;

	(void)state;
	parse(&s, "# A mapping moved\n#   and back.\n\nread(@0) # not this\n");
	assert_string_equal(s.title, "A mapping moved and back.");
	assert_int_equal(s.nr_lines, 1);
	assert_int_equal(s.lines[0].line, 4);
	assert_string_equal(s.lines[0].text, "read(@0)");
	scn_free(&s);
	/* The last line needs no end. */
	parse(&s, "#x\nread(@0)");
	assert_string_equal(s.title, "x");
	scn_free(&s);
}

static void resolves_regions(void **state)
{
	struct scenario s;

	(void)state;
	parse(&s, "#x\n"
		  "a = mmap(@0, 4p, rw, private|anon) = ok\n"
		  "touch(a)\n"
		  "touch(a[1..2])\n"
		  "a = mremap(a, 8p, to @100)\n"
		  "touch(a[7])\n"
		  "touch(@3..5)\n"
		  "h = brk(2p)\n"
		  "munmap(@9, 3p)\n"
		  "b = mremap(a[4..7], 2p)\n");
	assert_range(s.lines[0].region, 0, 4);
	assert_string_equal(s.lines[0].name, "a");
	assert_range(s.lines[1].args[0].range, 0, 4);
	assert_range(s.lines[2].args[0].range, 1, 2);
	assert_range(s.lines[3].args[0].range, 0, 4);
	assert_range(s.lines[3].region, 100, 8);
	assert_range(s.lines[4].args[0].range, 107, 1);
	assert_range(s.lines[5].args[0].range, 3, 3);
	assert_range(s.lines[6].region, SCN_HEAP, 2);
	assert_range(s.lines[7].args[0].range, 9, 3);
	assert_range(s.lines[8].args[0].range, 104, 4);
	assert_range(s.lines[8].region, 104, 2);
	scn_free(&s);
}

static void reads_arguments(void **state)
{
	struct scenario s;

	(void)state;
	parse(&s, "#x\n"
		  "f = memfd_create(\"a b\", 16p)\n"
		  "u = userfaultfd()\n"
		  "m = mmap(@0, 0x10p, rwx, shared, f, 3p) = EACCES\n"
		  "madvise(m, guard_install) = EINVAL\n"
		  "prctl(set_memory_merge, 1)\n"
		  "prctl(set_vma_anon_name, m, \"heap\")\n"
		  "prctl(set_vma_anon_name, m)\n"
		  "mremap(m, 16p, to @50, dontunmap)\n"
		  "uffdio_move(u, m[1], to @7)\n"
		  "mbind(m, bind, 1)\n"
		  "fill(m, 0x5a) = SIGSEGV\n"
		  "mlockall(current|future)\n"
		  "ksm(use_zero_pages, 1)\n");
	assert_string_equal(s.objects[0].name, "f");
	assert_false(s.objects[0].is_uffd);
	assert_true(s.objects[1].is_uffd);
	assert_string_equal(s.lines[0].args[0].text, "a b");
	assert_int_equal(s.lines[2].args[2].number, 7);
	assert_int_equal(s.lines[2].args[3].number, 1);
	assert_int_equal(s.lines[2].args[4].number, 0);
	assert_true(s.lines[2].args[4].given);
	assert_int_equal(s.lines[2].args[5].range.pages, 3);
	assert_int_equal(s.lines[2].result, -EACCES);
	assert_int_equal(s.lines[3].args[1].number, 102);
	assert_int_equal(s.lines[4].call->id, SCN_MERGE_ANY);
	assert_int_equal(s.lines[5].call->id, SCN_ANON_NAME);
	assert_string_equal(s.lines[5].args[1].text, "heap");
	assert_false(s.lines[6].args[1].given);
	assert_true(s.lines[7].args[3].given);
	assert_int_equal(s.lines[8].args[0].number, 1);
	assert_int_equal(s.lines[8].args[2].range.first, 7);
	assert_int_equal(s.lines[9].args[2].number, 1);
	assert_int_equal(s.lines[10].args[1].number, 0x5a);
	assert_int_equal(s.lines[10].result, 11);
	assert_int_equal(s.lines[11].args[0].number, 3);
	assert_int_equal(s.lines[12].args[0].number, 3);
	scn_free(&s);
}

static void knows_whose_step_it_is(void **state)
{
	struct scenario s;

	(void)state;
	parse(&s, "#x\n"
		  "a = mmap(@0, 4p, rw, private|anon)\n"
		  "fork c {\n"
		  "	a = mmap(@50, 1p, rw, private|anon)\n"
		  "	fork d {\n"
		  "		touch(a)\n"
		  "	}\n"
		  "	exit()\n"
		  "}\n"
		  "touch(a)\n"
		  "in d {\n"
		  "	execve()\n"
		  "}\n"
		  "fork e {\n}\n");
	assert_int_equal(s.nr_processes, 4);
	assert_string_equal(s.processes[1], "c");
	assert_int_equal(s.lines[1].kind, SCN_FORK);
	assert_int_equal(s.lines[1].process, 0);
	assert_int_equal(s.lines[1].child, 1);
	assert_int_equal(s.lines[2].process, 1);
	assert_int_equal(s.lines[3].process, 1);
	assert_int_equal(s.lines[3].child, 2);
	assert_int_equal(s.lines[4].process, 2);
	assert_range(s.lines[4].args[0].range, 50, 1);
	assert_int_equal(s.lines[5].process, 1);
	/* What a block binds ends with it. */
	assert_int_equal(s.lines[6].process, 0);
	assert_range(s.lines[6].args[0].range, 0, 4);
	assert_int_equal(s.lines[7].process, 2);
	scn_free(&s);
}

static void reads_guards(void **state)
{
	struct scenario s;

	(void)state;
	parse(&s, "#x\n"
		  "[kernel >= 6.4, not root]\n"
		  "[has swap]\n"
		  "a = mmap(@0, 4p, rw, private|anon) = ok [kernel < 6.17 or root, has ksm]\n"
		  "expect vmas() == 1 [config NUMA]\n");
	assert_int_equal(s.guards.nr, 3);
	assert_int_equal(s.guards.list[0].kind, SCN_GUARD_KERNEL);
	assert_int_equal(s.guards.list[0].compare, SCN_GE);
	assert_int_equal(s.guards.list[0].major, 6);
	assert_int_equal(s.guards.list[0].minor, 4);
	assert_int_equal(s.guards.list[1].kind, SCN_GUARD_ROOT);
	assert_true(s.guards.list[1].negated);
	assert_string_equal(s.guards.list[2].word, "swap");
	assert_int_equal(s.lines[0].guards.nr, 3);
	assert_int_equal(s.lines[0].guards.list[0].compare, SCN_LT);
	assert_false(s.lines[0].guards.list[0].alternative);
	assert_true(s.lines[0].guards.list[1].alternative);
	assert_false(s.lines[0].guards.list[2].alternative);
	assert_string_equal(s.lines[0].guards.list[2].word, "ksm");
	assert_string_equal(s.lines[0].text, "a = mmap(@0, 4p, rw, private|anon) = ok");
	assert_int_equal(s.lines[1].guards.list[0].kind, SCN_GUARD_CONFIG);
	assert_string_equal(s.lines[1].condition.text, "vmas() == 1");
	scn_free(&s);
}

static void reads_waits_and_lets(void **state)
{
	struct scenario s;

	(void)state;
	parse(&s, "#x\n"
		  "wait ksm 2 scans\n"
		  "wait until state(@0..3) == ksm max 5s\n"
		  "wait until vmas(@0) == 0 max 200ms\n"
		  "let before = anon_vma(@0)\n"
		  "let n = pgoff(@0) + 1\n"
		  "expect root(@1) == before\n"
		  "expect index(@1) == n - 1\n"
		  "expect anon_vma(@1) == none\n"
		  "expect anon_pgoff(@1) == absent\n"
		  "let before = anon_vma(@7)\n");
	assert_int_equal(s.lines[0].kind, SCN_WAIT_KSM);
	assert_int_equal(s.lines[0].scans, 2);
	assert_int_equal(s.lines[1].kind, SCN_WAIT_UNTIL);
	assert_int_equal(s.lines[1].max_ms, 5000);
	assert_int_equal(s.lines[2].max_ms, 200);
	assert_int_equal(s.lines[3].kind, SCN_LET);
	assert_int_equal(s.nr_lets, 2);
	assert_int_equal(s.lines[4].condition.left.plus, 1);
	assert_int_equal(s.lines[5].condition.right.kind, SCN_OPERAND_LET);
	assert_int_equal(s.lines[5].condition.right.number, 0);
	assert_int_equal(s.lines[6].condition.right.number, 1);
	assert_int_equal(s.lines[6].condition.right.plus, -1);
	assert_int_equal(s.lines[7].condition.right.kind, SCN_OPERAND_NONE);
	assert_int_equal(s.lines[8].condition.right.kind, SCN_OPERAND_NONE);
	assert_int_equal(s.lines[9].let, 0);
	scn_free(&s);
}

static void reads_conditions(void **state)
{
	struct scenario s;

	(void)state;
	parse(&s, "#x\n"
		  "a = mmap(@0, 4p, rw, private|anon) = ok\n"
		  "expect merged(a, @7)\n"
		  "expect apart(a[1], @7..8) because flags, anon-vma\n"
		  "expect apart(@0, @7) because hole\n"
		  "expect apart(@0, @7) because nothing\n"
		  "expect apart(@0, @7)\n"
		  "expect violates(folio-reach)\n"
		  "expect flags(a) has mg, ac\n"
		  "expect bits(a) lacks exclusive\n"
		  "expect name(a) == \"[anon:x]\"\n"
		  "expect ksm(a) = eligible\n"
		  "expect pgoff(a) == page(a[2]) + 3\n");
	assert_int_equal(s.lines[1].condition.kind, SCN_MERGED);
	assert_range(s.lines[1].condition.a, 0, 4);
	assert_range(s.lines[1].condition.b, 7, 1);
	assert_int_equal(s.lines[2].condition.because, B(FLAGS) | B(ANON_VMA));
	assert_range(s.lines[2].condition.a, 1, 1);
	assert_range(s.lines[2].condition.b, 7, 2);
	assert_true(s.lines[3].condition.because == SCN_BECAUSE_HOLE);
	assert_true(s.lines[4].condition.because == SCN_BECAUSE_NOTHING);
	assert_true(s.lines[5].condition.because == 0);
	assert_int_equal(s.lines[6].condition.kind, SCN_VIOLATES);
	assert_int_equal(s.lines[7].condition.kind, SCN_HAS);
	assert_true(s.lines[7].condition.right.number == (MSC_VM(MG) | MSC_VM(AC)));
	assert_int_equal(s.lines[8].condition.kind, SCN_LACKS);
	assert_string_equal(s.lines[9].condition.right.text, "[anon:x]");
	assert_int_equal(s.lines[10].condition.right.number, 1);
	assert_true(s.lines[11].condition.right.number == (SCN_ARENA >> 12) + 2);
	assert_int_equal(s.lines[11].condition.right.plus, 3);
	scn_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_opening_comment),
		cmocka_unit_test(resolves_regions),
		cmocka_unit_test(reads_arguments),
		cmocka_unit_test(knows_whose_step_it_is),
		cmocka_unit_test(reads_guards),
		cmocka_unit_test(reads_waits_and_lets),
		cmocka_unit_test(reads_conditions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
