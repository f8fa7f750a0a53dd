/* SPDX-License-Identifier: GPL-2.0 */
/* A scenario as one C program that needs nothing but a C compiler: what goes into a mail. */
#ifndef MSC_EMIT_C_H
#define MSC_EMIT_C_H

#include <stdio.h>

#include "scenario.h"

/*
 * Write the program to @out; @file is named in its first comment. It makes the scenario's calls and
 * checks their results, and those expectations that /proc/PID/maps can show; the others are
 * comments. It exits with 0 if all is as expected, 1 if not.
 *
 * Returns 0, or the line of a step that cannot be in such a program: one that executes another.
 */
int scn_emit_c(FILE *out, const char *file, const struct scenario *scenario);

/* The functions of the program that @scenario needs, in emit_c_help.c. */
void scn_emit_c_helpers(FILE *out, const struct scenario *scenario);

/* Write guards as an expression, "((A || B) && C)". */
void scn_emit_c_guards(FILE *out, const struct scn_guards *guards);

/* @text as a string of C, with its quotes; as the inside of a comment. */
void scn_emit_c_string(FILE *out, const char *text);
void scn_emit_c_comment(FILE *out, const char *text);

/* The variable of a file or userfaultfd: its name, and a number, so that it is no word of C's. */
void scn_emit_c_name(FILE *out, const struct scenario *scenario, unsigned int object);

/* Is there a line of @kind; a call of @id? */
bool scn_has_line(const struct scenario *scenario, enum scn_kind kind);
bool scn_has_call(const struct scenario *scenario, unsigned int id);

/* Does the program check @condition? */
bool scn_emit_c_checks(const struct scn_condition *condition);

/* Write it as an expression that is true if scn_holds() would say so; of one that it checks. */
void scn_emit_c_condition(FILE *out, const struct scn_condition *condition);

#endif
