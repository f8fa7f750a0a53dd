/* SPDX-License-Identifier: GPL-2.0 */
/* One line of a scenario as tokens. */
#ifndef MSC_SCENARIO_LEX_H
#define MSC_SCENARIO_LEX_H

#include "scenario.h"

enum scn_token_kind {
	SCN_T_END,	/* of the line; a comment begins there or nothing does */
	SCN_T_WORD,	/* letters, digits, _ and, within, - */
	SCN_T_NUMBER,	/* decimal or 0x hexadecimal, with what letters follow it ("4p", "5s") */
	SCN_T_STRING,	/* in double quotes, without escapes */
	SCN_T_PUNCT,	/* one of ( ) [ ] { } , | @ = + - . : and == != < <= > >= .. */
};

struct scn_token {
	enum scn_token_kind kind;
	const char *start;		/* in the line */
	unsigned int len;
	uint64_t number;		/* SCN_T_NUMBER */
	char text[SCN_TEXT_MAX];	/* a word, a string's inside, punctuation, a suffix */
};

/*
 * struct scn_lexer - a line that is read token by token; @token is the one at hand
 * @error: gets the first thing that is wrong; @failed says that it has
 */
struct scn_lexer {
	const char *at, *end;
	struct scn_token token;
	struct scn_error *error;
	bool failed;
};

/* Begin with the line [@line, @end), and read its first token. */
void scn_lex(struct scn_lexer *lexer, const char *line, const char *end, struct scn_error *error);

/* Read the next token. */
void scn_next(struct scn_lexer *lexer);

/*
 * Note that the token at hand is not what belongs there: "'TOKEN', expected EXPECTED". Returns
 * false, for the caller to return.
 */
bool scn_expected(struct scn_lexer *lexer, const char *expected);

/* Note another error; as printf(). Only the first of a line is kept. Returns false. */
bool scn_fail(struct scn_lexer *lexer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

bool scn_is_punct(const struct scn_lexer *lexer, const char *punct);
bool scn_is_word(const struct scn_lexer *lexer, const char *word);

/* Go on behind the token at hand if it is @punct or @word: was it? */
bool scn_accept_punct(struct scn_lexer *lexer, const char *punct);
bool scn_accept_word(struct scn_lexer *lexer, const char *word);

/* The same, but it must be. */
bool scn_want_punct(struct scn_lexer *lexer, const char *punct);

/* A name into @name: a word that fits SCN_NAME_MAX; @what it is the name of, for the error. */
bool scn_want_name(struct scn_lexer *lexer, char *name, const char *what);

/* A number without a suffix, at most @max. */
bool scn_want_number(struct scn_lexer *lexer, uint64_t max, uint64_t *number);

/* A size in pages: a number with the suffix p, at most SCN_ARENA_PAGES. */
bool scn_want_size(struct scn_lexer *lexer, uint64_t *pages);

#endif
