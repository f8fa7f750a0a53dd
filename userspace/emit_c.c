// SPDX-License-Identifier: GPL-2.0
/* A scenario's lines as C, one by one. */
#include <inttypes.h>
#include <string.h>

#include "emit_c.h"
#include "expect.h"
#include "scenario_call.h"

/* struct emit - a program that is being written */
struct emit {
	FILE *out;
	const struct scenario *scenario;
	bool forks;
	int depth;		/* of what stands in blocks */
	unsigned int process;	/* whose part is open */
	int part;		/* its number; -1 before the first */
};

static void put_indent(const struct emit *e)
{
	int i;

	for (i = 0; i < e->depth; i++)
		fputc('\t', e->out);
}

static uint64_t first(const struct scn_line *line, unsigned int i)
{
	return line->args[i].range.first;
}

static uint64_t pages(const struct scn_line *line, unsigned int i)
{
	return line->args[i].range.pages;
}

/* "AT(0), 4 * PAGE" of argument @i */
static void put_range(const struct emit *e, const struct scn_line *line, unsigned int i)
{
	fprintf(e->out, "AT(%" PRIu64 "), %" PRIu64 " * PAGE", first(line, i), pages(line, i));
}

static void put_prot(const struct emit *e, uint64_t prot)
{
	static const char *const names[] = { "PROT_READ", "PROT_WRITE", "PROT_EXEC" };
	const char *separator = "";
	unsigned int i;

	for (i = 0; i < 3; i++) {
		if (!(prot & 1ULL << i))
			continue;
		fprintf(e->out, "%s%s", separator, names[i]);
		separator = " | ";
	}
	if (!prot)
		fputs("PROT_NONE", e->out);
}

/* By their names; those that headers lack as numbers with the name behind. */
static void put_words(const struct emit *e, const struct scn_words *words, uint64_t value)
{
	const struct scn_word *word;
	const char *separator = "";

	for (word = words->list; word->name; word++) {
		if (!(value & word->value))
			continue;
		fprintf(e->out, "%s%s", separator, word->c_name);
		separator = " | ";
	}
	if (!*separator)
		fputc('0', e->out);
}

static void put_object_name(const struct emit *e, unsigned int object)
{
	scn_emit_c_name(e->out, e->scenario, object);
}

static void put_mmap(const struct emit *e, const struct scn_line *line)
{
	fprintf(e->out, "mmap(AT(%" PRIu64 "), %" PRIu64 " * PAGE, ", first(line, 0),
		pages(line, 1));
	put_prot(e, line->args[2].number);
	fputs(", ", e->out);
	put_words(e, &scn_map_flags, line->args[3].number);
	if (!line->args[4].given) {
		fputs(", -1, 0)", e->out);
		return;
	}
	fputs(", ", e->out);
	put_object_name(e, (unsigned int)line->args[4].number);
	fprintf(e->out, ", %" PRIu64 " * PAGE)", pages(line, 5));
}

static void put_mremap(const struct emit *e, const struct scn_line *line)
{
	fputs("mremap(", e->out);
	put_range(e, line, 0);
	fprintf(e->out, ", %" PRIu64 " * PAGE, ", pages(line, 1));
	if (!line->args[2].given) {
		fputs("0)", e->out);
		return;
	}
	fprintf(e->out, "MREMAP_MAYMOVE | MREMAP_FIXED%s, AT(%" PRIu64 "))",
		line->args[3].given ? " | MREMAP_DONTUNMAP" : "", first(line, 2));
}

/* NAME(RANGE, VALUE) of calls that take no more. */
static void put_simple(const struct emit *e, const struct scn_line *line)
{
	fprintf(e->out, "%s(", line->call->name);
	put_range(e, line, 0);
	if (line->call->id == SCN_MPROTECT) {
		fputs(", ", e->out);
		put_prot(e, line->args[1].number);
	} else if (line->call->id == SCN_MLOCK2) {
		fputs(", MLOCK_ONFAULT", e->out);
	}
	fputc(')', e->out);
}

static void put_mbind(const struct emit *e, const struct scn_line *line)
{
	fputs("syscall(SYS_mbind, ", e->out);
	put_range(e, line, 0);
	fprintf(e->out, ", %s, ",
		scn_word_of(&scn_policies, line->args[1].number)->c_name);
	if (line->args[2].given)
		fprintf(e->out, "&(unsigned long){ 1UL << %" PRIu64 " }, 64, 0)",
			line->args[2].number);
	else
		fputs("NULL, 0, 0)", e->out);
}

static void put_anon_name(const struct emit *e, const struct scn_line *line)
{
	fputs("prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, ", e->out);
	put_range(e, line, 0);
	fputs(", ", e->out);
	if (line->args[1].given)
		scn_emit_c_string(e->out, line->args[1].text);
	else
		fputs("NULL", e->out);
	fputc(')', e->out);
}

