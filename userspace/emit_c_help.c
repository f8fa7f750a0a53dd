// SPDX-License-Identifier: GPL-2.0
/* What a program needs beside its steps: each part only if the scenario uses it. */
#include <string.h>

#include "emit_c.h"
#include "scenario_call.h"

static const char always[] =
	"#define PAGE 4096UL\n"
	"#define AT(page) ((char *)0x1000000000UL + (page) * PAGE)\n"
	"\n"
	"static int failed;\n"
	"\n"
	"static void result(int line, const char *what, int good, const char *got)\n"
	"{\n"
	"	if (good)\n"
	"		return;\n"
	"	printf(\"line %d: %s: %s\\n\", line, what, got);\n"
	"	failed = 1;\n"
	"}\n"
	"\n"
	"/* A call that must end with this error, or with none. */\n"
	"#define STEP(line, error, call) do { \\\n"
	"	int got = (long)(call) == -1L ? errno : 0; \\\n"
	"	result(line, #call, got == (error), strerror(got)); \\\n"
	"} while (0)\n";

static const char kernel[] =
	"\n"
	"static int kernel_at_least(int major, int minor)\n"
	"{\n"
	"	struct utsname u;\n"
	"	int a, b;\n"
	"\n"
	"	uname(&u);\n"
	"	sscanf(u.release, \"%d.%d\", &a, &b);\n"
	"	return a > major || (a == major && b >= minor);\n"
	"}\n";

static const char skip[] =
	"\n"
	"static int skip(const char *needs)\n"
	"{\n"
	"	printf(\"skipped: needs %s\\n\", needs);\n"
	"	return 4;	/* as in kselftest */\n"
	"}\n";

static const char maps[] =
	"\n"
	"/*\n"
	" * How many VMAs there are from @start to @end, by maps; without malloc().\n"
	" * With @whole only those that hold all of it: one, or none.\n"
	" */\n"
	"static int vmas(char *start, char *end, int whole)\n"
	"{\n"
	"	static char text[1 << 17];\n"
	"	unsigned long from, to;\n"
	"	int fd = open(\"/proc/self/maps\", O_RDONLY), nr = 0;\n"
	"	ssize_t n, len = 0;\n"
	"	char *line;\n"
	"\n"
	"	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)\n"
	"		len += n;\n"
	"	close(fd);\n"
	"	text[len] = 0;\n"
	"	for (line = text; line && *line; line = strchr(line, '\\n'), line += !!line) {\n"
	"		sscanf(line, \"%lx-%lx\", &from, &to);\n"
	"		nr += whole ? from <= (unsigned long)start && to >= (unsigned long)end :\n"
	"			      from < (unsigned long)end && to > (unsigned long)start;\n"
	"	}\n"
	"	return nr;\n"
	"}\n"
	"\n"
	"#define EXPECT(line, what, good) \\\n"
	"	result(line, \"expect \" what, good, \"not so, see /proc/PID/maps\")\n";

static const char pages_head[] =
	"\n"
	"/* Read ('r') each page, write its address there ('t') or fill it ('f'). */\n";

static const char plain_pages[] = "static void pages";

static const char each_page[] =
	"__attribute__((noinline)) /* its variables need not outlive a siglongjmp() */\n"
	"static void each_page";

static const char pages_body[] =
	"(char how, char *p, long nr, int byte)\n"
	"{\n"
	"	for (; nr--; p += PAGE) {\n"
	"		if (how == 'r')\n"
	"			(void)*(volatile char *)p;\n"
	"		else if (how == 't')\n"
	"			*(char *volatile *)p = p;\n"
	"		else\n"
	"			memset(p, byte, PAGE);\n"
	"	}\n"
	"}\n";

static const char faults[] =
	"\n"
	"static sigjmp_buf fault;\n"
	"\n"
	"static void on_fault(int signal)\n"
	"{\n"
	"	siglongjmp(fault, signal);\n"
	"}\n"
	"\n"
	"/* Returns the signal that it ended with, if one. */\n"
	"static int pages(char how, char *p, long nr, int byte)\n"
	"{\n"
	"	int signal = sigsetjmp(fault, 1);\n"
	"\n"
	"	sigaction(SIGSEGV, &(struct sigaction){ .sa_handler = on_fault }, 0);\n"
	"	sigaction(SIGBUS, &(struct sigaction){ .sa_handler = on_fault }, 0);\n"
	"	if (!signal)\n"
	"		each_page(how, p, nr, byte);\n"
	"	return signal;\n"
	"}\n"
	"\n"
	"#define ACCESS(line, signal, call) result(line, #call, (call) == (signal), \"not so\")\n";

