// SPDX-License-Identifier: GPL-2.0
/*
 * Guards in a program: it is of the variant plain, asks what C can ask in a line, and has a comment
 * of the rest, which is taken to hold.
 */
#include <string.h>

#include "emit_c.h"
#include "scenario_machine.h"

/* What becomes of a guard there; of terms with "or" between them, what becomes of them together. */
enum answer { NEVER, ASKED, SAID, ALWAYS };

/* What the test of "has @word" is 0 for, into @test; false if that takes more than a line. */
static bool has_test(const char *word, char test[SCN_LINE_MAX])
{
	const char *path = scn_machine_path(word);

	if (path)
		snprintf(test, SCN_LINE_MAX, "access(\"%s\", F_OK)", path);
	else if (!strcmp(word, "anon-name"))
		/* kernel/sys.c: without CONFIG_ANON_VMA_NAME also of no memory at all an error */
		strcpy(test, "prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, 0, 0, 0)");
	else
		return false;
	return true;
}

static enum answer answer_of(const struct scn_guard *guard)
{
	char test[SCN_LINE_MAX];

	switch (guard->kind) {
	case SCN_GUARD_VARIANT:
		return !strcmp(guard->word, "plain") != guard->negated ? ALWAYS : NEVER;
	case SCN_GUARD_CONFIG:
		return SAID;
	case SCN_GUARD_HAS:
		return has_test(guard->word, test) ? ASKED : SAID;
	case SCN_GUARD_KERNEL:
	case SCN_GUARD_ROOT:
		break;
	}
	return ASKED;
}

/* struct group - terms with "or" between them, from @first to before @end */
struct group {
	const struct scn_guard *first, *end;
	enum answer answer;
};

/* The group behind @group, which is zeroed before the first; false behind the last. */
static bool next_group(const struct scn_guards *guards, struct group *group)
{
	const struct scn_guard *end = guards->list + guards->nr;
	enum answer answer;

	group->first = group->end ? group->end : guards->list;
	group->answer = NEVER;
	for (group->end = group->first; group->end < end; group->end++) {
		if (group->end > group->first && !group->end->alternative)
			break;
		answer = answer_of(group->end);
		if (answer > group->answer)
			group->answer = answer;
	}
	return group->first < end;
}

bool scn_emit_c_left_out(const struct scn_guards *guards)
{
	struct group group = { 0 };

	while (next_group(guards, &group)) {
		if (group.answer == NEVER)
			return true;
	}
	return false;
}

bool scn_emit_c_asks(const struct scn_guards *guards, enum scn_guard_kind kind, const char *word)
{
	struct group group = { 0 };
	const struct scn_guard *guard;

	while (next_group(guards, &group)) {
		for (guard = group.first; group.answer == ASKED && guard < group.end; guard++) {
			if (guard->kind == kind && (!word || !strcmp(guard->word, word)))
				return true;
		}
	}
	return false;
}

/* "kernel_at_least(6, 4)": true if the kernel's guard holds, or with @not if it does not */
static void put_kernel(FILE *out, const struct scn_guard *guard, bool not)
{
	const enum scn_compare how = guard->compare;
	unsigned int minor = guard->minor + (how == SCN_GT || how == SCN_LE);

	if ((how == SCN_LT || how == SCN_LE || how == SCN_NE) != not)
		fputc('!', out);
	if (how == SCN_EQ || how == SCN_NE)
		fprintf(out, "(kernel_at_least(%u, %u) && !kernel_at_least(%u, %u))", guard->major,
			minor, guard->major, minor + 1);
	else
		fprintf(out, "kernel_at_least(%u, %u)", guard->major, minor);
}

static void put_term(FILE *out, const struct scn_guard *guard, bool not)
{
	char test[SCN_LINE_MAX] = "geteuid()";

	not = not != guard->negated;
	if (guard->kind == SCN_GUARD_KERNEL) {
		put_kernel(out, guard, not);
		return;
	}
	if (guard->kind == SCN_GUARD_HAS)
		has_test(guard->word, test);
	fprintf(out, "%s%s", not ? "" : "!", test);
}

/* "(A || B)", or with @not what is true if that is not, "!A && !B"; of a group that is asked */
static void put_group(FILE *out, const struct group *group, bool not)
{
	const struct scn_guard *guard;
	unsigned int nr = 0;

	for (guard = group->first; guard < group->end; guard++)
		nr += answer_of(guard) != NEVER;
	if (nr > 1 && !not)
		fputc('(', out);
	nr = 0;
	for (guard = group->first; guard < group->end; guard++) {
		if (answer_of(guard) == NEVER)
			continue;
		if (nr++)
			fputs(not ? " && " : " || ", out);
		put_term(out, guard, not);
	}
	if (nr > 1 && !not)
		fputc(')', out);
}

/* "not kernel >= 6.4"; of what a machine has @has goes before it */
static void put_word(FILE *out, const struct scn_guard *guard, const char *has)
{
	static const char *const signs[] = { "==", "!=", "<", "<=", ">", ">=" };
	const char *const kinds[] = { "kernel", "root", "config ", has, "variant " };

	fprintf(out, "%s%s%s", guard->negated ? "not " : "", kinds[guard->kind], guard->word);
	if (guard->kind == SCN_GUARD_KERNEL)
		fprintf(out, " %s %u.%u", signs[guard->compare], guard->major, guard->minor);
}

/* "kernel >= 6.4 or ksm" */
static void put_need(FILE *out, const struct group *group)
{
	const struct scn_guard *guard;
	const char *separator = "";

	for (guard = group->first; guard < group->end; guard++) {
		if (answer_of(guard) == NEVER)
			continue;
		fputs(separator, out);
		put_word(out, guard, "");
		separator = " or ";
	}
}

void scn_emit_c_guard_words(FILE *out, const struct scn_guards *guards)
{
	unsigned int i;

	for (i = 0; i < guards->nr; i++) {
		if (i)
			fputs(guards->list[i].alternative ? " or " : ", ", out);
		put_word(out, &guards->list[i], "has ");
	}
}

static void put_tabs(FILE *out, int nr)
{
	while (nr-- > 0)
		fputc('\t', out);
}

/* A comment of what is not asked, if there is such. */
static void put_needs(FILE *out, const struct scn_guards *guards, int depth)
{
	struct group group = { 0 };
	bool first = true;

	while (next_group(guards, &group)) {
		if (group.answer != SAID)
			continue;
		put_tabs(out, first ? depth : 0);
		fputs(first ? "/* needs: " : ", ", out);
		put_need(out, &group);
		first = false;
	}
	fputs(first ? "" : " */\n", out);
}

bool scn_emit_c_if(FILE *out, const struct scn_guards *guards, int depth)
{
	struct group group = { 0 };
	bool first = true;

	put_needs(out, guards, depth);
	while (next_group(guards, &group)) {
		if (group.answer != ASKED)
			continue;
		put_tabs(out, first ? depth : 0);
		fputs(first ? "if (" : " && ", out);
		put_group(out, &group, false);
		first = false;
	}
	fputs(first ? "" : ") {\n", out);
	return !first;
}

void scn_emit_c_skips(FILE *out, const struct scn_guards *guards)
{
	struct group group = { 0 };

	put_needs(out, guards, 1);
	while (next_group(guards, &group)) {
		if (group.answer != ASKED)
			continue;
		fputs("\tif (", out);
		put_group(out, &group, true);
		fputs(")\n\t\treturn skip(\"", out);
		put_need(out, &group);
		fputs("\");\n", out);
	}
}