static void put_uffd(const struct emit *e, const struct scn_line *line)
{
	fputs("ioctl(", e->out);
	put_object_name(e, (unsigned int)line->args[0].number);
	if (line->call->id == SCN_UFFD_MOVE) {
		fprintf(e->out,
			", IOC_MOVE, &(struct move){ .dst = (long)AT(%" PRIu64
			"), .src = (long)AT(%" PRIu64 "), .len = %" PRIu64 " * PAGE })",
			first(line, 2), first(line, 1), pages(line, 1));
		return;
	}
	fprintf(e->out,
		line->call->id == SCN_UFFD_REGISTER ?
			", UFFDIO_REGISTER, &(struct uffdio_register){ .range = { "
			"(long)AT(%" PRIu64 "), %" PRIu64 " * PAGE }, .mode = " :
			", UFFDIO_UNREGISTER, &(struct uffdio_range){ (long)AT(%" PRIu64
			"), %" PRIu64 " * PAGE",
		first(line, 1), pages(line, 1));
	if (line->call->id == SCN_UFFD_REGISTER)
		fputs(scn_word_of(&scn_uffd_modes, line->args[2].number)->c_name, e->out);
	fputs(" })", e->out);
}

static void put_access(const struct emit *e, const struct scn_line *line)
{
	int how = line->call->id == SCN_TOUCH ? 't' : line->call->id == SCN_READ ? 'r' : 'f';

	fprintf(e->out, "pages('%c', AT(%" PRIu64 "), %" PRIu64 ", %" PRIu64 ")", how,
		first(line, 0), pages(line, 0), line->args[1].number);
}

/* "f = memory_file(...)": what it makes is a variable of its name. */
static void put_object(const struct emit *e, const struct scn_line *line)
{
	bool is_new = line->call->id == SCN_MEMFD || !strchr(line->args[0].text, '/');

	put_object_name(e, line->object);
	fputs(" = ", e->out);
	if (line->call->id == SCN_UFFD) {
		fputs("uffd_open()", e->out);
		return;
	}
	fputs(line->call->id == SCN_MEMFD ? "memory_file(" : is_new ? "new_file(" : "open(",
	      e->out);
	scn_emit_c_string(e->out, line->args[0].text);
	if (is_new)
		fprintf(e->out, ", %" PRIu64 ")", pages(line, 1));
	else
		fputs(", O_RDONLY)", e->out);
}

static void put_call(const struct emit *e, const struct scn_line *line)
{
	switch (line->call->id) {
	case SCN_MMAP:
		put_mmap(e, line);
		break;
	case SCN_MREMAP:
		put_mremap(e, line);
		break;
	case SCN_MADVISE:
		fputs("madvise(", e->out);
		put_range(e, line, 0);
		fprintf(e->out, ", %" PRIu64 " /* %s */)", line->args[1].number,
			scn_word_of(&scn_advices, line->args[1].number)->c_name);
		break;
	case SCN_MUNMAP:
	case SCN_MPROTECT:
	case SCN_MLOCK:
	case SCN_MLOCK2:
	case SCN_MUNLOCK:
		put_simple(e, line);
		break;
	case SCN_MLOCKALL:
		fputs("mlockall(", e->out);
		put_words(e, &scn_lockall_flags, line->args[0].number);
		fputc(')', e->out);
		break;
	case SCN_MUNLOCKALL:
		fputs("munlockall()", e->out);
		break;
	case SCN_MBIND:
		put_mbind(e, line);
		break;
	case SCN_BRK:
		fprintf(e->out, "brk(AT(%lu + %" PRIu64 "))", SCN_HEAP, pages(line, 0));
		break;
	case SCN_MERGE_ANY:
		fprintf(e->out, "prctl(67 /* PR_SET_MEMORY_MERGE */, %" PRIu64 ", 0, 0, 0)",
			line->args[0].number);
		break;
	case SCN_ANON_NAME:
		put_anon_name(e, line);
		break;
	case SCN_CLEAR_SOFT_DIRTY:
		fputs("write_file(\"/proc/self/clear_refs\", \"4\")", e->out);
		break;
	case SCN_KSM_SETTING:
		fprintf(e->out, "%s(KSM \"%s\", \"%" PRIu64 "\")",
			scn_emit_c_ksm_setter(e->scenario),
			scn_word_of(&scn_ksm_settings, line->args[0].number)->name,
			line->args[1].number);
		break;
	case SCN_UFFD_REGISTER:
	case SCN_UFFD_UNREGISTER:
	case SCN_UFFD_MOVE:
		put_uffd(e, line);
		break;
	case SCN_MEMFD:
	case SCN_OPEN:
	case SCN_UFFD:
		put_object(e, line);
		break;
	case SCN_TOUCH:
	case SCN_READ:
	case SCN_FILL:
		put_access(e, line);
		break;
	case SCN_EXEC:
	case SCN_EXIT:
		break;
	}
}

