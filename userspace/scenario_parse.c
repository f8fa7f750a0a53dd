// SPDX-License-Identifier: GPL-2.0
/* The lines of a scenario, and the blocks they stand in. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "scenario_parse.h"

#define MAX_LINES 4096

static struct scn_block *block_of(struct scn_parser *p)
{
	return &p->blocks[p->depth];
}

void scn_quote(const struct scn_parser *p, const char *start, char text[SCN_LINE_MAX])
{
	const char *end = p->lexer.token.start;
	unsigned long len;

	while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	len = (unsigned long)(end - start);
	if (len >= SCN_LINE_MAX)
		len = SCN_LINE_MAX - 1;
	memcpy(text, start, len);
	text[len] = 0;
}

/* A line of the current block, zeroed; NULL with the parser's error set. */
static struct scn_line *add_line(struct scn_parser *p, enum scn_kind kind, int number)
{
	struct scenario *scenario = p->scenario;
	struct scn_line *lines = scenario->lines;
	unsigned int nr = scenario->nr_lines;

	if (nr == MAX_LINES) {
		scn_fail(&p->lexer, "too many lines, expected at most %d", MAX_LINES);
		return NULL;
	}
	/* Twice as many whenever the number is a power of two. */
	if (!(nr & (nr - 1))) {
		lines = realloc(lines, (nr ? 2 * nr : 1) * sizeof(*lines));
		if (!lines) {
			p->nomem = true;
			return NULL;
		}
		scenario->lines = lines;
	}
	lines += scenario->nr_lines++;
	memset(lines, 0, sizeof(*lines));
	lines->kind = kind;
	lines->line = number;
	lines->process = block_of(p)->process;
	return lines;
}

/* From here on, and to the end of the block, @line's name means its region. */
static bool bind_region(struct scn_parser *p, const struct scn_line *line)
{
	struct scn_block *block = block_of(p);
	unsigned int i;

	for (i = 0; i < block->nr_regions; i++) {
		if (!strcmp(block->regions[i].name, line->name))
			break;
	}
	if (i == SCN_MAX_REGIONS)
		return scn_fail(&p->lexer, "too many regions, expected at most %d",
				SCN_MAX_REGIONS);
	strcpy(block->regions[i].name, line->name);
	block->regions[i].range = line->region;
	if (i == block->nr_regions)
		block->nr_regions++;
	return true;
}

static bool bind_object(struct scn_parser *p, struct scn_line *line)
{
	struct scenario *scenario = p->scenario;
	struct scn_object *object = &scenario->objects[scenario->nr_objects];
	unsigned int i;

	for (i = 0; i < scenario->nr_objects; i++) {
		if (!strcmp(scenario->objects[i].name, line->name))
			return scn_fail(&p->lexer, "'%s' is a file already, expected a new name",
					line->name);
	}
	if (i == SCN_MAX_OBJECTS)
		return scn_fail(&p->lexer, "too many files, expected at most %d", SCN_MAX_OBJECTS);
	strcpy(object->name, line->name);
	object->is_uffd = line->call->id == SCN_UFFD;
	p->open[line->process][scenario->nr_objects] = true;
	line->object = scenario->nr_objects++;
	return true;
}

/* Where the call maps, which follows from its arguments. */
static bool set_region(struct scn_parser *p, struct scn_line *line)
{
	const struct scn_arg *args = line->args;

	switch (line->call->id) {
	case SCN_MMAP:
		line->region = (struct scn_range){ args[0].range.first, args[1].range.pages };
		break;
	case SCN_MREMAP:
		line->region.first = args[2].given ? args[2].range.first : args[0].range.first;
		line->region.pages = args[1].range.pages;
		break;
	case SCN_BRK:
		line->region = (struct scn_range){ SCN_HEAP, args[0].range.pages };
		break;
	default:
		return true;
	}
	if (line->region.first + line->region.pages > SCN_ARENA_PAGES)
		return scn_fail(&p->lexer, "a mapping that ends at @%llu, expected at most @%lu",
				(unsigned long long)(line->region.first + line->region.pages),
				SCN_ARENA_PAGES);
	return true;
}

