// SPDX-License-Identifier: GPL-2.0
/* run: plays scenarios, and says in KTAP what was not as expected. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "emit_c.h"
#include "module.h"
#include "scenario_machine.h"
#include "scenario_play.h"
#include "scenario_settings.h"

/* What is larger is no scenario. */
#define MAX_FILE (1 << 20)
#define MAX_VARIANTS 4

struct options {
	struct scn_options play;
	const char *variants;
	bool emit_c;
	const char *to_play;	/* an option that was given and says how; NULL: none */
	char **files;
	unsigned int nr_files;
	char agent[512];	/* the default */
};

enum { KEY_AGENT = 256, KEY_AGAINST, KEY_FILES, KEY_RECORD, KEY_EMIT_C };

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'v':
		o->to_play = "--variant";
		o->variants = arg;
		return 0;
	case KEY_AGENT:
		o->to_play = "--agent";
		o->play.agent = arg;
		return 0;
	case KEY_FILES:
		o->to_play = "--files";
		o->play.files = arg;
		return 0;
	case KEY_RECORD:
		o->to_play = "--record";
		o->play.record = arg;
		return 0;
	case KEY_AGAINST:
		o->to_play = "--against";
		o->play.against = arg;
		return 0;
	case KEY_EMIT_C:
		o->emit_c = true;
		return 0;
	case ARGP_KEY_ARGS:
		o->files = state->argv + state->next;
		o->nr_files = (unsigned int)(state->argc - state->next);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "variant", 'v', "NAME,...", 0, "plain (the default), fork, merge-any, thp, or all", 0 },
	{ "record", KEY_RECORD, "DIR", 0, "keep the report of each step there", 0 },
	{ "against", KEY_AGAINST, "DIR", 0,
	  "compare the report of each step with the one that was kept there", 0 },
	{ "emit-c", KEY_EMIT_C, NULL, 0,
	  "play nothing: print one scenario as a C program; beside no other option", 0 },
	{ "files", KEY_FILES, "DIR", 0, "where open() makes files (/var/tmp)", 0 },
	{ "agent", KEY_AGENT, "PROGRAM", 0, "play with this agent", 0 },
	{ 0 },
};

static const struct argp argp = {
	options, parse_option, "SCENARIO...",
	"Play scenarios (mergescope-scenario(5)), each under each variant, and print in KTAP "
	"whether all was as they expect. Exits with 1 if not.",
	msc_common_options, NULL, NULL,
};

/* The agent lies beside the command, or where it is installed. */
static void find_agent(struct options *o)
{
	ssize_t len = readlink("/proc/self/exe", o->agent, sizeof(o->agent) - 32);
	char *slash;

	if (o->play.agent || len < 0)
		return;
	o->agent[len] = 0;
	slash = strrchr(o->agent, '/');
	strcpy(slash, "/agent");
	if (access(o->agent, X_OK))
		strcpy(slash, "/../libexec/mergescope/agent");
	o->play.agent = o->agent;
}

/* Up to @size bytes of @file. */
static char *read_all(FILE *file, const char *path, size_t size, size_t *len)
{
	char *text = malloc(size + 1);

	if (!text) {
		msc_trouble("%s: no memory", path);
		return NULL;
	}
	*len = fread(text, 1, size, file);
	if (!ferror(file))
		return text;
	msc_trouble("%s: %s", path, strerror(errno));
	free(text);
	return NULL;
}

