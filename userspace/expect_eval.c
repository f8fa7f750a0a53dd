// SPDX-License-Identifier: GPL-2.0
/* Is a condition true of a report, and if not, what is? */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../module/core/merge.h"
#include "../module/core/rules.h"
#include "expect.h"

/* struct got - where it is written what is true */
struct got {
	char *text;
	size_t size, len;
};

static void add(struct got *got, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct got *got, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(got->text + got->len, got->size - got->len, format, args);
	va_end(args);
	if (len > 0)
		got->len += (size_t)len;
	if (got->len >= got->size)
		got->len = got->size - 1;
}

/* The names of the bits in @set. */
static void add_set(struct got *got, uint64_t set, const char *(*names)(unsigned int index))
{
	const char *separator = "";
	unsigned int i;

	for (i = 0; names(i); i++) {
		if (!(set & 1ULL << i))
			continue;
		add(got, "%s%s", separator, names(i));
		separator = ",";
	}
	if (!*separator)
		add(got, "-");
}

/* A number, and which page of the arena it would be. */
static void add_number(struct got *got, uint64_t number)
{
	uint64_t arena = SCN_ARENA >> SCN_PAGE_SHIFT;

	if (number >= arena && number < arena + SCN_ARENA_PAGES)
		add(got, "page(@%" PRIu64 ")", number - arena);
	else if (number >> 32)
		add(got, "%#" PRIx64, number);
	else
		add(got, "%" PRIu64, number);
}

static void add_value(struct got *got, const struct scn_fact *fact, const struct scn_value *value)
{
	if (value->unknown) {
		add(got, "unknown");
		return;
	}
	if (value->none) {
		add(got, "%s", fact->type == SCN_OBJECT ? "none" : "absent");
		return;
	}
	switch (fact->type) {
	case SCN_NUMBER:
		add_number(got, value->number);
		break;
	case SCN_OBJECT:
		add(got, "another");
		break;
	case SCN_WORD:
		add(got, "%s", fact->word((unsigned int)value->number));
		break;
	case SCN_SET:
		add_set(got, value->number, fact->word);
		break;
	case SCN_TEXT:
		add(got, "\"%s\"", value->text);
		break;
	}
}

static bool compare(enum scn_compare how, uint64_t a, uint64_t b)
{
	switch (how) {
	case SCN_EQ:
		return a == b;
	case SCN_NE:
		return a != b;
	case SCN_LT:
		return a < b;
	case SCN_LE:
		return a <= b;
	case SCN_GT:
		return a > b;
	case SCN_GE:
		return a >= b;
	}
	return false;
}

/*
 * What is absent equals only what is absent, and is neither less nor more. Of what is unknown
 * nothing is true.
 */
static bool compare_values(enum scn_compare how, enum scn_type type, const struct scn_value *a,
			   const struct scn_value *b)
{
	if (a->unknown || b->unknown)
		return false;
	if (a->none || b->none)
		return how == SCN_EQ ? a->none == b->none :
				       how == SCN_NE && a->none != b->none;
	if (type == SCN_TEXT)
		return compare(how, strcmp(a->text, b->text) != 0, 0);
	return compare(how, a->number, b->number);
}

/* @operand at its place, @offset pages on. */
static bool value_of(const struct scn_operand *operand, const struct scn_view *view,
		     uint64_t offset, struct scn_value *value, struct got *got)
{
	struct scn_range at = operand->at;

	*value = (struct scn_value){ 0 };
	switch (operand->kind) {
	case SCN_OPERAND_FACT:
		at.first += offset;
		if (!scn_fact_get(operand->fact, view, &at, value)) {
			add(got, "nothing mapped at @%" PRIu64, at.first);
			return false;
		}
		break;
	case SCN_OPERAND_LET:
		*value = view->lets[operand->number];
		if (value->unknown) {
			add(got, "nothing that let would have kept");
			return false;
		}
		break;
	case SCN_OPERAND_NONE:
		value->none = true;
		break;
	case SCN_OPERAND_NUMBER:
	case SCN_OPERAND_WORD:
		value->number = operand->number;
		break;
	case SCN_OPERAND_TEXT:
		value->text = operand->text;
		break;
	}
	value->number += (uint64_t)operand->plus;
	return true;
}

/* One page's, or the only, comparison. */
static bool holds_at(const struct scn_condition *c, const struct scn_view *view, uint64_t offset,
		     struct got *got)
{
	const struct scn_fact *fact = c->left.fact;
	struct scn_value left, right;
	bool good;

