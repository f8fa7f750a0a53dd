/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A scenario: what a process does to its memory, one step a line, and what must be true of it then.
 * mergescope-scenario(5) describes the language for people; this is what a file of it is parsed to.
 *
 * There is no control flow, and every address is symbolic, so all of them are known when the file
 * is parsed: a region is a range of pages of the arena, a part of the address space in which the
 * kernel maps nothing by itself.
 */
#ifndef MSC_SCENARIO_H
#define MSC_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#define SCN_PAGE_SHIFT 12
#define SCN_PAGE (1UL << SCN_PAGE_SHIFT)

/* The arena, in bytes and in pages: @0 is its first page. A scenario maps at most so far. */
#define SCN_ARENA 0x1000000000UL
#define SCN_ARENA_PAGES 0x100000UL

/* Where the heap begins, which brk() moves the end of. */
#define SCN_HEAP 0xf0000UL

#define SCN_NAME_MAX 32		/* with the NUL: of regions, files, processes, words */
#define SCN_TEXT_MAX 96		/* with the NUL: of a string */
#define SCN_LINE_MAX 160	/* of a line where it is shown; longer ones are cut */
#define SCN_MAX_ARGS 6
#define SCN_MAX_GUARDS 6	/* on one line */
#define SCN_MAX_PROCESSES 16
#define SCN_MAX_OBJECTS 16	/* files and userfaultfds of one scenario */
#define SCN_MAX_REGIONS 64
#define SCN_MAX_LETS 32

/* struct scn_range - pages of the arena; @first counts from @0 */
struct scn_range {
	uint64_t first, pages;
};

/* The address of arena page @page, in bytes. */
static inline uint64_t scn_address(uint64_t page)
{
	return SCN_ARENA + (page << SCN_PAGE_SHIFT);
}

enum scn_compare { SCN_EQ, SCN_NE, SCN_LT, SCN_LE, SCN_GT, SCN_GE };

enum scn_guard_kind {
	SCN_GUARD_KERNEL,	/* [kernel >= 6.17] */
	SCN_GUARD_ROOT,		/* [root] */
	SCN_GUARD_CONFIG,	/* [config NUMA] */
	SCN_GUARD_HAS,		/* [has swap] */
	SCN_GUARD_VARIANT,	/* [variant fork] */
};

/*
 * struct scn_guard - one term of [A or B, C]: a line counts only where each term holds, or one of
 * those that it is an alternative to
 */
struct scn_guard {
	enum scn_guard_kind kind;
	bool alternative;		/* behind "or" */
	bool negated;
	enum scn_compare compare;	/* kernel */
	unsigned int major, minor;	/* kernel */
	char word[SCN_NAME_MAX];	/* config, has, variant */
};

/* What may stand after "variant" and "has"; NULL ends each. */
extern const char *const scn_variants[], *const scn_haves[];

struct scn_guards {
	struct scn_guard list[SCN_MAX_GUARDS];
	unsigned int nr;
};

struct scn_call;	/* scenario_call.h */
struct scn_fact;	/* expect.h */

/* struct scn_arg - one argument of a call; which member counts follows from the call's table */
struct scn_arg {
	bool given;
	struct scn_range range;		/* places, ranges; of a size, its pages */
	uint64_t number;		/* numbers, words as their value, objects as their index */
	char text[SCN_TEXT_MAX];	/* strings, and words as they were written */
};

enum scn_operand_kind {
	SCN_OPERAND_FACT,	/* of the report, at a place */
	SCN_OPERAND_NUMBER,	/* a constant; page(@N) is one */
	SCN_OPERAND_NONE,	/* no object; a number that this kernel does not have */
	SCN_OPERAND_LET,	/* what let kept */
	SCN_OPERAND_WORD,	/* one of the left fact's names, or a set of them */
	SCN_OPERAND_TEXT,	/* a string */
};

/* struct scn_operand - one side of a comparison */
struct scn_operand {
	enum scn_operand_kind kind;
	const struct scn_fact *fact;
	struct scn_range at;
	uint64_t number;	/* the constant, a let's index, a name's index, a set's bits */
	int64_t plus;		/* added to a number */
	char text[SCN_TEXT_MAX];
};

