/* SPDX-License-Identifier: GPL-2.0 */
/* A line of a report, taken apart: its first word, and key=value fields. */
#ifndef MSC_LINE_H
#define MSC_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* struct msc_field - one field; both strings lie in the line's own text */
struct msc_field {
	char *key;
	char *value;
};

/* struct msc_line - a line; zeroed before its first use, its memory is kept from line to line */
struct msc_line {
	char *word;
	struct msc_field *fields;
	size_t nr, max;
	size_t next;	/* where msc_line_get() looks first: fields come in a fixed order */
};

enum msc_line_error {
	MSC_LINE_OK,
	MSC_LINE_NO_KEY,	/* a word behind the first that has no "=" */
	MSC_LINE_OPEN_QUOTE,	/* a double quote is not closed */
	MSC_LINE_NOMEM,
};

/*
 * Take @text apart, in place. Fields are separated by blanks; one within double quotes does not
 * separate. On an error *@at is where it is, a string.
 */
enum msc_line_error msc_line_split(struct msc_line *line, char *text, const char **at);

/* The value of @key as it stands there, or NULL; one of them, if it is there twice. */
char *msc_line_get(struct msc_line *line, const char *key);

/*
 * Undo msc_put_quoted() on @value, in place. Returns the length, or -1 if @value is not one quoted
 * string, or has a NUL byte or a backslash without three octal digits in it.
 */
long msc_unquote(char *value);

void msc_line_free(struct msc_line *line);

#endif