	/* The right side is one value, also of many pages on the left. */
	if (!value_of(&c->left, view, offset, &left, got) ||
	    !value_of(&c->right, view, 0, &right, got))
		return false;
	if (c->kind == SCN_COMPARE)
		good = compare_values(c->compare, fact->type, &left, &right);
	else if (left.unknown || left.none)
		good = false;
	else
		good = !(right.number & (c->kind == SCN_HAS ? ~left.number : left.number));
	if (good)
		return true;
	add_value(got, fact, &left);
	if (c->right.kind == SCN_OPERAND_FACT && fact->type == SCN_NUMBER) {
		add(got, " and ");
		add_value(got, fact, &right);
	}
	if (c->left.at.pages > 1 && scn_fact_is_of_pages(fact))
		add(got, " at @%" PRIu64, c->left.at.first + offset);
	return false;
}

static bool holds_for_all(const struct scn_condition *c, const struct scn_view *view,
			  struct got *got)
{
	uint64_t pages = scn_fact_is_of_pages(c->left.fact) ? c->left.at.pages : 1, i;

	for (i = 0; i < pages; i++) {
		if (!holds_at(c, view, i, got))
			return false;
	}
	return true;
}

/* Why two VMAs, the left one of which is @left, are two: bits as in scn_condition.because. */
static uint64_t reasons(const struct scn_view *view, const struct msc_vma *left,
			const struct msc_vma *right)
{
	struct msc_verdict verdict;

	if (right != left + 1)
		return SCN_BECAUSE_HOLE;
	verdict = msc_merge_verdict(&view->s->facts.merge, left, right);
	switch (verdict.outcome) {
	case MSC_CANDIDATE:
		return SCN_BECAUSE_NOTHING;
	case MSC_BLOCKED:
		return verdict.blockers;
	case MSC_UNKNOWN:
		return SCN_BECAUSE_UNKNOWN;
	default:
		return SCN_BECAUSE_HOLE;
	}
}

static void add_reasons(struct got *got, uint64_t because)
{
	if (because == SCN_BECAUSE_HOLE)
		add(got, "hole");
	else if (because == SCN_BECAUSE_NOTHING)
		add(got, "nothing");
	else if (because == SCN_BECAUSE_UNKNOWN)
		add(got, "unknown");
	else
		add_set(got, because, scn_blocker_word);
}

/* What is at the arena pages @first and @second, the latter further on; why that is two VMAs. */
static bool find_two(const struct scn_view *view, uint64_t first, uint64_t second,
		     uint64_t *because, struct got *got)
{
	const struct msc_vma *a = scn_vma_at(view->s, first), *b = scn_vma_at(view->s, second);

	if (!a || !b) {
		add(got, "nothing mapped at @%" PRIu64, a ? second : first);
		return false;
	}
	if (a == b) {
		add(got, "one VMA");
		return false;
	}
	*because = reasons(view, a, b);
	add(got, "two VMAs because ");
	add_reasons(got, *because);
	return true;
}

/* The VMA at the first page of the lower range holds every page of both. */
static bool judge_merged(const struct scn_condition *c, const struct scn_view *view,
			 struct got *got)
{
	const struct scn_range *const ranges[] = { scn_lower(c), scn_upper(c) };
	uint64_t first = ranges[0]->first, because, page, end;
	const struct msc_vma *vma = scn_vma_at(view->s, first);
	unsigned int i;

	end = vma ? (vma->end - SCN_ARENA) >> SCN_PAGE_SHIFT : first;
	for (i = 0; i < 2; i++) {
		page = ranges[i]->first > end ? ranges[i]->first : end;
		if (page >= ranges[i]->first + ranges[i]->pages)
			continue;
		find_two(view, first, page, &because, got);
		return false;
	}
	return true;
}

/* Between the end of the lower range and the begin of the other. */
static bool judge_apart(const struct scn_condition *c, const struct scn_view *view,
			struct got *got)
{
	const struct scn_range *low = scn_lower(c), *high = scn_upper(c);
	uint64_t because;

	if (!find_two(view, low->first + low->pages - 1, high->first, &because, got))
		return false;
	return !c->because || c->because == because;
}

static bool judge_rule(const struct scn_condition *c, const struct scn_view *view,
		       struct got *got)
{
	struct msc_judge judge = { 0 };

	msc_rules[c->rule].judge(view->s, &judge);
	if (judge.violations)
		return true;
	add(got, "no violation");
	return false;
}

bool scn_holds(const struct scn_condition *condition, const struct scn_view *view, char *text,
	       unsigned long size)
{
	struct got got = { .text = text, .size = size };

	text[0] = 0;
	if (condition->kind == SCN_MERGED)
		return judge_merged(condition, view, &got);
	if (condition->kind == SCN_APART)
		return judge_apart(condition, view, &got);
	if (condition->kind == SCN_VIOLATES)
		return judge_rule(condition, view, &got);
	return holds_for_all(condition, view, &got);
}

bool scn_evaluate(const struct scn_operand *operand, const struct scn_view *view,
		  struct scn_value *value, char *text, unsigned long size)
{
	struct got got = { .text = text, .size = size };

	text[0] = 0;
	return value_of(operand, view, 0, value, &got);
}