static bool parse_result(struct scn_parser *p, struct scn_line *line)
{
	struct scn_lexer *lexer = &p->lexer;
	bool access = scn_is_access(line->call);

	if (!scn_accept_punct(lexer, "="))
		return true;
	if (scn_accept_word(lexer, "ok"))
		return true;
	if (lexer->token.kind == SCN_T_WORD)
		line->result = scn_result_number(lexer->token.text);
	if (!line->result || (line->result > 0) != access)
		return scn_expected(lexer, access ? "ok, SIGSEGV or SIGBUS" :
						    "ok, or an error as in ENOMEM");
	scn_next(lexer);
	return true;
}

static bool find_call(struct scn_parser *p, struct scn_line *line)
{
	struct scn_lexer *lexer = &p->lexer;
	char name[SCN_TEXT_MAX];
	const char *usage;

	if (lexer->token.kind != SCN_T_WORD || !scn_call_exists(lexer->token.text, &usage))
		return scn_expected(lexer, "a call, fork, in, wait, let or expect");
	strcpy(name, lexer->token.text);
	scn_next(lexer);
	if (!scn_want_punct(lexer, "("))
		return false;
	line->call = scn_call_find(name, lexer->token.kind == SCN_T_WORD ? lexer->token.text :
									   NULL);
	if (!line->call)
		return scn_expected(lexer, usage);
	if (!line->call->first)
		return true;
	scn_next(lexer);
	if (scn_is_punct(lexer, ")"))
		return scn_expected(lexer, line->call->usage);
	return scn_want_punct(lexer, ",");
}

/* Names come and go with what a call does. */
static bool bind_names(struct scn_parser *p, struct scn_line *line)
{
	if (line->call->gives == SCN_GIVES_OBJECT && !line->name[0])
		return scn_fail(&p->lexer, "nothing to call it by, expected NAME = %s",
				line->call->usage);
	if (line->call->gives == SCN_GIVES_NOTHING && line->name[0])
		return scn_fail(&p->lexer, "'%s =', expected no name: %s maps nothing", line->name,
				line->call->name);
	if (line->call->gives == SCN_GIVES_OBJECT)
		return bind_object(p, line);
	if (line->call->id == SCN_EXEC)
		block_of(p)->nr_regions = 0;
	if (line->call->id == SCN_EXIT)
		p->exited[line->process] = true;
	return !line->name[0] || bind_region(p, line);
}

/* [NAME =] CALL(...) [= RESULT] */
static bool parse_call(struct scn_parser *p, int number)
{
	struct scn_line *line = add_line(p, SCN_CALL, number);
	struct scn_lexer *lexer = &p->lexer, before = *lexer;

	if (!line)
		return false;
	if (lexer->token.kind == SCN_T_WORD) {
		scn_next(lexer);
		if (scn_is_punct(lexer, "=")) {
			*lexer = before;
			if (!scn_want_name(lexer, line->name, "a name"))
				return false;
			scn_next(lexer);
		} else {
			*lexer = before;
		}
	}
	if (!find_call(p, line) || !scn_parse_args(p, line) || !set_region(p, line) ||
	    !parse_result(p, line) || !bind_names(p, line))
		return false;
	scn_quote(p, before.token.start, line->text);
	return scn_parse_guards(p, &line->guards);
}

static bool open_block(struct scn_parser *p, unsigned int process, int number)
{
	if (!scn_want_punct(&p->lexer, "{"))
		return false;
	if (p->depth == SCN_MAX_DEPTH)
		return scn_fail(&p->lexer, "a block within %d, expected at most so many",
				SCN_MAX_DEPTH);
	p->blocks[p->depth + 1] = *block_of(p);
	p->depth++;
	block_of(p)->process = process;
	block_of(p)->line = number;
	return true;
}

static bool find_process(const struct scn_parser *p, const char *name, unsigned int *process)
{
	for (*process = 1; *process < p->scenario->nr_processes; ++*process) {
		if (!strcmp(p->scenario->processes[*process], name))
			return true;
	}
	return false;
}

