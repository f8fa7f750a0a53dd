// SPDX-License-Identifier: GPL-2.0
/* What a program that changes KSM needs: it puts back what was there, also if it is interrupted. */
#include <string.h>

#include "emit_c.h"
#include "scenario_call.h"

static const char begin[] =
	"\n"
	"#define KSM \"/sys/kernel/mm/ksm/\"\n"
	"\n"
	"/* What is changed here, as it was; whether KSM runs is put back last. */\n"
	"static struct { const char *path; char was[32]; } ksm[] = {\n"
	"	";

static const char busy[] =
	"\n"
	"/* Some change only when nothing is merged: after run=2, once what exits is gone. */\n"
	"static int ksm_set(const char *path, const char *value)\n"
	"{\n"
	"	int ret, tries = 6000;\n"
	"\n"
	"	while ((ret = write_file(path, value)) && errno == EBUSY && tries--) {\n"
	"		write_file(KSM \"run\", \"2\");\n"
	"		usleep(10000);\n"
	"	}\n"
	"	return ret;\n"
	"}\n";

/* %u is how many they are, %s what sets one. */
static const char put_back[] =
	"\n"
	"static void read_file(const char *path, char text[32])\n"
	"{\n"
	"	int fd = open(path, O_RDONLY), len = read(fd, text, 31);\n"
	"\n"
	"	text[len < 0 ? 0 : len] = 0;\n"
	"	close(fd);\n"
	"}\n"
	"\n"
	"static pid_t ksm_user;	/* its children put nothing back */\n"
	"\n"
	"static void ksm_put_back(void)\n"
	"{\n"
	"	for (int i = 0; getpid() == ksm_user && i < %u; i++)\n"
	"		%s(ksm[i].path, ksm[i].was);\n"
	"}\n"
	"\n"
	"static void ksm_interrupted(int nr)\n"
	"{\n"
	"	ksm_put_back();\n"
	"	signal(nr, SIG_DFL);\n"
	"	raise(nr);\n"
	"}\n"
	"\n"
	"static void ksm_begin(void)\n"
	"{\n"
	"	static const int ends[] = { %s };\n"
	"\n"
	"	for (int i = 0; i < %u; i++)\n"
	"		read_file(ksm[i].path, ksm[i].was);\n"
	"	ksm_user = getpid();\n"
	"	atexit(ksm_put_back);\n"
	"	for (int i = 0; i < (int)(sizeof(ends) / sizeof(ends[0])); i++)\n"
	"		signal(ends[i], ksm_interrupted);\n"
	"}\n";

static const char scans[] =
	"\n"
	"static long full_scans(void)\n"
	"{\n"
	"	char text[32];\n"
	"\n"
	"	read_file(KSM \"full_scans\", text);\n"
	"	return atol(text);\n"
	"}\n"
	"\n"
	"/* Let ksmd scan all there is so many times, beside the scan that is under way. */\n"
	"static int ksm_scans(int nr)\n"
	"{\n"
	"	long last = full_scans() + nr + 1;\n"
	"	int ms = 120000;\n"
	"\n"
	"	write_file(KSM \"pages_to_scan\", \"100000\");\n"
	"	if (write_file(KSM \"run\", \"1\"))\n"
	"		return -1;\n"
	"	while (full_scans() < last && (ms -= 10))\n"
	"		usleep(10000);\n"
	"	write_file(KSM \"run\", \"0\");\n"
	"	errno = ETIME;\n"
	"	return ms ? 0 : -1;\n"
	"}\n";

/* Does a call of ksm() change the setting of that name? */
static bool sets(const struct scenario *scenario, const char *name)
{
	uint64_t setting = scn_word_find(&scn_ksm_settings, name)->value;
	const struct scn_line *line = NULL;

	while ((line = scn_emit_c_next(scenario, line))) {
		if (line->kind == SCN_CALL && line->call->id == SCN_KSM_SETTING &&
		    line->args[0].number == setting)
			return true;
	}
	return false;
}

bool scn_emit_c_changes_ksm(const struct scenario *scenario)
{
	return scn_has_line(scenario, SCN_WAIT_KSM) || scn_has_call(scenario, SCN_KSM_SETTING);
}

/* mm/ksm.c:merge_across_nodes_store() and max_page_sharing_store() may answer EBUSY, no other. */
const char *scn_emit_c_ksm_setter(const struct scenario *scenario)
{
	return sets(scenario, "max_page_sharing") || sets(scenario, "merge_across_nodes") ?
		"ksm_set" : "write_file";
}

/* Returns how many there are. */
static unsigned int put_settings(FILE *out, const struct scenario *scenario)
{
	const struct scn_word *setting;
	unsigned int nr = 1;

	if (scn_has_line(scenario, SCN_WAIT_KSM)) {
		fputs("{ .path = KSM \"pages_to_scan\" }, ", out);
		nr++;
	}
	for (setting = scn_ksm_settings.list; setting->name; setting++) {
		if (!sets(scenario, setting->name))
			continue;
		fprintf(out, "{ .path = KSM \"%s\" },\n\t", setting->name);
		nr++;
	}
	fputs("{ .path = KSM \"run\" },\n};\n", out);
	return nr;
}

void scn_emit_c_ksm(FILE *out, const struct scenario *scenario)
{
	const char *setter = scn_emit_c_ksm_setter(scenario);
	unsigned int nr;

	fputs(begin, out);
	nr = put_settings(out, scenario);
	if (strcmp(setter, "write_file") != 0)
		fputs(busy, out);
	fprintf(out, put_back, nr, setter,
		scn_emit_c_catches_faults(scenario) ? "SIGHUP, SIGINT, SIGPIPE, SIGTERM" :
			"SIGBUS, SIGHUP, SIGINT, SIGPIPE, SIGSEGV, SIGTERM", nr);
	if (scn_has_line(scenario, SCN_WAIT_KSM))
		fputs(scans, out);
}
