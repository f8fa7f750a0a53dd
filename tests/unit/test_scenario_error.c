// SPDX-License-Identifier: GPL-2.0
/* The parser of scenarios: every message it has, and the line it names. */
#include <errno.h>

#include "scenario.h"
#include "unit.h"

#define A "#x\na = mmap(@0, 4p, rw, private|anon)\n"
#define LONG40 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

#define FACTS "active, anon_pgoff, anon_vma, avcs, bits, children, data_vm, " \
	"end, exec_vm, file, flags, index, kind, ksm, ksm_by, ksm_flag, map_count, " \
	"merge_any, mergeable, name, order, page_anon_vma, pgoff, policy, root, " \
	"stack_vm, start, state, swapin, total_vm, uffd, vmas, merging_pages, reach, " \
	"rmap_item, rmap_item_anon_vma, rmap_item_index, rmap_item_node, " \
	"rmap_item_now, rmap_items, stable_node, zero_pages, concerned_special_ksm, " \
	"relocation_by, relocation_safe, vmas_early_ksm, vmas_relocate_anon, " \
	"vmas_special_ksm"
#define A_NUMBER "a number, page(@N), absent, or a let or a fact that is a number"

struct wrong {
	const char *text;
	int line;
	const char *message;
};

static const struct wrong characters[] = {
	{ "#x\nread(@0);\n", 2, "the character ';', expected none such" },
	{ "#x\nread(@0)\r\n", 2, "the byte 0x0d, expected text" },
	{ "#x\nread(@0) \x80\n", 2, "the byte 0x80, expected text" },
	{ "#x\nf = memfd_create(\"a, 4p)\n", 2, "a string without its end, expected '\"'" },
	{ "#x\nread(@99999999999999999999)\n", 2,
	  "a number of more than 64 bits, expected a smaller one" },
	{ "#x\n" LONG40 LONG40 LONG40 " = brk(1p)\n", 2,
	  "a word or string of 120 characters, expected at most 95" },
	{ "#x\n" LONG40 " = brk(1p)\n", 2, "a name of 40 characters, expected at most 31" },
};

static const struct wrong files[] = {
	{ "", 1, "no comment, expected a sentence of what the scenario shows" },
	{ "\n#x\n", 1, "no comment, expected a sentence of what the scenario shows" },
	{ "#\nread(@0)\n", 1, "no comment, expected a sentence of what the scenario shows" },
	{ "#x\n", 1, "a scenario without steps, expected at least one" },
	{ "#x\nread(@0)\n[root]\n", 3, "'[', expected a guard of the file before the first step" },
};

static const struct wrong calls[] = {
	{ "#x\nfork2()\n", 2, "'fork2', expected a call, fork, in, wait, let or expect" },
	{ "#x\n= 4\n", 2, "'=', expected a call, fork, in, wait, let or expect" },
	{ "#x\na =\n", 2, "the line ends, expected a call, fork, in, wait, let or expect" },
	{ "#x\nread @0\n", 2, "'@', expected '('" },
	{ "#x\nread()\n", 2, "')', expected read(RANGE)" },
	{ "#x\nread(@0, @1)\n", 2, "',', expected read(RANGE)" },
	{ "#x\nfill(@0)\n", 2, "')', expected fill(RANGE, BYTE)" },
	{ "#x\nread(@0) x\n", 2, "'x', expected the end of the line" },
	{ "#x\nread(@0) = 0\n", 2, "'0', expected ok, SIGSEGV or SIGBUS" },
	{ "#x\ntouch(@0) = ENOMEM\n", 2, "'ENOMEM', expected ok, SIGSEGV or SIGBUS" },
	{ "#x\nfill(@0, 1) = SIGFOO\n", 2, "'SIGFOO', expected ok, SIGSEGV or SIGBUS" },
	{ "#x\nmunmap(@0) = EFOO\n", 2, "'EFOO', expected ok, or an error as in ENOMEM" },
	{ "#x\nmunmap(@0) = SIGSEGV\n", 2, "'SIGSEGV', expected ok, or an error as in ENOMEM" },
	{ "#x\nmunmap(@0) =\n", 2, "the line ends, expected ok, or an error as in ENOMEM" },
	{ "#x\nprctl(17)\n", 2, "'17', expected prctl(set_memory_merge, 0 or 1)" },
	{ "#x\nprctl(set_memory_merge)\n", 2, "')', expected prctl(set_memory_merge, 0 or 1)" },
	{ "#x\nmemfd_create(\"a\", 4p)\n", 2,
	  "nothing to call it by, expected NAME = memfd_create(\"NAME\", SIZE)" },
	{ "#x\na = munmap(@0)\n", 2, "'a =', expected no name: munmap maps nothing" },
	{ "#x\nf = userfaultfd()\nf = userfaultfd()\n", 3,
	  "'f' is a file already, expected a new name" },
};

