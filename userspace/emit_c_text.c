// SPDX-License-Identifier: GPL-2.0
/* A scenario's own text in a C program, where it must stay what it is there for. */
#include <ctype.h>
#include <string.h>

#include "emit_c.h"

void scn_emit_c_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if (isprint((unsigned char)*text))
			fputc(*text, out);
		else
			fprintf(out, "\\%03o", (unsigned char)*text);
	}
	fputc('"', out);
}

void scn_emit_c_comment(FILE *out, const char *text)
{
	char last = 0;

	for (; *text; last = *text++) {
		/* Neither its end nor, which the compiler warns of, another begin. */
		if ((last == '*' && *text == '/') || (last == '/' && *text == '*'))
			fputc(' ', out);
		/* A name may hold more than text, and is on one line here. */
		fputc(iscntrl((unsigned char)*text) ? '?' : *text, out);
	}
}

void scn_emit_c_name(FILE *out, const struct scenario *scenario, unsigned int object)
{
	const char *c;

	for (c = scenario->objects[object].name; *c; c++)
		fputc(*c == '-' ? '_' : *c, out);
	fprintf(out, "_%u", object);
}