static const char new_file[] =
	"\n"
	"static int new_file(const char *name, long pages)\n"
	"{\n"
	"	int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);\n"
	"\n"
	"	if (fd < 0)\n"
	"		return -1;\n"
	"	unlink(name);\n"
	"	return ftruncate(fd, pages * PAGE) ? -1 : fd;\n"
	"}\n";

static const char memory_file[] =
	"\n"
	"static int memory_file(const char *name, long pages)\n"
	"{\n"
	"	int fd = memfd_create(name, 0);\n"
	"\n"
	"	return fd < 0 || ftruncate(fd, pages * PAGE) ? -1 : fd;\n"
	"}\n";

static const char uffd[] =
	"\n"
	"/* Of linux/userfaultfd.h, which may be older. */\n"
	"struct move { unsigned long dst, src, len, mode; long moved; };\n"
	"#define IOC_MOVE _IOWR(0xaa, 5, struct move)\n"
	"\n"
	"static int uffd_open(void)\n"
	"{\n"
	"	int fd = syscall(SYS_userfaultfd, 0);\n"
	"\n"
	"	if (fd < 0)\n"
	"		return -1;\n"
	"	return ioctl(fd, UFFDIO_API, &(struct uffdio_api){ .api = UFFD_API }) ? -1 : fd;\n"
	"}\n";

static const char write_file[] =
	"\n"
	"static int write_file(const char *path, const char *text)\n"
	"{\n"
	"	int fd = open(path, O_WRONLY), bad = fd < 0 || write(fd, text, strlen(text)) < 0;\n"
	"\n"
	"	return (fd >= 0 && close(fd)) || bad ? -1 : 0;\n"
	"}\n";

static const char processes[] =
	"\n"
	"/* Processes take turns: each plays its own parts of main(), in their order. */\n"
	"static volatile int *turn;\n"
	"static int me;\n"
	"\n"
	"static int begins(int part, int process)\n"
	"{\n"
	"	while (me == process && *turn != part)\n"
	"		usleep(1000);\n"
	"	return me == process;\n"
	"}\n"
	"\n"
	"static void ends(int process)\n"
	"{\n"
	"	if (me == process)\n"
	"		++*turn;\n"
	"}\n"
	"\n"
	"static void fork_as(int process)\n"
	"{\n"
	"	if (!fork())\n"
	"		me = process;\n"
	"}\n";

const struct scn_line *scn_emit_c_next(const struct scenario *scenario,
				       const struct scn_line *line)
{
	const struct scn_line *end = scenario->lines + scenario->nr_lines;

	for (line = line ? line + 1 : scenario->lines; line < end; line++) {
		if (!scn_emit_c_remarks(line))
			return line;
	}
	return NULL;
}

bool scn_has_line(const struct scenario *scenario, enum scn_kind kind)
{
	const struct scn_line *line = NULL;

	while ((line = scn_emit_c_next(scenario, line))) {
		if (line->kind == kind)
			return true;
	}
	return false;
}

bool scn_has_call(const struct scenario *scenario, unsigned int id)
{
	const struct scn_line *line = NULL;

	while ((line = scn_emit_c_next(scenario, line))) {
		if (line->kind == SCN_CALL && line->call->id == id)
			return true;
	}
	return false;
}

static bool asks(const struct scenario *scenario, enum scn_guard_kind kind, const char *word)
{
	const struct scn_line *line = NULL;

	while ((line = scn_emit_c_next(scenario, line))) {
		if (scn_emit_c_asks(&line->guards, kind, word))
			return true;
	}
	return scn_emit_c_asks(&scenario->guards, kind, word);
}