static const struct wrong arguments[] = {
	{ "#x\nread(a)\n", 2, "'a', expected a region that an earlier step names, or @N" },
	{ "#x\nread(4)\n", 2, "'4', expected a region or @N" },
	{ "#x\nread(@a)\n", 2, "'a', expected a number" },
	{ "#x\nread(@4p)\n", 2, "'4p', expected a number" },
	{ "#x\nread(@1048576)\n", 2, "1048576, expected at most 1048575" },
	{ "#x\nread(@4..3)\n", 2, "a range that ends at 3, expected at least 4" },
	{ A "read(a[4])\n", 3, "page 4 of a, expected one of its 4 pages" },
	{ A "read(a[2..4])\n", 3, "page 4 of a, expected one of its 4 pages" },
	{ A "read(a[0)\n", 3, "')', expected ']'" },
	{ "#x\nmmap(0, 4p, rw, private|anon)\n", 2, "'0', expected @N" },
	{ "#x\nmmap(@0, 4, rw, private|anon)\n", 2, "'4', expected a size in pages, as in 4p" },
	{ "#x\nmmap(@0, 9999999p, rw, private)\n", 2, "9999999p, expected at most 1048576p" },
	{ "#x\nmmap(@1048575, 2p, rw, private|anon)\n", 2,
	  "a mapping that ends at @1048577, expected at most @1048576" },
	{ "#x\nmmap(@0, 4p, wr, private|anon)\n", 2,
	  "'wr', expected a protection, as in rw, rx or none" },
	{ "#x\nmmap(@0, 4p, rw, privat)\n", 2,
	  "'privat', expected mmap's flags, as in private|anon" },
	{ "#x\nmmap(@0, 4p, rw, private, f, 0p)\n", 2,
	  "'f', expected a file that this process has opened" },
	{ "#x\nf = memfd_create(\"f\", 4p)\nmmap(@0, 4p, rw, private, f)\n", 3,
	  "')', expected mmap(@N, SIZE, PROT, FLAGS[, FILE, OFFSET])" },
	{ "#x\nuffdio_unregister(u, @0)\n", 2,
	  "'u', expected a userfaultfd that this process has made" },
	{ "#x\nmremap(@0, 4p, @4)\n", 2, "'@', expected to @N" },
	{ "#x\nmremap(@0, 4p, to @4, fixed)\n", 2, "'fixed', expected dontunmap" },
	{ "#x\nmadvise(@0, nothing)\n", 2, "'nothing', expected an advice, as in mergeable" },
	{ "#x\nmlock2(@0, now)\n", 2, "'now', expected onfault" },
	{ "#x\nmlockall(now)\n", 2, "'now', expected current, future or onfault" },
	{ "#x\nmbind(@0, 3)\n", 2,
	  "'3', expected default, preferred, bind, interleave or local" },
	{ "#x\nu = userfaultfd()\nuffdio_register(u, @0, x)\n", 3, "'x', expected missing or wp" },
	{ "#x\nksm(run, 1)\n", 2, "'run', expected max_page_sharing, merge_across_nodes, "
	  "smart_scan or use_zero_pages" },
	{ "#x\nprctl(set_vma_anon_name, @0, x)\n", 2, "'x', expected a string" },
	{ "#x\nfill(@0, 256)\n", 2, "256, expected at most 255" },
};

static const struct wrong blocks[] = {
	{ "#x\nfork {\n}\n", 2, "'{', expected a name for the new process" },
	{ "#x\nfork c\n}\n", 2, "the line ends, expected '{'" },
	{ "#x\nread(@0)\n}\n", 3, "'}', expected a block that is open" },
	{ "#x\nfork c {\nfork d {\n}\n", 2, "a block without its end, expected '}'" },
	{ "#x\nfork c {\n}\nfork c {\n}\n", 4, "'c' is a process already, expected a new name" },
	{ "#x\nin c {\n}\n", 2, "'c', expected a process that an earlier step forked" },
	{ "#x\nfork c {\nexit()\n}\nin c {\n}\n", 5,
	  "'c', expected a process that has not exited" },
	{ "#x\nfork c {\nexit()\nread(@0)\n}\n", 4,
	  "a step of a process that has exited, expected '}'" },
	{ "#x\nfork a {\nfork b {\nfork c {\nfork d {\nfork e {\n", 6,
	  "a block within 4, expected at most so many" },
	{ A "fork c {\na = mmap(@9, 1p, rw, private|anon)\nb = brk(1p)\n}\nread(b)\n", 7,
	  "'b', expected a region that an earlier step names, or @N" },
	{ "#x\nfork c {\nf = memfd_create(\"f\", 1p)\n}\nmmap(@0, 1p, rw, shared, f, 0p)\n", 5,
	  "'f', expected a file that this process has opened" },
	{ A "execve()\nread(a)\n", 4, "'a', expected a region that an earlier step names, or @N" },
};

