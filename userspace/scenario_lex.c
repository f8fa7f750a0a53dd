// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "scenario_lex.h"

static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Copy [@start, @at) into the token's text; false if it does not fit. */
static bool take_text(struct scn_lexer *lexer, const char *start, unsigned long len)
{
	if (len >= SCN_TEXT_MAX)
		return scn_fail(lexer, "a word or string of %lu characters, expected at most %d",
				len, SCN_TEXT_MAX - 1);
	memcpy(lexer->token.text, start, len);
	lexer->token.text[len] = 0;
	return true;
}

/* A minus belongs to a word if word characters are on both sides: "anon-vma". */
static void lex_word(struct scn_lexer *lexer)
{
	const char *p = lexer->at;

	while (p < lexer->end &&
	       (is_word_char(*p) || (*p == '-' && p + 1 < lexer->end && is_word_char(p[1]))))
		p++;
	lexer->token.kind = SCN_T_WORD;
	take_text(lexer, lexer->at, (unsigned long)(p - lexer->at));
	lexer->at = p;
}

static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (isxdigit((unsigned char)c))
		return (unsigned int)(tolower((unsigned char)c) - 'a' + 10);
	return 16;
}

static void lex_number(struct scn_lexer *lexer)
{
	unsigned int base = 10;
	const char *p = lexer->at, *suffix;
	uint64_t number = 0;

	if (p + 2 < lexer->end && p[0] == '0' && p[1] == 'x' && digit_value(p[2]) < 16) {
		base = 16;
		p += 2;
	}
	for (; p < lexer->end && digit_value(*p) < base; p++) {
		if (number > (UINT64_MAX - digit_value(*p)) / base) {
			scn_fail(lexer, "a number of more than 64 bits, expected a smaller one");
			return;
		}
		number = number * base + digit_value(*p);
	}
	for (suffix = p; p < lexer->end && is_word_char(*p); p++)
		;
	lexer->token.kind = SCN_T_NUMBER;
	lexer->token.number = number;
	take_text(lexer, suffix, (unsigned long)(p - suffix));
	lexer->at = p;
}

static void lex_string(struct scn_lexer *lexer)
{
	const char *start = lexer->at + 1, *p = start;

	while (p < lexer->end && *p != '"')
		p++;
	if (p == lexer->end) {
		scn_fail(lexer, "a string without its end, expected '\"'");
		return;
	}
	if (memchr(start, 0, (unsigned long)(p - start))) {
		scn_fail(lexer, "a NUL in a string, expected text");
		return;
	}
	lexer->token.kind = SCN_T_STRING;
	take_text(lexer, start, (unsigned long)(p - start));
	lexer->at = p + 1;
}

static void lex_punct(struct scn_lexer *lexer)
{
	static const char *const puncts[] = {
		"==", "!=", "<=", ">=", "..", "(", ")", "[", "]", "{", "}",
		",",  "|",  "@",  "=",  "+",  "-", ".", ":", "<", ">",
	};
	unsigned long len;
	unsigned int i;

	for (i = 0; i < sizeof(puncts) / sizeof(puncts[0]); i++) {
		len = strlen(puncts[i]);
		if ((unsigned long)(lexer->end - lexer->at) < len ||
		    memcmp(lexer->at, puncts[i], len) != 0)
			continue;
		lexer->token.kind = SCN_T_PUNCT;
		take_text(lexer, puncts[i], len);
		lexer->at += len;
		return;
	}
	if (isprint((unsigned char)*lexer->at))
		scn_fail(lexer, "the character '%c', expected none such", *lexer->at);
	else
		scn_fail(lexer, "the byte 0x%02x, expected text", (unsigned char)*lexer->at);
}

