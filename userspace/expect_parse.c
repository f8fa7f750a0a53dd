// SPDX-License-Identifier: GPL-2.0
/* Conditions, as they stand after expect and "wait until". */
#include <stdio.h>
#include <string.h>

#include "expect.h"
#include "scenario_parse.h"

/* "A, B" as bits; @names gives what they may be, @what says it in an error. */
static bool parse_set(struct scn_parser *p, const char *(*names)(unsigned int index),
		      const char *what, uint64_t *set)
{
	unsigned int index;

	do {
		if (p->lexer.token.kind != SCN_T_WORD ||
		    !scn_name_index(names, p->lexer.token.text, &index))
			return scn_expected(&p->lexer, what);
		*set |= 1ULL << index;
		scn_next(&p->lexer);
	} while (scn_accept_punct(&p->lexer, ","));
	return true;
}

/* "+ 4", "- 1" */
static bool parse_plus(struct scn_parser *p, struct scn_operand *operand)
{
	bool minus = scn_is_punct(&p->lexer, "-");
	uint64_t number;

	if (!minus && !scn_is_punct(&p->lexer, "+"))
		return true;
	scn_next(&p->lexer);
	if (!scn_want_number(&p->lexer, INT32_MAX, &number))
		return false;
	operand->plus = minus ? -(int64_t)number : (int64_t)number;
	return true;
}

/* "(a)" as the fact's scope has it */
static bool parse_where(struct scn_parser *p, struct scn_operand *operand)
{
	enum scn_scope scope = operand->fact->scope;

	operand->at = (struct scn_range){ 0, SCN_ARENA_PAGES };
	if (!scn_want_punct(&p->lexer, "("))
		return false;
	if (scope == SCN_OF_VMA || scn_fact_is_of_pages(operand->fact) ||
	    (scope == SCN_OF_RANGE && !scn_is_punct(&p->lexer, ")"))) {
		if (!scn_parse_range(p, &operand->at))
			return false;
	}
	return scn_want_punct(&p->lexer, ")");
}

/* Is the token at hand the name of a fact? Words of facts come first: "none", "file", ... */
static bool names_fact(const struct scn_parser *p)
{
	return p->lexer.token.kind == SCN_T_WORD && scn_fact_find(p->lexer.token.text);
}

bool scn_parse_fact(struct scn_parser *p, struct scn_operand *operand)
{
	if (!names_fact(p))
		return scn_expected(&p->lexer, scn_fact_list());
	operand->kind = SCN_OPERAND_FACT;
	operand->fact = scn_fact_find(p->lexer.token.text);
	scn_next(&p->lexer);
	if (!parse_where(p, operand))
		return false;
	return operand->fact->type != SCN_NUMBER || parse_plus(p, operand);
}

/* What let kept of a fact of the same kind as @fact, and if they are words, with the same words. */
static bool parse_let_use(struct scn_parser *p, const struct scn_fact *fact,
			  struct scn_operand *operand)
{
	const struct scenario *scenario = p->scenario;
	const struct scn_fact *kept;
	unsigned int i;

	for (i = 0; i < scenario->nr_lets; i++) {
		kept = scenario->lets[i].fact;
		if (kept->type != fact->type || kept->word != fact->word ||
		    !scn_is_word(&p->lexer, scenario->lets[i].name))
			continue;
		operand->kind = SCN_OPERAND_LET;
		operand->number = i;
		scn_next(&p->lexer);
		return true;
	}
	return false;
}

/* "page(@3)", "7", "absent", a let, or another fact that is a number */
static bool parse_number(struct scn_parser *p, const struct scn_fact *fact,
			 struct scn_operand *operand)
{
	struct scn_range range;