static const struct wrong guards[] = {
	{ "#x\n[kernel 6.4]\n", 2, "'6', expected ==, !=, <, <=, > or >=" },
	{ "#x\n[kernel >= 6]\n", 2, "']', expected '.'" },
	{ "#x\n[kernel >= 6.4\n", 2, "the line ends, expected ']'" },
	{ "#x\n[swap]\n", 2, "'swap', expected kernel, root, config, has or variant" },
	{ "#x\n[has luck]\n", 2, "'luck', expected one of anon-name, device, ext4, ksm, "
	  "numa, overlayfs, rmap-items, soft-dirty, swap, thp, userfaultfd" },
	{ "#x\n[has 4]\n", 2, "'4', expected what the machine must have, as in swap" },
	{ "#x\n[root or]\n", 2, "']', expected kernel, root, config, has or variant" },
	{ "#x\n[config]\n", 2, "']', expected an option, as in NUMA for CONFIG_NUMA" },
	{ "#x\n[variant]\n", 2, "']', expected a variant, as in fork" },
	{ "#x\n[variant other]\n", 2,
	  "'other', expected one of plain, fork, merge-any, thp" },
	{ "#x\n[root,root,root,root,root,root,root]\n", 2,
	  "too many guards, expected at most 6" },
};

static const struct wrong expectations[] = {
	{ "#x\nexpect luck(@0)\n", 2, "'luck', expected merged, apart, violates, " FACTS },
	{ "#x\nexpect 4\n", 2, "'4', expected merged, apart, violates, " FACTS },
	{ "#x\nlet x = luck(@0)\n", 2, "'luck', expected " FACTS },
	{ "#x\nexpect pgoff(@0) == none\n", 2, "'none', expected " A_NUMBER },
	{ "#x\nexpect pgoff(@0) == \"x\"\n", 2, "'\"x\"', expected " A_NUMBER },
	{ "#x\nexpect pgoff(@0) == -1\n", 2, "'-', expected " A_NUMBER },
	{ "#x\nexpect pgoff(@0) ==\n", 2, "the line ends, expected " A_NUMBER },
	{ "#x\nexpect pgoff(@0) < absent\n", 2,
	  "absent is no number, expected == or != before it" },
	{ "#x\nexpect pgoff(@0) >= absent\n", 2,
	  "absent is no number, expected == or != before it" },
	{ "#x\nexpect root(@0) == 4\n", 2,
	  "'4', expected none, or a let or a fact that is such an object" },
	{ "#x\nlet x = pgoff(@0)\nexpect root(@0) == x\n", 3,
	  "'x', expected none, or a let or a fact that is such an object" },
	{ "#x\nexpect pgoff @0\n", 2, "'@', expected '('" },
	{ "#x\nexpect map_count(@0) == 0\n", 2, "'@', expected ')'" },
	{ "#x\nexpect reach() = own\n", 2, "')', expected a region or @N" },
	{ "#x\nexpect stable_node(@0) < stable_node(@1)\n", 2,
	  "stable_node() is no number, expected == or !=" },
	{ "#x\nexpect rmap_item(@0) = gone\n", 2,
	  "'gone', expected one of the fact's words, see mergescope-report(5)" },
	{ "#x\nexpect pgoff(@0)\n", 2, "the line ends, expected ==, !=, <, <=, > or >=" },
	{ "#x\nexpect anon_vma(@0) < root(@0)\n", 2,
	  "anon_vma() is no number, expected == or !=" },
	{ "#x\nexpect pgoff(@0) == anon_vma(@0)\n", 2,
	  "pgoff() and anon_vma(), expected two of one kind" },
	{ "#x\nexpect state(@0) == gone\n", 2,
	  "'gone', expected one of the fact's words, see mergescope-report(5)" },
	{ "#x\nexpect state(@0) == kind(@0)\n", 2,
	  "state() and kind(), expected two of one kind" },
	{ "#x\nlet x = flags(@0)\n", 2,
	  "let of flags(), a set, expected a fact with one value" },
	{ "#x\nlet x = kind(@0)\nexpect state(@0) == x\n", 3,
	  "'x', expected one of the fact's words, see mergescope-report(5)" },
	{ "#x\nexpect flags(@0) == mg\n", 2, "'==', expected has or lacks" },
	{ "#x\nexpect flags(@0) has zz\n", 2,
	  "'zz', expected one of the fact's words, see mergescope-report(5)" },
	{ "#x\nexpect name(@0) == x\n", 2,
	  "'x', expected a string, or a let or a fact that is one" },
	{ "#x\nexpect merged(@0)\n", 2, "')', expected ','" },
	{ "#x\nexpect apart(@0..4, @4)\n", 2, "apart() of what overlaps, expected two ranges" },
	{ "#x\nexpect apart(@0, @1) because luck\n", 2,
	  "'luck', expected hole, nothing, or a blocker of mergescope-report(5)" },
	{ "#x\nexpect violates(luck)\n", 2,
	  "'luck', expected an invariant of mergescope-report(5)" },
	{ "#x\nlet x = vmas()\nexpect violates(ksm-flag)\n", 3,
	  "violates() without a step, expected one before it" },
	{ "#x\nwait until violates(ksm-flag) max 1s\n", 2,
	  "wait until violates(), expected it after expect" },
	{ "#x\nlet 4 = pgoff(@0)\n", 2, "'4', expected a name" },
	{ "#x\nwait 5s\n", 2, "'5s', expected ksm or until" },
	{ "#x\nwait ksm 0 scans\n", 2, "0 scans, expected at least 1" },
	{ "#x\nwait ksm 2 times\n", 2, "'times', expected scans" },
	{ "#x\nwait until vmas() == 0\n", 2, "the line ends, expected max and a time" },
	{ "#x\nwait until vmas() == 0 max 5\n", 2, "'5', expected a time, as in 5s or 200ms" },
	{ "#x\nwait until vmas() == 0 max 601s\n", 2, "'601s', expected at most 600s" },
};

