// SPDX-License-Identifier: GPL-2.0
/* Places, ranges, times and the arguments of calls. */
#include <string.h>

#include "scenario_parse.h"

static const struct scn_region *find_region(const struct scn_parser *p, const char *name)
{
	const struct scn_block *block = &p->blocks[p->depth];
	unsigned int i;

	for (i = 0; i < block->nr_regions; i++) {
		if (!strcmp(block->regions[i].name, name))
			return &block->regions[i];
	}
	return NULL;
}

/* "A" or "A..B", the latter inclusive. */
static bool parse_span(struct scn_parser *p, uint64_t max, struct scn_range *span)
{
	uint64_t last;

	if (!scn_want_number(&p->lexer, max, &span->first))
		return false;
	span->pages = 1;
	if (!scn_accept_punct(&p->lexer, ".."))
		return true;
	if (!scn_want_number(&p->lexer, max, &last))
		return false;
	if (last < span->first)
		return scn_fail(&p->lexer, "a range that ends at %llu, expected at least %llu",
				(unsigned long long)last, (unsigned long long)span->first);
	span->pages = last - span->first + 1;
	return true;
}

/* "a", "a[1]" or "a[1..2]". */
static bool parse_region(struct scn_parser *p, struct scn_range *range)
{
	const struct scn_region *region = find_region(p, p->lexer.token.text);
	struct scn_range span;

	if (!region)
		return scn_expected(&p->lexer, "a region that an earlier step names, or @N");
	scn_next(&p->lexer);
	*range = region->range;
	if (!scn_accept_punct(&p->lexer, "["))
		return true;
	if (!parse_span(p, SCN_ARENA_PAGES - 1, &span) || !scn_want_punct(&p->lexer, "]"))
		return false;
	if (span.first + span.pages > range->pages)
		return scn_fail(&p->lexer, "page %llu of %s, expected one of its %llu pages",
				(unsigned long long)(span.first + span.pages - 1), region->name,
				(unsigned long long)range->pages);
	range->first += span.first;
	range->pages = span.pages;
	return true;
}

bool scn_parse_range(struct scn_parser *p, struct scn_range *range)
{
	if (p->lexer.token.kind == SCN_T_WORD)
		return parse_region(p, range);
	if (!scn_accept_punct(&p->lexer, "@"))
		return scn_expected(&p->lexer, "a region or @N");
	return parse_span(p, SCN_ARENA_PAGES - 1, range);
}

bool scn_parse_place(struct scn_parser *p, uint64_t *page)
{
	if (!scn_accept_punct(&p->lexer, "@"))
		return scn_expected(&p->lexer, "@N");
	return scn_want_number(&p->lexer, SCN_ARENA_PAGES - 1, page);
}

bool scn_parse_time(struct scn_parser *p, unsigned int *ms)
{
	const struct scn_token *token = &p->lexer.token;
	bool seconds = !strcmp(token->text, "s");

	if (token->kind != SCN_T_NUMBER || (!seconds && strcmp(token->text, "ms") != 0))
		return scn_expected(&p->lexer, "a time, as in 5s or 200ms");
	if (token->number > 600 * (seconds ? 1 : 1000))
		return scn_expected(&p->lexer, "at most 600s");
	*ms = (unsigned int)token->number * (seconds ? 1000 : 1);
	scn_next(&p->lexer);
	return true;
}

static bool parse_word(struct scn_parser *p, const struct scn_words *words, uint64_t *number)
{
	const struct scn_word *word;

	word = p->lexer.token.kind == SCN_T_WORD ? scn_word_find(words, p->lexer.token.text) : NULL;
	if (!word)
		return scn_expected(&p->lexer, words->what);
	scn_next(&p->lexer);
	*number = word->value;
	return true;
}

static bool parse_words(struct scn_parser *p, const struct scn_words *words, uint64_t *number)
{
	uint64_t one = 0;

	*number = 0;
	do {
		if (!parse_word(p, words, &one))
			return false;
		*number |= one;
	} while (scn_accept_punct(&p->lexer, "|"));
	return true;
}

static bool parse_prot(struct scn_parser *p, uint64_t *prot)
{
	if (p->lexer.token.kind != SCN_T_WORD || !scn_prot(p->lexer.token.text, prot))
		return scn_expected(&p->lexer, "a protection, as in rw, rx or none");
	scn_next(&p->lexer);
	return true;
}