static void emit_call(const struct emit *e, const struct scn_line *line)
{
	put_indent(e);
	if (line->call->id == SCN_EXIT) {
		fprintf(e->out, "ends(%u), exit(failed);\n", line->process);
		return;
	}
	if (scn_is_access(line->call) && !scn_emit_c_catches_faults(e->scenario)) {
		put_access(e, line);
		fputs(";\n", e->out);
		return;
	}
	fprintf(e->out, "%s(%d, %s, ", scn_is_access(line->call) ? "ACCESS" : "STEP", line->line,
		line->result ? scn_result_name(line->result) : "0");
	put_call(e, line);
	fputs(");\n", e->out);
}

static void put_remark(const struct emit *e, const struct scn_line *line)
{
	put_indent(e);
	fputs("/* ", e->out);
	scn_emit_c_comment(e->out, line->text);
	if (line->guards.nr) {
		fputs(" [", e->out);
		scn_emit_c_guard_words(e->out, &line->guards);
		fputc(']', e->out);
	}
	fputs(" */\n", e->out);
}

static void emit_expect(const struct emit *e, const struct scn_line *line)
{
	const struct scn_condition *c = &line->condition;

	put_indent(e);
	fprintf(e->out, "EXPECT(%d, ", line->line);
	scn_emit_c_string(e->out, c->text);
	fputs(",\n", e->out);
	put_indent(e);
	fputs("       ", e->out);
	scn_emit_c_condition(e->out, c);
	fputs(");\n", e->out);
}

/* What maps does not show takes at most as long as the scenario lets it. */
static void emit_wait_until(const struct emit *e, const struct scn_line *line)
{
	if (!scn_emit_c_checks(&line->condition)) {
		put_remark(e, line);
		put_indent(e);
		fprintf(e->out, "sleep(%u);\n", (line->max_ms + 999) / 1000);
		return;
	}
	put_indent(e);
	fprintf(e->out, "for (int ms = 0; ms < %u && !(", line->max_ms);
	scn_emit_c_condition(e->out, &line->condition);
	fputs("); ms += 10)\n\t", e->out);
	put_indent(e);
	fputs("usleep(10000);\n", e->out);
	emit_expect(e, line);
}

static void end_part(struct emit *e)
{
	if (e->part < 0)
		return;
	e->depth--;
	fprintf(e->out, "\t}\n\tends(%u);\n", e->process);
}

/* The lines of one process in a row are a part of its own, if there are several processes. */
static void begin_part(struct emit *e, unsigned int process)
{
	if (!e->forks || (e->part >= 0 && e->process == process))
		return;
	end_part(e);
	e->part++;
	e->process = process;
	fprintf(e->out, "\tif (begins(%d, %u)) {\n", e->part, process);
	e->depth++;
}

static void put_line(const struct emit *e, const struct scn_line *line)
{
	switch (line->kind) {
	case SCN_CALL:
		emit_call(e, line);
		break;
	case SCN_EXPECT:
		emit_expect(e, line);
		break;
	case SCN_WAIT_UNTIL:
		emit_wait_until(e, line);
		break;
	case SCN_FORK:
		put_indent(e);
		fprintf(e->out, "fork_as(%u);\n", line->child);
		break;
	case SCN_WAIT_KSM:
		put_indent(e);
		fprintf(e->out, "STEP(%d, 0, ksm_scans(%u));\n", line->line, line->scans);
		break;
	case SCN_LET:
		break;
	}
}

static void emit_line(struct emit *e, const struct scn_line *line)
{
	bool guarded;

	begin_part(e, line->process);
	if (scn_emit_c_remarks(line)) {
		put_remark(e, line);
		return;
	}
	guarded = scn_emit_c_if(e->out, &line->guards, e->depth);
	e->depth += guarded;
	put_line(e, line);
	e->depth -= guarded;
	if (guarded) {
		put_indent(e);
		fputs("}\n", e->out);
	}
	/* What a fork returns to must be looked at again by both. */
	if (line->kind == SCN_FORK) {
		end_part(e);
		e->process = SCN_MAX_PROCESSES;
		e->part++;
		fprintf(e->out, "\tif (begins(%d, %u)) {\n", e->part, line->child);
		e->process = line->child;
		e->depth++;
	}
}

int scn_emit_c(FILE *out, const char *file, const struct scenario *scenario)
{
	struct emit e = {
		.out = out, .scenario = scenario, .depth = 1, .part = -1,
		.forks = scn_has_line(scenario, SCN_FORK),
	};
	unsigned int i;

	for (i = 0; i < scenario->nr_lines; i++) {
		if (scenario->lines[i].kind == SCN_CALL &&
		    scenario->lines[i].call->id == SCN_EXEC)
			return scenario->lines[i].line;
	}
	scn_emit_c_begin(out, file, scenario);
	for (i = 0; i < scenario->nr_lines; i++)
		emit_line(&e, &scenario->lines[i]);
	if (e.forks) {
		end_part(&e);
		fputs("\tfor (int status; wait(&status) > 0;)\n\t\tfailed |= status != 0;\n", out);
	}
	fputs("\treturn failed;\n}\n", out);
	return 0;
}