	if (scn_accept_word(&p->lexer, "absent")) {
		operand->kind = SCN_OPERAND_NONE;
		return true;
	}
	operand->kind = SCN_OPERAND_NUMBER;
	if (scn_accept_word(&p->lexer, "page")) {
		if (!scn_want_punct(&p->lexer, "(") || !scn_parse_range(p, &range) ||
		    !scn_want_punct(&p->lexer, ")"))
			return false;
		operand->number = scn_address(range.first) >> SCN_PAGE_SHIFT;
	} else if (p->lexer.token.kind == SCN_T_NUMBER) {
		if (!scn_want_number(&p->lexer, UINT64_MAX, &operand->number))
			return false;
	} else if (!parse_let_use(p, fact, operand)) {
		return names_fact(p) ? scn_parse_fact(p, operand) :
			scn_expected(&p->lexer, "a number, page(@N), absent, or a let or a fact "
				     "that is a number");
	}
	return parse_plus(p, operand);
}

/* "none", a let, or another fact that is an object */
static bool parse_object(struct scn_parser *p, const struct scn_fact *fact,
			 struct scn_operand *operand)
{
	if (scn_accept_word(&p->lexer, "none")) {
		operand->kind = SCN_OPERAND_NONE;
		return true;
	}
	if (parse_let_use(p, fact, operand))
		return true;
	return names_fact(p) ? scn_parse_fact(p, operand) :
		scn_expected(&p->lexer, "none, or a let or a fact that is such an object");
}

/* One of the fact's words, "absent", a let, or a fact that has the same words */
static bool parse_name(struct scn_parser *p, const struct scn_fact *fact,
		       struct scn_operand *operand)
{
	unsigned int index;

	if (p->lexer.token.kind == SCN_T_WORD &&
	    scn_name_index(fact->word, p->lexer.token.text, &index)) {
		operand->kind = SCN_OPERAND_WORD;
		operand->number = index;
		scn_next(&p->lexer);
		return true;
	}
	if (scn_accept_word(&p->lexer, "absent")) {
		operand->kind = SCN_OPERAND_NONE;
		return true;
	}
	if (parse_let_use(p, fact, operand))
		return true;
	if (names_fact(p))
		return scn_parse_fact(p, operand);
	return scn_expected(&p->lexer, "one of the fact's words, see mergescope-report(5)");
}

static bool parse_string(struct scn_parser *p, const struct scn_fact *fact,
			 struct scn_operand *operand)
{
	if (parse_let_use(p, fact, operand))
		return true;
	if (names_fact(p))
		return scn_parse_fact(p, operand);
	operand->kind = SCN_OPERAND_TEXT;
	if (p->lexer.token.kind != SCN_T_STRING)
		return scn_expected(&p->lexer, "a string, or a let or a fact that is one");
	strcpy(operand->text, p->lexer.token.text);
	scn_next(&p->lexer);
	return true;
}

/* The right side, which must be of the left one's type. */
static bool parse_right(struct scn_parser *p, struct scn_condition *condition)
{
	static bool (*const parse[])(struct scn_parser *, const struct scn_fact *,
				     struct scn_operand *) = {
		[SCN_NUMBER] = parse_number, [SCN_OBJECT] = parse_object,
		[SCN_WORD] = parse_name,     [SCN_TEXT] = parse_string,
	};
	const struct scn_fact *fact = condition->left.fact;
	struct scn_operand *right = &condition->right;

	if (!parse[fact->type](p, fact, right))
		return false;
	if (right->kind == SCN_OPERAND_FACT &&
	    (right->fact->type != fact->type || right->fact->word != fact->word))
		return scn_fail(&p->lexer, "%s() and %s(), expected two of one kind", fact->name,
				right->fact->name);
	return true;
}

