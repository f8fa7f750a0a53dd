/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of the parser share. */
#ifndef MSC_SCENARIO_PARSE_H
#define MSC_SCENARIO_PARSE_H

#include "scenario_call.h"
#include "scenario_lex.h"

/* How deep fork and in may be nested. */
#define SCN_MAX_DEPTH 4

/* struct scn_region - a name, and what it means from here on */
struct scn_region {
	char name[SCN_NAME_MAX];
	struct scn_range range;
};

/* struct scn_block - what a block is played by, and knows; the file itself is block 0 */
struct scn_block {
	unsigned int process;
	int line;			/* where it begins */
	struct scn_region regions[SCN_MAX_REGIONS];
	unsigned int nr_regions;
};

struct scn_parser {
	struct scenario *scenario;
	struct scn_lexer lexer;
	struct scn_block blocks[SCN_MAX_DEPTH + 1];
	unsigned int depth;
	bool exited[SCN_MAX_PROCESSES];
	bool open[SCN_MAX_PROCESSES][SCN_MAX_OBJECTS];	/* who has which descriptor */
	bool nomem;
};

/* All of these return false with the lexer's error set if the line is wrong. */

/* A place, or a range of pages. */
bool scn_parse_range(struct scn_parser *p, struct scn_range *range);

/* "@N". */
bool scn_parse_place(struct scn_parser *p, uint64_t *page);

/* "5s" or "200ms" as milliseconds. */
bool scn_parse_time(struct scn_parser *p, unsigned int *ms);

/* The arguments of @line->call, up to and with the closing bracket. */
bool scn_parse_args(struct scn_parser *p, struct scn_line *line);

/* Condition and operand, up to what does not belong to them. */
bool scn_parse_condition(struct scn_parser *p, struct scn_condition *condition);
bool scn_parse_fact(struct scn_parser *p, struct scn_operand *operand);

/* "[...]" if there is one. */
bool scn_parse_guards(struct scn_parser *p, struct scn_guards *guards);

bool scn_parse_compare(struct scn_parser *p, enum scn_compare *compare);

/* What was written from @start to the token at hand, without blanks at its end, into @text. */
void scn_quote(const struct scn_parser *p, const char *start, char text[SCN_LINE_MAX]);

#endif