static bool parse_fork(struct scn_parser *p, int number)
{
	struct scenario *scenario = p->scenario;
	const char *start = p->lexer.token.start;
	char name[SCN_NAME_MAX];
	struct scn_line *line;
	unsigned int process;

	scn_next(&p->lexer);
	if (!scn_want_name(&p->lexer, name, "a name for the new process"))
		return false;
	if (find_process(p, name, &process))
		return scn_fail(&p->lexer, "'%s' is a process already, expected a new name", name);
	if (process == SCN_MAX_PROCESSES)
		return scn_fail(&p->lexer, "too many processes, expected at most %d",
				SCN_MAX_PROCESSES);
	strcpy(scenario->processes[scenario->nr_processes++], name);
	line = add_line(p, SCN_FORK, number);
	if (!line)
		return false;
	line->child = process;
	memcpy(p->open[process], p->open[line->process], sizeof(p->open[process]));
	scn_quote(p, start, line->text);
	return open_block(p, process, number);
}

static bool parse_in(struct scn_parser *p, int number)
{
	unsigned int process;

	scn_next(&p->lexer);
	if (p->lexer.token.kind != SCN_T_WORD ||
	    !find_process(p, p->lexer.token.text, &process))
		return scn_expected(&p->lexer, "a process that an earlier step forked");
	if (p->exited[process])
		return scn_expected(&p->lexer, "a process that has not exited");
	scn_next(&p->lexer);
	return open_block(p, process, number);
}

static bool parse_wait_ksm(struct scn_parser *p, struct scn_line *line)
{
	uint64_t scans;

	line->kind = SCN_WAIT_KSM;
	if (!scn_want_number(&p->lexer, 100, &scans))
		return false;
	if (!scans)
		return scn_fail(&p->lexer, "0 scans, expected at least 1");
	line->scans = (unsigned int)scans;
	if (!scn_accept_word(&p->lexer, "scans") && !scn_accept_word(&p->lexer, "scan"))
		return scn_expected(&p->lexer, "scans");
	return true;
}

static bool parse_wait(struct scn_parser *p, struct scn_line *line)
{
	if (scn_accept_word(&p->lexer, "ksm"))
		return parse_wait_ksm(p, line);
	if (!scn_accept_word(&p->lexer, "until"))
		return scn_expected(&p->lexer, "ksm or until");
	if (!scn_parse_condition(p, &line->condition))
		return false;
	/* An invariant may not be broken for a while, either. */
	if (line->condition.kind == SCN_VIOLATES)
		return scn_fail(&p->lexer, "wait until violates(), expected it after expect");
	if (!scn_accept_word(&p->lexer, "max"))
		return scn_expected(&p->lexer, "max and a time");
	return scn_parse_time(p, &line->max_ms);
}

static bool parse_let(struct scn_parser *p, struct scn_line *line)
{
	struct scenario *scenario = p->scenario;
	struct scn_let *let = scenario->lets;
	char name[SCN_NAME_MAX];

	if (!scn_want_name(&p->lexer, name, "a name") || !scn_want_punct(&p->lexer, "=") ||
	    !scn_parse_fact(p, &line->condition.left))
		return false;
	if (line->condition.left.fact->type == SCN_SET)
		return scn_fail(&p->lexer, "let of %s(), a set, expected a fact with one value",
				line->condition.left.fact->name);
	while (let < scenario->lets + scenario->nr_lets && strcmp(let->name, name) != 0)
		let++;
	if (let == scenario->lets + SCN_MAX_LETS)
		return scn_fail(&p->lexer, "too many lets, expected at most %d", SCN_MAX_LETS);
	strcpy(let->name, name);
	let->fact = line->condition.left.fact;
	line->let = (unsigned int)(let - scenario->lets);
	if (line->let == scenario->nr_lets)
		scenario->nr_lets++;
	return true;
}

/* Some step must have broken the invariant. */
static bool follows_step(struct scn_parser *p, const struct scn_line *line)
{
	const struct scn_line *step = line;

	while (step > p->scenario->lines && !scn_is_step(step))
		step--;
	return line->condition.kind != SCN_VIOLATES || scn_is_step(step) ||
	       scn_fail(&p->lexer, "violates() without a step, expected one before it");
}

/* wait, let and expect: what is shown of them is all of the line */
static bool parse_other(struct scn_parser *p, enum scn_kind kind, int number)
{
	struct scn_line *line = add_line(p, kind, number);
	const char *start = p->lexer.token.start;
	bool good;

	if (!line)
		return false;
	scn_next(&p->lexer);
	if (kind == SCN_WAIT_UNTIL)
		good = parse_wait(p, line);
	else if (kind == SCN_LET)
		good = parse_let(p, line);
	else
		good = scn_parse_condition(p, &line->condition) && follows_step(p, line);
	if (!good)
		return false;
	scn_quote(p, start, line->text);
	return scn_parse_guards(p, &line->guards);
}