void scn_next(struct scn_lexer *lexer)
{
	while (lexer->at < lexer->end && (*lexer->at == ' ' || *lexer->at == '\t'))
		lexer->at++;
	lexer->token = (struct scn_token){ .kind = SCN_T_END, .start = lexer->at };
	if (lexer->failed || lexer->at == lexer->end || *lexer->at == '#')
		return;
	if (isdigit((unsigned char)*lexer->at))
		lex_number(lexer);
	else if (is_word_char(*lexer->at))
		lex_word(lexer);
	else if (*lexer->at == '"')
		lex_string(lexer);
	else
		lex_punct(lexer);
	lexer->token.len = (unsigned int)(lexer->at - lexer->token.start);
}

void scn_lex(struct scn_lexer *lexer, const char *line, const char *end, struct scn_error *error)
{
	*lexer = (struct scn_lexer){ .at = line, .end = end, .error = error };
	scn_next(lexer);
}

bool scn_fail(struct scn_lexer *lexer, const char *format, ...)
{
	va_list args;

	if (lexer->failed)
		return false;
	lexer->failed = true;
	va_start(args, format);
	vsnprintf(lexer->error->text, sizeof(lexer->error->text), format, args);
	va_end(args);
	return false;
}

bool scn_expected(struct scn_lexer *lexer, const char *expected)
{
	if (lexer->token.kind == SCN_T_END)
		return scn_fail(lexer, "the line ends, expected %s", expected);
	return scn_fail(lexer, "'%.*s', expected %s", (int)lexer->token.len, lexer->token.start,
			expected);
}

bool scn_is_punct(const struct scn_lexer *lexer, const char *punct)
{
	return lexer->token.kind == SCN_T_PUNCT && !strcmp(lexer->token.text, punct);
}

bool scn_is_word(const struct scn_lexer *lexer, const char *word)
{
	return lexer->token.kind == SCN_T_WORD && !strcmp(lexer->token.text, word);
}

bool scn_accept_punct(struct scn_lexer *lexer, const char *punct)
{
	if (!scn_is_punct(lexer, punct))
		return false;
	scn_next(lexer);
	return true;
}

bool scn_accept_word(struct scn_lexer *lexer, const char *word)
{
	if (!scn_is_word(lexer, word))
		return false;
	scn_next(lexer);
	return true;
}

bool scn_want_punct(struct scn_lexer *lexer, const char *punct)
{
	char quoted[8];

	if (scn_accept_punct(lexer, punct))
		return true;
	snprintf(quoted, sizeof(quoted), "'%s'", punct);
	return scn_expected(lexer, quoted);
}

bool scn_want_name(struct scn_lexer *lexer, char *name, const char *what)
{
	if (lexer->token.kind != SCN_T_WORD)
		return scn_expected(lexer, what);
	if (strlen(lexer->token.text) >= SCN_NAME_MAX)
		return scn_fail(lexer, "a name of %zu characters, expected at most %d",
				strlen(lexer->token.text), SCN_NAME_MAX - 1);
	strcpy(name, lexer->token.text);
	scn_next(lexer);
	return true;
}

bool scn_want_number(struct scn_lexer *lexer, uint64_t max, uint64_t *number)
{
	if (lexer->token.kind != SCN_T_NUMBER || lexer->token.text[0])
		return scn_expected(lexer, "a number");
	if (lexer->token.number > max)
		return scn_fail(lexer, "%llu, expected at most %llu",
				(unsigned long long)lexer->token.number, (unsigned long long)max);
	*number = lexer->token.number;
	scn_next(lexer);
	return true;
}

bool scn_want_size(struct scn_lexer *lexer, uint64_t *pages)
{
	if (lexer->token.kind != SCN_T_NUMBER || strcmp(lexer->token.text, "p") != 0)
		return scn_expected(lexer, "a size in pages, as in 4p");
	if (lexer->token.number > SCN_ARENA_PAGES)
		return scn_fail(lexer, "%llup, expected at most %lup",
				(unsigned long long)lexer->token.number, SCN_ARENA_PAGES);
	*pages = lexer->token.number;
	scn_next(lexer);
	return true;
}
