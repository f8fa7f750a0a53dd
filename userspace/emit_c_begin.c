// SPDX-License-Identifier: GPL-2.0
/* A program up to its first step: why it may not be played here at all. */
#include "emit_c.h"
#include "scenario_call.h"

static void put_head(FILE *out, const char *file, const struct scenario *scenario)
{
	fputs("/*\n * ", out);
	scn_emit_c_comment(out, scenario->title);
	fputs("\n *\n * From ", out);
	scn_emit_c_comment(out, file);
	fputs(", by \"mergescope run --emit-c\".\n */\n#define _GNU_SOURCE\n", out);
	scn_emit_c_headers(out, scenario);
	fputc('\n', out);
	scn_emit_c_helpers(out, scenario);
}

/* Is file or userfaultfd @object made in a line that the program leaves out? */
static bool is_never_made(const struct scenario *scenario, unsigned int object)
{
	const struct scn_line *line = scenario->lines;

	while (line->kind != SCN_CALL || line->call->gives != SCN_GIVES_OBJECT ||
	       line->object != object)
		line++;
	return scn_emit_c_left_out(&line->guards);
}

static void put_objects(FILE *out, const struct scenario *scenario)
{
	unsigned int i;

	for (i = 0; i < scenario->nr_objects; i++) {
		fputs("\tint ", out);
		scn_emit_c_name(out, scenario, i);
		fprintf(out, "%s = -1;\n",
			is_never_made(scenario, i) ? " __attribute__((unused))" : "");
	}
	fputs(scenario->nr_objects ? "\n" : "", out);
}

/* What a person may lack, or a kernel. */
static void put_heap(FILE *out)
{
	fprintf(out,
		"\tif (prctl(PR_SET_MM, PR_SET_MM_BRK, AT(%lu), 0, 0) ||\n"
		"\t    prctl(PR_SET_MM, PR_SET_MM_START_BRK, AT(%lu), 0, 0))\n"
		"\t\treturn skip(\"CAP_SYS_RESOURCE, for a heap at a fixed address\");\n",
		SCN_HEAP, SCN_HEAP);
}

void scn_emit_c_begin(FILE *out, const char *file, const struct scenario *scenario)
{
	put_head(out, file, scenario);
	fputs("\nint main(void)\n{\n", out);
	put_objects(out, scenario);
	fputs("\tsetvbuf(stdout, NULL, _IONBF, 0);\n", out);
	scn_emit_c_skips(out, &scenario->guards);
	if (scn_emit_c_changes_ksm(scenario))
		fputs("\tif (access(KSM \"run\", W_OK))\n"
		      "\t\treturn skip(\"root, to set KSM\");\n"
		      "\tksm_begin();\n", out);
	if (scn_has_call(scenario, SCN_BRK))
		put_heap(out);
	if (scn_has_line(scenario, SCN_FORK))
		fputs("\tturn = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, "
		      "MAP_SHARED | MAP_ANONYMOUS, -1, 0);\n", out);
}
