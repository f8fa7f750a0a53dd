// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "line.h"

/* Behind the field that starts at @text: a blank or the end; NULL if a quote stays open. */
static char *field_end(char *text)
{
	bool quoted = false;

	for (; *text && (quoted || *text != ' '); text++) {
		if (*text == '"')
			quoted = !quoted;
	}
	return quoted ? NULL : text;
}

static bool has_room(struct msc_line *line)
{
	size_t max = line->max ? 2 * line->max : 64;
	struct msc_field *grown;

	if (line->nr < line->max)
		return true;
	grown = realloc(line->fields, max * sizeof(*grown));
	if (!grown)
		return false;
	line->fields = grown;
	line->max = max;
	return true;
}

/* The field at *@text, which is moved behind it. */
static enum msc_line_error add_field(struct msc_line *line, char **text)
{
	char *begin = *text, *end = field_end(begin), *equals;

	if (!end)
		return MSC_LINE_OPEN_QUOTE;
	*text = *end ? end + 1 : end;
	*end = '\0';
	equals = strchr(begin, '=');
	if (!equals || equals == begin)
		return MSC_LINE_NO_KEY;
	if (!has_room(line))
		return MSC_LINE_NOMEM;
	*equals = '\0';
	line->fields[line->nr++] = (struct msc_field){ begin, equals + 1 };
	return MSC_LINE_OK;
}

enum msc_line_error msc_line_split(struct msc_line *line, char *text, const char **at)
{
	enum msc_line_error error = MSC_LINE_OK;

	line->nr = line->next = 0;
	line->word = text;
	text += strcspn(text, " ");
	if (*text)
		*text++ = '\0';
	while (!error) {
		while (*text == ' ')
			text++;
		if (!*text)
			break;
		*at = text;
		error = add_field(line, &text);
	}
	return error;
}

char *msc_line_get(struct msc_line *line, const char *key)
{
	size_t i, tried;

	for (tried = 0; tried < line->nr; tried++) {
		i = (line->next + tried) % line->nr;
		if (!strcmp(line->fields[i].key, key)) {
			/* Not behind it: to ask again must give the same, if it is twice. */
			line->next = i;
			return line->fields[i].value;
		}
	}
	return NULL;
}

/* The byte that three octal digits at @digits stand for; 0, which none may be, if they do not. */
static int octal(const char *digits)
{
	int value = 0, i;

	for (i = 0; i < 3; i++) {
		if (digits[i] < '0' || digits[i] > '7')
			return 0;
		value = value * 8 + digits[i] - '0';
	}
	return value < 256 ? value : 0;
}

long msc_unquote(char *value)
{
	const char *from = value + 1;
	char *to = value;
	int byte;

	if (*value != '"')
		return -1;
	while (*from != '"') {
		byte = (unsigned char)*from++;
		if (byte == '\\') {
			byte = octal(from);
			from += 3;
		}
		/* The end of the text, or no octal number: @from is not looked at again. */
		if (!byte)
			return -1;
		*to++ = (char)byte;
	}
	if (from[1])
		return -1;
	*to = '\0';
	return to - value;
}

void msc_line_free(struct msc_line *line)
{
	free(line->fields);
	*line = (struct msc_line){ 0 };
}