enum scn_condition_kind {
	SCN_MERGED,	/* merged(P, Q): one VMA holds all of both */
	SCN_APART,	/* apart(P, Q) [because ...] */
	SCN_VIOLATES,	/* violates(RULE): an invariant that the step before breaks */
	SCN_COMPARE,	/* A == B */
	SCN_HAS,	/* flags(P) has ... */
	SCN_LACKS,	/* flags(P) lacks ... */
};

/* What else apart() can have for a reason: bits beside those of enum msc_blocker. */
#define SCN_BECAUSE_UNKNOWN (1ULL << 61)	/* no verdict; no scenario can say that */
#define SCN_BECAUSE_HOLE (1ULL << 62)		/* they do not touch */
#define SCN_BECAUSE_NOTHING (1ULL << 63)	/* nothing blocks: there was no occasion */

/* struct scn_condition - what must be true of a report */
struct scn_condition {
	enum scn_condition_kind kind;
	struct scn_range a, b;		/* merged, apart */
	uint64_t because;		/* apart: just these blockers; 0 if it does not say */
	unsigned int rule;		/* violates: enum msc_rule_id */
	enum scn_compare compare;
	struct scn_operand left, right;
	char text[SCN_LINE_MAX];	/* as it was written */
};

/* Of the two ranges of merged() and apart() the one that begins further down; the other one. */
static inline const struct scn_range *scn_lower(const struct scn_condition *condition)
{
	return condition->a.first < condition->b.first ? &condition->a : &condition->b;
}

static inline const struct scn_range *scn_upper(const struct scn_condition *condition)
{
	return scn_lower(condition) == &condition->a ? &condition->b : &condition->a;
}

enum scn_kind {
	SCN_CALL,		/* a system call, or an access to memory */
	SCN_FORK,		/* the process @child begins */
	SCN_WAIT_KSM,		/* ksmd runs for @scans full scans */
	SCN_WAIT_UNTIL,		/* @condition becomes true within @max_ms */
	SCN_EXPECT,		/* @condition is true now */
	SCN_LET,		/* @condition.left is kept as let number @let */
};

/* struct scn_line - a line that does something, or expects */
struct scn_line {
	enum scn_kind kind;
	int line;			/* in the file, from 1 */
	unsigned int process;		/* whose step it is; 0 is the first process */
	struct scn_guards guards;
	char text[SCN_LINE_MAX];		/* as it was written, without comment and guard */
	/* SCN_CALL */
	const struct scn_call *call;
	struct scn_arg args[SCN_MAX_ARGS];
	struct scn_range region;	/* what the step names or maps */
	char name[SCN_NAME_MAX];	/* the region's name; empty if it has none */
	unsigned int object;		/* index of the file or userfaultfd it makes */
	int result;			/* 0 is ok, -ERRNO, or a signal's number */
	/* SCN_FORK */
	unsigned int child;
	unsigned int scans;
	unsigned int max_ms;
	unsigned int let;
	struct scn_condition condition;
};

/* Does @line do something? The others are about what was done before. */
static inline bool scn_is_step(const struct scn_line *line)
{
	return line->kind != SCN_EXPECT && line->kind != SCN_LET;
}

/* struct scn_object - a file or a userfaultfd that a step makes */
struct scn_object {
	char name[SCN_NAME_MAX];
	bool is_uffd;
};

/* struct scn_let - a value that is kept, for all processes */
struct scn_let {
	char name[SCN_NAME_MAX];
	const struct scn_fact *fact;	/* what it was taken from: its type */
};

/* struct scenario - one file; scn_parse() makes it, scn_free() ends it */
struct scenario {
	char title[256];		/* the first comment: what it shows */
	struct scn_guards guards;	/* of the whole file */
	struct scn_line *lines;
	unsigned int nr_lines;
	struct scn_object objects[SCN_MAX_OBJECTS];
	unsigned int nr_objects;
	char processes[SCN_MAX_PROCESSES][SCN_NAME_MAX];	/* 0 has no name */
	unsigned int nr_processes;
	struct scn_let lets[SCN_MAX_LETS];
	unsigned int nr_lets;
};

/* struct scn_error - what is wrong with a file: "what, expected what" */
struct scn_error {
	int line;
	char text[768];
};

/*
 * Parse the @len bytes at @text into @scenario. Returns 0; -EINVAL with @error filled in if it is
 * no scenario, -ENOMEM without memory. @scenario must be freed in each case.
 */
int scn_parse(struct scenario *scenario, const char *text, unsigned long len,
	      struct scn_error *error);

void scn_free(struct scenario *scenario);

#endif
