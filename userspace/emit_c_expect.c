// SPDX-License-Identifier: GPL-2.0
/* Conditions as expressions of C, over what /proc/self/maps shows. */
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

bool scn_emit_c_remarks(const struct scn_line *line)
{
	return line->kind == SCN_LET || scn_emit_c_left_out(&line->guards) ||
	       (line->kind == SCN_EXPECT && !scn_emit_c_checks(&line->condition));
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
