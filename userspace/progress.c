// SPDX-License-Identifier: GPL-2.0
#include "progress.h"

#define MAX_BAR 40

void msc_progress_show(FILE *out, int columns, size_t done, size_t all)
{
	char text[48];
	int len, bar, i;

	/* What fills the last column may begin a new line. */
	columns--;
	len = snprintf(text, sizeof(text), "%zu of %zu", done, all);
	bar = columns - len - 3;
	if (bar > MAX_BAR)
		bar = MAX_BAR;
	fputc('\r', out);
	if (bar > 0) {
		fputc('[', out);
		for (i = 0; i < bar; i++)
			fputc((size_t)i < done * (size_t)bar / all ? '#' : ' ', out);
		fputs("] ", out);
	}
	fprintf(out, "%.*s", columns, text);
}

void msc_progress_hide(FILE *out, int columns)
{
	fprintf(out, "\r%*s\r", columns - 1, "");
}