/* The whole of @path, malloc()ed, or NULL with the trouble told. */
static char *read_file(const char *path, size_t *len)
{
	/* A FIFO without a writer would not be opened otherwise. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char *text = NULL;
	struct stat stat;

	if (!file || fstat(fd, &stat)) {
		msc_trouble("%s: %s", path, strerror(errno));
		if (file)
			fclose(file);
		return NULL;
	}
	if (!S_ISREG(stat.st_mode))
		msc_trouble("%s: no regular file, expected a scenario", path);
	else if (stat.st_size > MAX_FILE)
		msc_trouble("%s: more than %d bytes, expected a scenario", path, MAX_FILE);
	else
		text = read_all(file, path, (size_t)stat.st_size, len);
	fclose(file);
	return text;
}

static bool parse_file(const char *path, struct scenario *scenario)
{
	struct scn_error error;
	size_t len;
	char *text = read_file(path, &len);
	int err;

	if (!text)
		return false;
	err = scn_parse(scenario, text, len, &error);
	free(text);
	if (err == -ENOMEM)
		msc_trouble("%s: no memory", path);
	else if (err)
		msc_trouble("%s:%d: %s", path, error.line, error.text);
	return !err;
}

/* What a test is called: the file as it was given, and the variant. */
static void print_result(const struct scn_player *player, unsigned int number, int ret,
			 const char *skip, const char *notes)
{
	printf("%s %u %s %s", ret ? "not ok" : "ok", number, player->file, player->variant);
	if (skip)
		printf(" # SKIP %s", skip);
	printf("\n%s", notes);
	if (ret)
		printf("# %s\n", player->scenario->title);
	fflush(stdout);
}

/* Returns 0 if all was as expected. */
static int play_one(const struct options *o, const char *file, const struct scenario *scenario,
		    const char *variant, unsigned int number)
{
	struct scn_player *player = calloc(1, sizeof(*player));
	char *notes = NULL, why[160];
	bool skip;
	size_t len;
	int ret = 0;

	if (!player)
		return -ENOMEM;
	player->scenario = scenario;
	player->options = &o->play;
	player->file = file;
	player->variant = variant;
	player->out = open_memstream(&notes, &len);
	if (!player->out) {
		free(player);
		return -ENOMEM;
	}
	skip = !scn_guards_hold(&scenario->guards, variant, why, sizeof(why)) ||
	       !scn_variant_exists(variant, why, sizeof(why));
	if (!skip)
		ret = scn_play(player);
	fclose(player->out);
	print_result(player, number, ret, skip ? why : NULL, notes);
	free(notes);
	free(player);
	return ret;
}

/* The names in @list into @variants; 0 with the trouble told if one is none. */
static unsigned int list_variants(const char *list, const char **variants)
{
	unsigned int nr = 0, i;
	size_t len;

	for (i = 0; !strcmp(list, "all") && scn_variants[i]; i++)
		variants[nr++] = scn_variants[i];
	while (!nr || list[0] == ',') {
		list += nr != 0;
		len = strcspn(list, ",");
		for (i = 0; scn_variants[i]; i++) {
			if (strlen(scn_variants[i]) == len && !strncmp(scn_variants[i], list, len))
				break;
		}
		if (!scn_variants[i] || nr == MAX_VARIANTS) {
			msc_trouble("--variant=%s: expected plain, fork, merge-any, thp, or all",
				    list);
			return 0;
		}
		variants[nr++] = scn_variants[i];
		list += len;
	}
	return nr;
}

/* Fixed for the run: never let go of a lock, identities that last, no huge page behind our back. */
static int set_up(void)
{
	int err = scn_settings_init();

	if (err)
		return err;
	scn_setting_write(SCN_PARAMETERS "hold_us", "0");
	scn_setting_write(SCN_PARAMETERS "pointers", "1");
	scn_setting_write(SCN_THP "khugepaged/scan_sleep_millisecs", "4294967295");
	return 0;
}

static bool options_usable(const struct scn_options *play)
{
	if (access(play->agent, X_OK)) {
		msc_trouble("%s: %s, expected the agent", play->agent, strerror(errno));
		return false;
	}
	/* Where that fails, what comes next says why. */
	if (play->record)
		mkdir(play->record, 0777);
	return msc_folder_usable("files", play->files, W_OK) &&
	       (!play->record || msc_folder_usable("record", play->record, W_OK)) &&
	       (!play->against || msc_folder_usable("against", play->against, R_OK));
}

static int play_all(const struct options *o, const struct scenario *scenarios)
{
	const char *variants[MAX_VARIANTS];
	unsigned int nr_variants = list_variants(o->variants, variants), number = 0, i, v;
	int status = MSC_EXIT_FINE, err;

	if (!nr_variants || !msc_module_usable() || !options_usable(&o->play))
		return MSC_EXIT_TROUBLE;
	err = set_up();
	if (err == -EBUSY)
		return msc_trouble("another run has the settings of KSM: wait until it has ended");
	if (err)
		return msc_trouble("cannot keep the settings: %s", strerror(-err));
	printf("KTAP version 1\n1..%u\n", o->nr_files * nr_variants);
	for (i = 0; i < o->nr_files; i++) {
		for (v = 0; v < nr_variants; v++) {
			if (play_one(o, o->files[i], &scenarios[i], variants[v], ++number))
				status = MSC_EXIT_FOUND;
		}
	}
	scn_settings_uninit();
	return status;
}

/* The reports of one would be taken for the other's. */
static bool names_differ(const struct options *o)
{
	char name[PATH_MAX], other[PATH_MAX];
	unsigned int i, j;

	for (i = 1; i < o->nr_files; i++) {
		scn_record_name(o->files[i], name, sizeof(name));
		for (j = 0; j < i; j++) {
			scn_record_name(o->files[j], other, sizeof(other));
			if (strcmp(name, other) != 0)
				continue;
			msc_trouble("%s and %s: reports of both are of %s, expected another name",
				    o->files[j], o->files[i], name);
			return false;
		}
	}
	return true;
}

static int emit_c(const struct options *o, const struct scenario *scenario)
{
	int line;

	if (scn_emit_c_left_out(&scenario->guards))
		return msc_trouble("%s: of another variant, expected what is played under plain",
				   o->files[0]);
	line = scn_emit_c(stdout, o->files[0], scenario);
	if (line)
		return msc_trouble("%s:%d: execve(), expected what one C program can do",
				   o->files[0], line);
	return MSC_EXIT_FINE;
}

static int run(struct options *o, struct scenario *scenarios)
{
	unsigned int i;

	if (o->emit_c && o->to_play)
		return msc_trouble("%s beside --emit-c, expected it without, as nothing is played",
				   o->to_play);
	if (o->emit_c && o->nr_files > 1)
		return msc_trouble("--emit-c: %u scenarios, expected one", o->nr_files);
	for (i = 0; i < o->nr_files; i++) {
		if (!parse_file(o->files[i], &scenarios[i]))
			return MSC_EXIT_TROUBLE;
	}
	if (o->emit_c)
		return emit_c(o, scenarios);
	if ((o->play.record || o->play.against) && !names_differ(o))
		return MSC_EXIT_TROUBLE;
	return play_all(o, scenarios);
}

int msc_cmd_run(int argc, char **argv)
{
	struct options o = { .play.files = "/var/tmp", .variants = "plain" };
	struct scenario *scenarios;
	unsigned int i;
	int status;

	if (msc_parse(&argp, argc, argv, &o))
		return MSC_EXIT_TROUBLE;
	if (!o.nr_files)
		return msc_missing(argv[0], "SCENARIO");
	/* An agent that dies is seen where its answer is missing. */
	signal(SIGPIPE, SIG_IGN);
	find_agent(&o);
	scn_machine_files(o.play.files);
	scenarios = calloc(o.nr_files, sizeof(*scenarios));
	if (!scenarios)
		return msc_trouble("no memory");
	status = run(&o, scenarios);
	for (i = 0; i < o.nr_files; i++)
		scn_free(&scenarios[i]);
	free(scenarios);
	return status;
}