static bool parse_object(struct scn_parser *p, bool is_uffd, uint64_t *index)
{
	const struct scenario *scenario = p->scenario;
	unsigned int i;

	for (i = 0; i < scenario->nr_objects; i++) {
		if (scenario->objects[i].is_uffd != is_uffd ||
		    !p->open[p->blocks[p->depth].process][i] ||
		    !scn_is_word(&p->lexer, scenario->objects[i].name))
			continue;
		scn_next(&p->lexer);
		*index = i;
		return true;
	}
	return scn_expected(&p->lexer, is_uffd ? "a userfaultfd that this process has made" :
						 "a file that this process has opened");
}

static bool parse_text(struct scn_parser *p, char *text)
{
	if (p->lexer.token.kind != SCN_T_STRING)
		return scn_expected(&p->lexer, "a string");
	strcpy(text, p->lexer.token.text);
	scn_next(&p->lexer);
	return true;
}

/* A range that may be written as strace has it, as where it begins and a size. */
static bool parse_sized_range(struct scn_parser *p, struct scn_range *range)
{
	bool is_place = scn_is_punct(&p->lexer, "@");
	struct scn_lexer before;

	if (!scn_parse_range(p, range))
		return false;
	before = p->lexer;
	if (!is_place || range->pages != 1 || !scn_accept_punct(&p->lexer, ","))
		return true;
	if (p->lexer.token.kind == SCN_T_NUMBER && !strcmp(p->lexer.token.text, "p"))
		return scn_want_size(&p->lexer, &range->pages);
	p->lexer = before;
	return true;
}

static bool parse_arg(struct scn_parser *p, const struct scn_param *param, struct scn_arg *arg)
{
	struct scn_lexer *lexer = &p->lexer;

	arg->given = true;
	switch (param->kind) {
	case SCN_P_TO:
		if (!scn_accept_word(lexer, "to"))
			return scn_expected(lexer, "to @N");
		return scn_parse_place(p, &arg->range.first);
	case SCN_P_PLACE:
		return scn_parse_place(p, &arg->range.first);
	case SCN_P_RANGE:
		return parse_sized_range(p, &arg->range);
	case SCN_P_OLD:
		return scn_parse_range(p, &arg->range);
	case SCN_P_SIZE:
		return scn_want_size(lexer, &arg->range.pages);
	case SCN_P_PROT:
		return parse_prot(p, &arg->number);
	case SCN_P_WORD:
		return parse_word(p, param->words, &arg->number);
	case SCN_P_WORDS:
		return parse_words(p, param->words, &arg->number);
	case SCN_P_NUMBER:
		return scn_want_number(lexer, param->max, &arg->number);
	case SCN_P_TEXT:
		return parse_text(p, arg->text);
	case SCN_P_FILE:
		return parse_object(p, false, &arg->number);
	case SCN_P_UFFD:
		return parse_object(p, true, &arg->number);
	case SCN_P_END:
		break;
	}
	return false;
}

/* mremap's dontunmap is optional behind what is; mmap's offset is not. */
static bool may_end(const struct scn_call *call, unsigned int i)
{
	if (i == SCN_MAX_ARGS || call->params[i].kind == SCN_P_END)
		return true;
	return call->params[i].optional || (call->id == SCN_MREMAP && i == 3);
}

bool scn_parse_args(struct scn_parser *p, struct scn_line *line)
{
	const struct scn_call *call = line->call;
	struct scn_lexer *lexer = &p->lexer;
	unsigned int i;

	for (i = 0; i < SCN_MAX_ARGS && call->params[i].kind != SCN_P_END; i++) {
		if (scn_is_punct(lexer, ")") && may_end(call, i))
			break;
		if (scn_is_punct(lexer, ")") || (i && !scn_is_punct(lexer, ",")))
			return scn_expected(lexer, call->usage);
		if (i)
			scn_next(lexer);
		if (!parse_arg(p, &call->params[i], &line->args[i]))
			return false;
	}
	if (!scn_is_punct(lexer, ")"))
		return scn_expected(lexer, call->usage);
	scn_next(lexer);
	return true;
}
