/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A report as JSON: an object for each line, by itself on a line. "record" is the first word, and
 * each field a member: a decimal number is a number, yes and no are booleans, "-" is null; a list
 * is an array of strings, "-" an empty one; both values of diff.* are an array; hexadecimal numbers
 * are strings, as no 64-bit number survives every JSON reader. In a string the backslash, and each
 * byte that is not UTF-8, is a backslash and three octal digits.
 */
#ifndef MSC_JSON_H
#define MSC_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>

#include "module.h"

/* @len bytes as a JSON string, escaped as above. */
struct json_object *msc_json_string(const char *bytes, size_t len);

/* @object, which is freed, on a line of @out. */
void msc_json_put(FILE *out, struct json_object *object);

struct msc_snapshot;

/* The lines of @text, which is taken apart. False, with a line on stderr, if one is none. */
bool msc_json_report(FILE *out, const char *name, struct msc_text *text);

/* The same of the lines that @print prints of @s. */
bool msc_json_printed(FILE *out, const char *name, const struct msc_snapshot *s,
		      void (*print)(FILE *out, const struct msc_snapshot *s));

#endif
