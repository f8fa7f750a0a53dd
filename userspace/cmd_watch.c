// SPDX-License-Identifier: GPL-2.0
/*
 * watch: count a process's VMAs every second, and judge it now and then; when the number jumps or
 * an invariant is violated, keep the report of that moment.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "judge.h"
#include "output.h"
#include "procfs.h"
#include "source.h"

/* By default a jump is a tenth more, and at least so many VMAs. */
#define MIN_JUMP 100

struct watch {
	const char *arg, *folder;
	int pid;
	unsigned long every;	/* seconds between two counts */
	unsigned long check;	/* between two judgements; 0: never */
	unsigned long jump;	/* VMAs; 0: MIN_JUMP and a tenth */
	unsigned long limit;	/* events; 0: until the process exits */
	long vmas;		/* at the last event, or the least since */
	msc_u64 violations;	/* at the last judgement */
	unsigned long events;
	unsigned long last;	/* the number of the last report's file */
	time_t next_check;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct watch *w = state->input;

	switch (key) {
	case 'e':
		return msc_number("--every", arg, 1, 86400, &w->every) ? 0 : EINVAL;
	case 'c':
		return msc_number("--check", arg, 0, 86400, &w->check) ? 0 : EINVAL;
	case 'J':
		return msc_number("--jump", arg, 1, 1 << 30, &w->jump) ? 0 : EINVAL;
	case 'n':
		return msc_number("--events", arg, 1, 1 << 30, &w->limit) ? 0 : EINVAL;
	case 'o':
		w->folder = arg;
		return 0;
	case ARGP_KEY_ARG:
		return msc_take_arg(&w->arg, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "every", 'e', "SECONDS", 0, "count the VMAs so often (1)", 0 },
	{ "check", 'c', "SECONDS", 0, "judge the invariants so often (60; 0: never)", 0 },
	{ "jump", 'J', "N", 0, "N VMAs more are a jump (a tenth more, and at least 100)", 0 },
	{ "events", 'n', "N", 0, "stop after N of them", 0 },
	{ "output", 'o', "FOLDER", 0, "keep reports there (the current folder)", 0 },
	{ 0 },
};

static const struct argp argp = {
	options, parse_option, "PID",
	"Wait until the number of VMAs of a process jumps, or an invariant is violated, and keep "
	"the report of that moment. Ends with the process, or when interrupted; exits with 1 if it "
	"has kept a report.",
	msc_common_options, NULL, NULL,
};

/* A new file in the folder, behind those that an earlier watch has left; its name to @path. */
static FILE *open_next(struct watch *w, char *path, size_t size)
{
	FILE *out;

	do {
		snprintf(path, size, "%s/mergescope-%d-%lu.report", w->folder, w->pid, ++w->last);
		out = fopen(path, "wxe");
	} while (!out && errno == EEXIST);
	return out;
}

/* Write @text to a file in the folder; its name to @path. */
static bool keep(struct watch *w, const struct msc_text *text, char *path, size_t size)
{
	FILE *out = open_next(w, path, size);

	if (!out) {
		msc_trouble("%s: %s", path, strerror(errno));
		return false;
	}
	fwrite(text->bytes, 1, text->len, out);
	if (msc_close(out))
		return true;
	msc_trouble("%s: %s", path, strerror(errno));
	/* Half a report is none. */
	unlink(path);
	return false;
}

static void announce(const char *what, const char *path)
{
	time_t now = time(NULL);
	char clock[16];

	strftime(clock, sizeof(clock), "%H:%M:%S", localtime(&now));
	printf("%s %s: kept %s\n", clock, what, path);
	fflush(stdout);
}

/* One more event: @what has happened, and @text is the report. False if it cannot be kept. */
static bool event(struct watch *w, const char *what, const struct msc_text *text)
{
	char path[4096];

	if (!keep(w, text, path, sizeof(path)))
		return false;
	w->events++;
	announce(what, path);
	return true;
}

static bool judge(struct watch *w, const struct msc_text *text)
{
	struct msc_snapshot s;
	msc_u64 violations;
	char what[64];
	bool ok;

	ok = msc_source_parse(w->arg, text, &s);
	violations = ok ? msc_judge_all(&s).violations : 0;
	msc_snapshot_free(&s);
	if (violations > w->violations) {
		snprintf(what, sizeof(what), "violations %llu -> %llu",
			 (unsigned long long)w->violations, (unsigned long long)violations);
		ok = event(w, what, text);
	}
	w->violations = violations;
	return ok;
}

static bool has_jumped(const struct watch *w, long vmas)
{
	long tenth = w->vmas / 10, least = tenth > MIN_JUMP ? tenth : MIN_JUMP;

	return vmas >= w->vmas + (w->jump ? (long)w->jump : least);
}

/* What @vmas and the clock ask for. 0, or -1 if the process is gone, or MSC_EXIT_TROUBLE. */
static int look(struct watch *w, long vmas)
{
	bool jumped = has_jumped(w, vmas), due = w->check && time(NULL) >= w->next_check;
	struct msc_text text;
	char what[64];
	bool ok = true;

	if (!jumped && !due) {
		w->vmas = vmas < w->vmas ? vmas : w->vmas;
		return 0;
	}
	switch (msc_module_read(w->pid, "report", true, &text)) {
	case MSC_MODULE_OK:
		break;
	case MSC_MODULE_GONE:
		return -1;
	default:
		return MSC_EXIT_TROUBLE;
	}
	if (jumped) {
		snprintf(what, sizeof(what), "VMAs %ld -> %ld", w->vmas, vmas);
		w->vmas = vmas;
		ok = event(w, what, &text);
	}
	if (ok && due) {
		w->next_check = time(NULL) + (time_t)w->check;
		ok = judge(w, &text);
	}
	free(text.bytes);
	return ok ? 0 : MSC_EXIT_TROUBLE;
}

/* Until the process exits, a signal comes, or there were enough events. */
static int watch(struct watch *w, const sigset_t *ends)
{
	const struct timespec pause = { .tv_sec = (time_t)w->every };
	int status = 0;
	long vmas;

	w->vmas = msc_procfs_vmas(w->pid);
	if (!w->vmas)
		return msc_trouble("%d: no such process, or a kernel thread", w->pid);
	for (vmas = w->vmas; !status && vmas > 0; vmas = msc_procfs_vmas(w->pid)) {
		status = look(w, vmas);
		if (status || (w->limit && w->events >= w->limit) ||
		    sigtimedwait(ends, NULL, &pause) > 0)
			break;
	}
	if (vmas < 0)
		return msc_trouble("/proc/%d/maps: %s", w->pid, strerror(errno));
	if (status == MSC_EXIT_TROUBLE)
		return status;
	return w->events ? MSC_EXIT_FOUND : MSC_EXIT_FINE;
}

int msc_cmd_watch(int argc, char **argv)
{
	struct watch w = { .folder = ".", .every = 1, .check = 60 };
	sigset_t ends;

	if (msc_parse(&argp, argc, argv, &w))
		return MSC_EXIT_TROUBLE;
	if (!w.arg)
		return msc_missing(argv[0], "PID");
	w.pid = msc_source_pid(w.arg);
	if (!w.pid)
		return msc_trouble("%s: no PID, expected a number", w.arg);
	if (!msc_folder_usable("output", w.folder, W_OK) || !msc_module_usable())
		return MSC_EXIT_TROUBLE;
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	return watch(&w, &ends);
}