static void check(const struct wrong *cases, size_t nr)
{
	struct scn_error error;
	struct scenario s;
	size_t i;

	for (i = 0; i < nr; i++) {
		assert_int_equal(scn_parse(&s, cases[i].text, strlen(cases[i].text), &error),
				 -EINVAL);
		assert_string_equal(error.text, cases[i].message);
		assert_int_equal(error.line, cases[i].line);
		scn_free(&s);
	}
}

#define CHECK_TABLE(table)                                                \
	static void names_wrong_##table(void **state)                     \
	{                                                                 \
		(void)state;                                              \
		check(table, sizeof(table) / sizeof((table)[0]));         \
	}

CHECK_TABLE(characters)
CHECK_TABLE(files)
CHECK_TABLE(calls)
CHECK_TABLE(arguments)
CHECK_TABLE(blocks)
CHECK_TABLE(guards)
CHECK_TABLE(expectations)

/* Appends @line @nr times behind the title, with what printf makes of a number for %d. */
static void repeat(char *text, size_t size, const char *line, int nr)
{
	size_t len = (size_t)snprintf(text, size, "#x\n");
	int i;

	for (i = 0; i < nr; i++)
		len += (size_t)snprintf(text + len, size - len, line, i, i);
	assert_true(len < size);
}

static void bounds_what_a_file_holds(void **state)
{
	static const struct {
		const char *line;
		int fits;
		const char *message;
	} cases[] = {
		{ "r%d = brk(1p)\n", SCN_MAX_REGIONS, "too many regions, expected at most 64" },
		{ "u%d = userfaultfd()\n", SCN_MAX_OBJECTS, "too many files, expected at most 16" },
		{ "fork c%d {\n}\n", SCN_MAX_PROCESSES - 1,
		  "too many processes, expected at most 16" },
		{ "let l%d = vmas()\n", SCN_MAX_LETS, "too many lets, expected at most 32" },
		{ "read(@%d)\n", 4096, "too many lines, expected at most 4096" },
	};
	static char text[1 << 17];
	struct scn_error error;
	struct scenario s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		repeat(text, sizeof(text), cases[i].line, cases[i].fits);
		assert_int_equal(scn_parse(&s, text, strlen(text), &error), 0);
		scn_free(&s);
		repeat(text, sizeof(text), cases[i].line, cases[i].fits + 1);
		assert_int_equal(scn_parse(&s, text, strlen(text), &error), -EINVAL);
		assert_string_equal(error.text, cases[i].message);
		scn_free(&s);
	}
}

static void refuses_nul_bytes(void **state)
{
	static const char text[] = "#x\nf = memfd_create(\"a\0b\", 4p)\n";
	struct scn_error error;
	struct scenario s;

	(void)state;
	assert_int_equal(scn_parse(&s, text, sizeof(text) - 1, &error), -EINVAL);
	assert_string_equal(error.text, "a NUL in a string, expected text");
	scn_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_wrong_characters),
		cmocka_unit_test(names_wrong_files),
		cmocka_unit_test(names_wrong_calls),
		cmocka_unit_test(names_wrong_arguments),
		cmocka_unit_test(names_wrong_blocks),
		cmocka_unit_test(names_wrong_guards),
		cmocka_unit_test(names_wrong_expectations),
		cmocka_unit_test(bounds_what_a_file_holds),
		cmocka_unit_test(refuses_nul_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