/* Does it skip, where a guard of the file does not hold or it cannot be played? */
static bool skips(const struct scenario *s)
{
	unsigned int kind;

	for (kind = SCN_GUARD_KERNEL; kind <= SCN_GUARD_VARIANT; kind++) {
		if (scn_emit_c_asks(&s->guards, (enum scn_guard_kind)kind, NULL))
			return true;
	}
	return scn_emit_c_changes_ksm(s) || scn_has_call(s, SCN_BRK);
}

static bool needs_maps(const struct scenario *scenario)
{
	const struct scn_line *line = NULL;

	while ((line = scn_emit_c_next(scenario, line))) {
		if ((line->kind == SCN_EXPECT || line->kind == SCN_WAIT_UNTIL) &&
		    scn_emit_c_checks(&line->condition))
			return true;
	}
	return false;
}

/* open() of a name without a slash makes a file. */
static bool makes_files(const struct scenario *scenario)
{
	const struct scn_line *line = NULL;

	while ((line = scn_emit_c_next(scenario, line))) {
		if (line->kind == SCN_CALL && line->call->id == SCN_OPEN &&
		    !strchr(line->args[0].text, '/'))
			return true;
	}
	return false;
}

static bool accesses(const struct scenario *s)
{
	return scn_has_call(s, SCN_TOUCH) || scn_has_call(s, SCN_READ) || scn_has_call(s, SCN_FILL);
}

bool scn_emit_c_catches_faults(const struct scenario *scenario)
{
	const struct scn_line *line = NULL;

	while ((line = scn_emit_c_next(scenario, line))) {
		if (line->kind == SCN_FORK || (line->kind == SCN_CALL && line->result > 0))
			return accesses(scenario);
	}
	return false;
}

void scn_emit_c_headers(FILE *out, const struct scenario *s)
{
	bool uffd_used = scn_has_call(s, SCN_UFFD), mbind_used = scn_has_call(s, SCN_MBIND);
	bool faulting = scn_emit_c_catches_faults(s);
	const struct {
		bool needed;
		const char *name;
	} headers[] = {
		{ true, "errno.h" },
		{ true, "fcntl.h" },
		{ faulting, "setjmp.h" },
		{ faulting || scn_emit_c_changes_ksm(s), "signal.h" },
		{ true, "stdio.h" },
		{ true, "stdlib.h" },
		{ true, "string.h" },
		{ true, "unistd.h" },
		{ uffd_used, "sys/ioctl.h" },
		{ true, "sys/mman.h" },
		{ scn_has_call(s, SCN_MERGE_ANY) || scn_has_call(s, SCN_ANON_NAME) ||
			  scn_has_call(s, SCN_BRK) || asks(s, SCN_GUARD_HAS, "anon-name"),
		  "sys/prctl.h" },
		{ uffd_used || mbind_used, "sys/syscall.h" },
		{ asks(s, SCN_GUARD_KERNEL, NULL), "sys/utsname.h" },
		{ scn_has_line(s, SCN_FORK), "sys/wait.h" },
		{ mbind_used, "linux/mempolicy.h" },
		{ uffd_used, "linux/userfaultfd.h" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		if (headers[i].needed)
			fprintf(out, "#include <%s>\n", headers[i].name);
	}
}

void scn_emit_c_helpers(FILE *out, const struct scenario *s)
{
	const struct {
		bool needed;
		const char *text;
	} parts[] = {
		{ true, always },
		{ asks(s, SCN_GUARD_KERNEL, NULL), kernel },
		{ skips(s), skip },
		{ needs_maps(s), maps },
		{ accesses(s), pages_head },
		{ accesses(s), scn_emit_c_catches_faults(s) ? each_page : plain_pages },
		{ accesses(s), pages_body },
		{ scn_emit_c_catches_faults(s), faults },
		{ makes_files(s), new_file },
		{ scn_has_call(s, SCN_MEMFD), memory_file },
		{ scn_has_call(s, SCN_UFFD), uffd },
		{ scn_emit_c_changes_ksm(s) || scn_has_call(s, SCN_CLEAR_SOFT_DIRTY), write_file },
		{ scn_has_line(s, SCN_FORK), processes },
	};
	unsigned int i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i].needed)
			fputs(parts[i].text, out);
	}
	if (scn_emit_c_changes_ksm(s))
		scn_emit_c_ksm(out, s);
}
