// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "../module/core/format.h"
#include "command.h"
#include "json.h"
#include "line.h"
#include "utf8.h"

struct json_object *msc_json_string(const char *bytes, size_t len)
{
	char *text = malloc(4 * len + 1), *to = text;
	struct json_object *string;
	size_t n;

	if (!text)
		return NULL;
	for (; len; bytes += n, len -= n) {
		n = *bytes == '\\' ? 0 : msc_utf8_len(bytes, len);
		if (n) {
			memcpy(to, bytes, n);
			to += n;
		} else {
			to += sprintf(to, "\\%03o", (unsigned char)*bytes);
			n = 1;
		}
	}
	string = json_object_new_string_len(text, (int)(to - text));
	free(text);
	return string;
}

void msc_json_put(FILE *out, struct json_object *object)
{
	const int flags = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;

	fputs(json_object_to_json_string_ext(object, flags), out);
	fputc('\n', out);
	json_object_put(object);
}

static bool is_list(const char *key)
{
	static const char *const keys[] = {
		MSC_K_FLAGS, MSC_K_KSM_BY, MSC_K_BY, MSC_K_BITS, MSC_K_SECTIONS,
		MSC_K_IGNORED_FLAGS, MSC_K_KSM_EXCLUDED, MSC_K_NODES, MSC_K_USER_NODES,
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (!strcmp(key, keys[i]))
			return true;
	}
	return false;
}

static bool is_decimal(const char *text)
{
	size_t len = strspn(text, "0123456789");

	return len && !text[len] && len <= 20;
}

static struct json_object *list(char *text)
{
	struct json_object *array = json_object_new_array();
	char *word;

	if (!strcmp(text, "-"))
		return array;
	while ((word = strsep(&text, ",")))
		json_object_array_add(array, msc_json_string(word, strlen(word)));
	return array;
}

static struct json_object *value_of(char *text)
{
	long len;

	if (*text == '"') {
		len = msc_unquote(text);
		return msc_json_string(text, len < 0 ? strlen(text) : (size_t)len);
	}
	if (!strcmp(text, "-"))
		return NULL;
	if (!strcmp(text, "yes") || !strcmp(text, "no"))
		return json_object_new_boolean(*text == 'y');
	if (is_decimal(text))
		return json_object_new_uint64(strtoull(text, NULL, 10));
	return msc_json_string(text, strlen(text));
}

/* "left:right", each of which may be quoted; flags are lists. */
static struct json_object *diff_of(const char *key, char *text)
{
	struct json_object *array = json_object_new_array();
	bool flags = !strcmp(key, MSC_K_DIFF "flags") || !strcmp(key, MSC_K_DIFF "special");
	bool quoted = false;
	char *colon;

	for (colon = text; *colon && (quoted || *colon != ':'); colon++) {
		if (*colon == '"')
			quoted = !quoted;
	}
	if (*colon)
		*colon++ = '\0';
	json_object_array_add(array, flags ? list(text) : value_of(text));
	json_object_array_add(array, flags ? list(colon) : value_of(colon));
	return array;
}

static struct json_object *object_of(const struct msc_line *line)
{
	struct json_object *object = json_object_new_object();
	struct json_object *value;
	size_t i;

	json_object_object_add(object, "record", msc_json_string(line->word, strlen(line->word)));
	for (i = 0; i < line->nr; i++) {
		const struct msc_field *field = &line->fields[i];

		if (!strncmp(field->key, MSC_K_DIFF, strlen(MSC_K_DIFF)))
			value = diff_of(field->key, field->value);
		else if (is_list(field->key))
			value = list(field->value);
		else
			value = value_of(field->value);
		json_object_object_add(object, field->key, value);
	}
	return object;
}

bool msc_json_report(FILE *out, const char *name, struct msc_text *text)
{
	struct msc_line line = { 0 };
	char *rest = text->bytes, *one;
	unsigned long number = 0;
	const char *at = "";
	bool ok = true;

	while (ok && *rest) {
		one = strsep(&rest, "\n");
		number++;
		ok = rest && *one && !msc_line_split(&line, one, &at);
		if (ok)
			msc_json_put(out, object_of(&line));
		else
			msc_trouble("%s:%lu: %.60s: no field, expected key=value", name, number,
				    at);
	}
	msc_line_free(&line);
	return ok;
}

bool msc_json_printed(FILE *out, const char *name, const struct msc_snapshot *s,
		      void (*print)(FILE *out, const struct msc_snapshot *s))
{
	struct msc_text text = { 0 };
	FILE *lines = open_memstream(&text.bytes, &text.len);
	bool ok = false;

	if (!lines) {
		msc_trouble("no memory");
		return false;
	}
	print(lines, s);
	if (!fclose(lines))
		ok = msc_json_report(out, name, &text);
	free(text.bytes);
	return ok;
}
