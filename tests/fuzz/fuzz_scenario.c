// SPDX-License-Identifier: GPL-2.0
/*
 * The parser of scenarios, on anything: it must come to an end, say what is wrong and in which
 * line, and what it makes of a right one must be fit to be written as C.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "emit_c.h"
#include "scenario.h"

static FILE *nowhere;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	nowhere = fopen("/dev/null", "w");
	return nowhere ? 0 : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scenario scenario;
	struct scn_error error;
	int ret = scn_parse(&scenario, (const char *)data, size, &error);

	if (ret == -EINVAL && (error.line < 1 || !error.text[0]))
		abort();
	if (!ret && (!scenario.nr_lines || !scenario.title[0]))
		abort();
	if (!ret)
		scn_emit_c(nowhere, "fuzz.scn", &scenario);
	scn_free(&scenario);
	return 0;
}