static bool parse_comparison(struct scn_parser *p, struct scn_condition *condition)
{
	const struct scn_fact *fact = condition->left.fact;

	/* A single = reads better before a word. */
	if (scn_accept_punct(&p->lexer, "="))
		condition->compare = SCN_EQ;
	else if (!scn_parse_compare(p, &condition->compare))
		return false;
	if (fact->type != SCN_NUMBER && condition->compare > SCN_NE)
		return scn_fail(&p->lexer, "%s() is no number, expected == or !=", fact->name);
	if (!parse_right(p, condition))
		return false;
	if (condition->right.kind == SCN_OPERAND_NONE && condition->compare > SCN_NE)
		return scn_fail(&p->lexer, "absent is no number, expected == or != before it");
	return true;
}

/* FACT == VALUE, SET has A, B, SET lacks A, B */
static bool parse_about_fact(struct scn_parser *p, struct scn_condition *condition)
{
	struct scn_operand *left = &condition->left;
	char others[768];

	condition->kind = SCN_COMPARE;
	if (!names_fact(p)) {
		snprintf(others, sizeof(others), "merged, apart, violates, %s", scn_fact_list());
		return scn_expected(&p->lexer, others);
	}
	if (!scn_parse_fact(p, left))
		return false;
	if (left->fact->type != SCN_SET)
		return parse_comparison(p, condition);
	if (scn_accept_word(&p->lexer, "has"))
		condition->kind = SCN_HAS;
	else if (scn_accept_word(&p->lexer, "lacks"))
		condition->kind = SCN_LACKS;
	else
		return scn_expected(&p->lexer, "has or lacks");
	condition->right.kind = SCN_OPERAND_WORD;
	return parse_set(p, left->fact->word, "one of the fact's words, see mergescope-report(5)",
			 &condition->right.number);
}

static bool parse_pair(struct scn_parser *p, struct scn_condition *condition)
{
	return scn_want_punct(&p->lexer, "(") && scn_parse_range(p, &condition->a) &&
	       scn_want_punct(&p->lexer, ",") && scn_parse_range(p, &condition->b) &&
	       scn_want_punct(&p->lexer, ")");
}

static bool parse_apart(struct scn_parser *p, struct scn_condition *condition)
{
	const struct scn_range *a = &condition->a, *b = &condition->b;

	condition->kind = SCN_APART;
	if (!parse_pair(p, condition))
		return false;
	if (a->first < b->first + b->pages && b->first < a->first + a->pages)
		return scn_fail(&p->lexer, "apart() of what overlaps, expected two ranges");
	if (!scn_accept_word(&p->lexer, "because"))
		return true;
	if (scn_accept_word(&p->lexer, "hole")) {
		condition->because = SCN_BECAUSE_HOLE;
		return true;
	}
	if (scn_accept_word(&p->lexer, "nothing")) {
		condition->because = SCN_BECAUSE_NOTHING;
		return true;
	}
	return parse_set(p, scn_blocker_word, "hole, nothing, or a blocker of mergescope-report(5)",
			 &condition->because);
}

static bool parse_violates(struct scn_parser *p, struct scn_condition *condition)
{
	condition->kind = SCN_VIOLATES;
	if (!scn_want_punct(&p->lexer, "("))
		return false;
	if (p->lexer.token.kind != SCN_T_WORD ||
	    !scn_name_index(scn_rule_word, p->lexer.token.text, &condition->rule))
		return scn_expected(&p->lexer, "an invariant of mergescope-report(5)");
	scn_next(&p->lexer);
	return scn_want_punct(&p->lexer, ")");
}

bool scn_parse_condition(struct scn_parser *p, struct scn_condition *condition)
{
	const char *start = p->lexer.token.start;
	bool good;

	if (scn_accept_word(&p->lexer, "merged")) {
		condition->kind = SCN_MERGED;
		good = parse_pair(p, condition);
	} else if (scn_accept_word(&p->lexer, "apart")) {
		good = parse_apart(p, condition);
	} else if (scn_accept_word(&p->lexer, "violates")) {
		good = parse_violates(p, condition);
	} else {
		good = parse_about_fact(p, condition);
	}
	if (good)
		scn_quote(p, start, condition->text);
	return good;
}