static bool close_block(struct scn_parser *p)
{
	if (!p->depth)
		return scn_expected(&p->lexer, "a block that is open");
	scn_next(&p->lexer);
	p->depth--;
	return true;
}

static bool parse_file_guard(struct scn_parser *p)
{
	if (p->scenario->nr_lines)
		return scn_expected(&p->lexer, "a guard of the file before the first step");
	return scn_parse_guards(p, &p->scenario->guards);
}

static bool parse_statement(struct scn_parser *p, int number)
{
	struct scn_lexer *lexer = &p->lexer;

	if (scn_is_punct(lexer, "["))
		return parse_file_guard(p);
	if (scn_is_punct(lexer, "}"))
		return close_block(p);
	if (p->exited[block_of(p)->process])
		return scn_fail(lexer, "a step of a process that has exited, expected '}'");
	if (scn_is_word(lexer, "fork"))
		return parse_fork(p, number);
	if (scn_is_word(lexer, "in"))
		return parse_in(p, number);
	if (scn_is_word(lexer, "wait"))
		return parse_other(p, SCN_WAIT_UNTIL, number);
	if (scn_is_word(lexer, "let"))
		return parse_other(p, SCN_LET, number);
	if (scn_is_word(lexer, "expect"))
		return parse_other(p, SCN_EXPECT, number);
	return parse_call(p, number);
}

static bool parse_line(struct scn_parser *p, const char *start, const char *end,
		       struct scn_error *error)
{
	scn_lex(&p->lexer, start, end, error);
	if (!p->lexer.failed && p->lexer.token.kind == SCN_T_END)
		return true;
	if (p->lexer.failed || !parse_statement(p, error->line) || p->lexer.failed)
		return false;
	if (p->lexer.token.kind != SCN_T_END)
		return scn_expected(&p->lexer, "the end of the line");
	return true;
}

/* The comment that a file begins with, a line after the other. */
static bool take_title(struct scenario *scenario, const char *text, const char *end)
{
	unsigned long len = 0, take;
	const char *eol;

	while (text < end && *text == '#') {
		eol = memchr(text, '\n', (unsigned long)(end - text));
		eol = eol ? eol : end;
		for (text++; text < eol && *text == ' '; text++)
			;
		take = (unsigned long)(eol - text);
		if (len + take + 2 > sizeof(scenario->title) || memchr(text, 0, take))
			break;
		if (len && take)
			scenario->title[len++] = ' ';
		memcpy(scenario->title + len, text, take);
		len += take;
		text = eol < end ? eol + 1 : end;
	}
	scenario->title[len] = 0;
	return len != 0;
}

static bool parse_lines(struct scn_parser *p, const char *text, const char *end,
			struct scn_error *error)
{
	const char *eol;

	for (; text < end; text = eol + 1) {
		error->line++;
		eol = memchr(text, '\n', (unsigned long)(end - text));
		eol = eol ? eol : end;
		if (!parse_line(p, text, eol, error))
			return false;
	}
	if (p->depth) {
		error->line = block_of(p)->line;
		return scn_fail(&p->lexer, "a block without its end, expected '}'");
	}
	if (!p->scenario->nr_lines) {
		return scn_fail(&p->lexer, "a scenario without steps, expected at least one");
	}
	return true;
}

int scn_parse(struct scenario *scenario, const char *text, unsigned long len,
	      struct scn_error *error)
{
	struct scn_parser *p;
	int ret = 0;

	*scenario = (struct scenario){ .nr_processes = 1 };
	*error = (struct scn_error){ .line = 1 };
	if (!take_title(scenario, text, text + len)) {
		strcpy(error->text,
		       "no comment, expected a sentence of what the scenario shows");
		return -EINVAL;
	}
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	error->line = 0;
	p->scenario = scenario;
	if (!parse_lines(p, text, text + len, error))
		ret = p->nomem ? -ENOMEM : -EINVAL;
	free(p);
	return ret;
}

void scn_free(struct scenario *scenario)
{
	free(scenario->lines);
	scenario->lines = NULL;
	scenario->nr_lines = 0;
}
