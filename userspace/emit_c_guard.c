// SPDX-License-Identifier: GPL-2.0
/* Guards, as expressions of C and as they are written. */
#include <string.h>

#include "emit_c.h"

/* As an expression of C; what cannot be asked there is taken to hold, as is the variant plain. */
static void put_term(FILE *out, const struct scn_guard *guard)
{
	const enum scn_compare how = guard->compare;
	unsigned int major = guard->major, minor = guard->minor;
	bool holds = guard->kind != SCN_GUARD_VARIANT || !strcmp(guard->word, "plain");

	if (guard->negated)
		fputc('!', out);
	if (guard->kind != SCN_GUARD_KERNEL) {
		fprintf(out, "%d", guard->kind == SCN_GUARD_VARIANT ? holds : !guard->negated);
		return;
	}
	if (how == SCN_GT || how == SCN_LE)
		minor++;
	if (how == SCN_LT || how == SCN_LE || how == SCN_NE)
		fputc('!', out);
	if (how == SCN_EQ || how == SCN_NE)
		fprintf(out, "(kernel_at_least(%u, %u) && !kernel_at_least(%u, %u))", major, minor,
			major, minor + 1);
	else
		fprintf(out, "kernel_at_least(%u, %u)", major, minor);
}

/* Has the term behind @i "or" before it? */
static bool starts_choice(const struct scn_guards *guards, unsigned int i)
{
	return i + 1 < guards->nr && guards->list[i + 1].alternative;
}

void scn_emit_c_guards(FILE *out, const struct scn_guards *guards)
{
	unsigned int i;

	fputc('(', out);
	for (i = 0; i < guards->nr; i++) {
		if (i)
			fputs(guards->list[i].alternative ? " || " : " && ", out);
		if (!guards->list[i].alternative && starts_choice(guards, i))
			fputc('(', out);
		put_term(out, &guards->list[i]);
		if (guards->list[i].alternative && !starts_choice(guards, i))
			fputc(')', out);
	}
	fputc(')', out);
}

/* "not kernel >= 6.4" */
static void put_word(FILE *out, const struct scn_guard *guard)
{
	static const char *const signs[] = { "==", "!=", "<", "<=", ">", ">=" };
	static const char *const kinds[] = { "kernel", "root", "config", "has", "variant" };

	fprintf(out, "%s%s", guard->negated ? "not " : "", kinds[guard->kind]);
	if (guard->kind == SCN_GUARD_KERNEL)
		fprintf(out, " %s %u.%u", signs[guard->compare], guard->major, guard->minor);
	else if (guard->word[0])
		fprintf(out, " %s", guard->word);
}

void scn_emit_c_guard_words(FILE *out, const struct scn_guards *guards)
{
	unsigned int i;

	for (i = 0; i < guards->nr; i++) {
		if (i)
			fputs(guards->list[i].alternative ? " or " : ", ", out);
		put_word(out, &guards->list[i]);
	}
}
