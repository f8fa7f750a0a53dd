/* SPDX-License-Identifier: GPL-2.0 */
/* A scenario as one C program that needs nothing but a C compiler: what goes into a mail. */
#ifndef MSC_EMIT_C_H
#define MSC_EMIT_C_H

#include <stdio.h>

#include "scenario.h"

/*
 * Write the program to @out; @file is named in its first comment. It makes the scenario's calls and
 * checks their results, and those expectations that /proc/PID/maps can show; the others are
 * comments. It exits with 0 if all is as expected, 1 if not, 4 if it cannot be played there. Its
 * variant is plain: the guards of the file must hold under it, see scn_emit_c_left_out().
 *
 * Returns 0, or the line of a step that cannot be in such a program: one that executes another.
 */
int scn_emit_c(FILE *out, const char *file, const struct scenario *scenario);

/* What the program that @scenario needs includes, in emit_c_help.c. */
void scn_emit_c_headers(FILE *out, const struct scenario *scenario);

/* The functions of the program that @scenario needs, in emit_c_help.c. */
void scn_emit_c_helpers(FILE *out, const struct scenario *scenario);

/*
 * Does it change settings of KSM? Then the functions that it needs for that, and to put them back
 * at its end; and which of them sets one.
 */
bool scn_emit_c_changes_ksm(const struct scenario *scenario);
void scn_emit_c_ksm(FILE *out, const struct scenario *scenario);
const char *scn_emit_c_ksm_setter(const struct scenario *scenario);

/* Does nothing that @guards stand for happen under the variant plain, which a program plays? */
bool scn_emit_c_left_out(const struct scn_guards *guards);

/* Is one of @guards of that kind, and of @word unless that is NULL, and does the program ask it? */
bool scn_emit_c_asks(const struct scn_guards *guards, enum scn_guard_kind kind, const char *word);

/*
 * Write what goes before a line with @guards, @depth tabs in: a comment of what cannot be asked,
 * "if (...) {" of what can. Is there a block to be closed behind the line?
 */
bool scn_emit_c_if(FILE *out, const struct scn_guards *guards, int depth);

/* The same for those of the file: where they do not hold, main() returns skip(). */
void scn_emit_c_skips(FILE *out, const struct scn_guards *guards);

/* Write them as a scenario has them, without the brackets. */
void scn_emit_c_guard_words(FILE *out, const struct scn_guards *guards);

/* All of the program before its first step. */
void scn_emit_c_begin(FILE *out, const char *file, const struct scenario *scenario);

/* @text as a string of C, with its quotes; as the inside of a comment. */
void scn_emit_c_string(FILE *out, const char *text);
void scn_emit_c_comment(FILE *out, const char *text);

/* The variable of a file or userfaultfd: its name, and a number, so that it is no word of C's. */
void scn_emit_c_name(FILE *out, const struct scenario *scenario, unsigned int object);

/*
 * Are faults caught? If none is expected, and no other process would wait for the one that dies, an
 * access may end the program.
 */
bool scn_emit_c_catches_faults(const struct scenario *scenario);

/* Is there a line of @kind; a call of @id, in the program? */
bool scn_has_line(const struct scenario *scenario, enum scn_kind kind);
bool scn_has_call(const struct scenario *scenario, unsigned int id);

/*
 * The next line behind @line, NULL: the first, of which the program has more than a comment; NULL
 * behind the last.
 */
const struct scn_line *scn_emit_c_next(const struct scenario *scenario,
				       const struct scn_line *line);

/* Does the program check @condition? Is all that it has of @line a comment? */
bool scn_emit_c_checks(const struct scn_condition *condition);
bool scn_emit_c_remarks(const struct scn_line *line);

/* Write it as an expression that is true if scn_holds() would say so; of one that it checks. */
void scn_emit_c_condition(FILE *out, const struct scn_condition *condition);

#endif
