// SPDX-License-Identifier: GPL-2.0
/* Expressions of C: conditions, over what /proc/self/maps shows, and guards. */
#include <inttypes.h>
#include <string.h>

#include "emit_c.h"
#include "expect.h"

bool scn_emit_c_checks(const struct scn_condition *c)
{
	if (c->kind == SCN_MERGED || c->kind == SCN_APART)
		return true;
	return c->kind == SCN_COMPARE && !strcmp(c->left.fact->name, "vmas") &&
	       c->right.kind == SCN_OPERAND_NUMBER;
}

/* "vmas(AT(0), AT(4), 1)": of pages @first to before @end, those VMAs that hold all if @whole */
static void put_vmas(FILE *out, uint64_t first, uint64_t end, bool whole)
{
	fprintf(out, "vmas(AT(%" PRIu64 "), AT(%" PRIu64 "), %d)", first, end, whole);
}

static uint64_t end_of(const struct scn_range *range)
{
	return range->first + range->pages;
}

void scn_emit_c_condition(FILE *out, const struct scn_condition *c)
{
	static const char *const signs[] = { "==", "!=", "<", "<=", ">", ">=" };
	const struct scn_range *low = scn_lower(c), *high = scn_upper(c);

	if (c->kind == SCN_COMPARE) {
		put_vmas(out, c->left.at.first, end_of(&c->left.at), false);
		fprintf(out, " %s %" PRId64, signs[c->compare],
			(int64_t)c->right.number + c->right.plus - c->left.plus);
	} else if (c->kind == SCN_MERGED) {
		put_vmas(out, low->first,
			 end_of(low) > end_of(high) ? end_of(low) : end_of(high), true);
	} else {
		put_vmas(out, end_of(low) - 1, end_of(low), true);
		fputs(" && ", out);
		put_vmas(out, high->first, high->first + 1, true);
		fputs(" &&\n\t       !", out);
		put_vmas(out, end_of(low) - 1, high->first + 1, true);
	}
}

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
