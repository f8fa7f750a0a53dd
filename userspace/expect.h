/* SPDX-License-Identifier: GPL-2.0 */
/* What a scenario can say of a report: the facts, and conditions over them. */
#ifndef MSC_EXPECT_H
#define MSC_EXPECT_H

#include "../module/core/model.h"
#include "scenario.h"

enum scn_type {
	SCN_NUMBER,
	SCN_OBJECT,	/* an anon_vma, a file, ...: only equal or not */
	SCN_WORD,	/* one of the fact's names */
	SCN_SET,	/* some of the fact's names */
	SCN_TEXT,
};

enum scn_scope {
	SCN_OF_PROCESS,	/* no place */
	SCN_OF_VMA,	/* at the first page of the range */
	SCN_OF_PAGES,	/* of each page of the range */
	SCN_OF_PLACES,	/* the same, whether a VMA is there or not */
	SCN_OF_RANGE,	/* of the range as a whole; of the arena if it is left out */
};

/* struct scn_value - a fact of one report; which member counts follows from the fact's type */
struct scn_value {
	bool none;		/* no object; not on this kernel */
	bool unknown;		/* the report could not tell */
	uint64_t number;	/* a number, a cookie, the index of a word, the bits of a set */
	const char *text;
};

/* struct scn_view - a report, and what scenarios count from */
struct scn_view {
	const struct msc_snapshot *s;
	const struct msc_target *first;	/* counters of the process before its first step */
	const struct scn_value *lets;
};

struct scn_where;

/* struct scn_fact - one of them */
struct scn_fact {
	const char *name;
	enum scn_type type;
	enum scn_scope scope;
	void (*get)(const struct scn_where *where, struct scn_value *value);
	/* Words and sets: name @index, or NULL behind the last. */
	const char *(*word)(unsigned int index);
};

/* The fact of that name, or NULL. */
const struct scn_fact *scn_fact_find(const char *name);

/* The value of @fact at @at; false if nothing is mapped there. Of pages, that of the first. */
bool scn_fact_get(const struct scn_fact *fact, const struct scn_view *view,
		  const struct scn_range *at, struct scn_value *value);

/* The names of all facts, with commas between, for an error. */
const char *scn_fact_list(void);

/* Is @fact taken from each page of its range? */
static inline bool scn_fact_is_of_pages(const struct scn_fact *fact)
{
	return fact->scope == SCN_OF_PAGES || fact->scope == SCN_OF_PLACES;
}

/* The index of @word among the names that @names gives; false if it is none of them. */
bool scn_name_index(const char *(*names)(unsigned int index), const char *word,
		    unsigned int *index);

/* Blockers' names, and the invariants', as @word of a fact. */
const char *scn_blocker_word(unsigned int index);
const char *scn_rule_word(unsigned int index);

/* The VMA that holds arena page @page; NULL if none does. */
const struct msc_vma *scn_vma_at(const struct msc_snapshot *s, uint64_t page);

/* Is @condition true of @view? If not, @got (of @size bytes) says what is true instead. */
bool scn_holds(const struct scn_condition *condition, const struct scn_view *view, char *got,
	       unsigned long size);

/* The value of @operand, a fact, for let; false, with @got, if it has none. */
bool scn_evaluate(const struct scn_operand *operand, const struct scn_view *view,
		  struct scn_value *value, char *got, unsigned long size);

#endif
