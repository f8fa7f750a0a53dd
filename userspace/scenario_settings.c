// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "scenario.h"
#include "scenario_settings.h"

#define VALUE_MAX 64
/* Targets of the module, at most; more than those a run has at a time. */
#define MAX_TARGETS 64
/* For how long a process may take to exit. */
#define PATIENCE_S 60

/*
 * In the order in which they are put back: pages_to_scan before the advisor that might set it, and
 * whether KSM runs at last.
 */
static struct setting {
	const char *path;
	char value[VALUE_MAX];	/* empty: there is no such file */
} settings[] = {
	{ SCN_KSM "pages_to_scan", "" },
	{ SCN_KSM "sleep_millisecs", "" },
	{ SCN_KSM "smart_scan", "" },
	{ SCN_KSM "use_zero_pages", "" },
	{ SCN_KSM "max_page_sharing", "" },
	{ SCN_KSM "merge_across_nodes", "" },
	{ SCN_KSM "advisor_mode", "" },
	{ SCN_KSM "run", "" },
	{ SCN_THP "enabled", "" },
	{ SCN_THP "khugepaged/scan_sleep_millisecs", "" },
	{ SCN_PARAMETERS "hold_us", "" },
	{ SCN_PARAMETERS "pointers", "" },
};

#define NR_SETTINGS (sizeof(settings) / sizeof(settings[0]))

static pid_t keeper;
static int to_keeper = -1;

int scn_setting_write(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		err = -errno;
	close(fd);
	return err;
}

int scn_setting_read(const char *path, char *text, unsigned long size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = read(fd, text, size - 1);
	close(fd);
	if (len < 0)
		return -EIO;
	text[len] = 0;
	text[strcspn(text, "\n")] = 0;
	return 0;
}

/* Of "always [madvise] never" only the word in brackets counts. */
static void read_setting(struct setting *setting)
{
	char text[VALUE_MAX], *word;

	if (scn_setting_read(setting->path, text, sizeof(text)))
		return;
	word = strchr(text, '[');
	if (word) {
		word++;
		word[strcspn(word, "]")] = 0;
	} else {
		word = text;
	}
	strcpy(setting->value, word);
}

/*
 * run=2 does not take apart what a process maps that is exiting: its rmap_items go, but the nodes
 * stay until exit_mmap() is through (mm/ksm.c:remove_stable_node()).
 */
static int write_unmerged(const char *path, const char *value)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	time_t deadline = time(NULL) + PATIENCE_S;
	int err;

	for (;;) {
		scn_setting_write(SCN_KSM "run", "2");
		err = scn_setting_write(path, value);
		if (err != -EBUSY || time(NULL) >= deadline)
			return err;
		nanosleep(&pause, NULL);
	}
}

int scn_setting_change(const char *path, const char *value)
{
	struct setting now = { .path = path };
	int err;

	read_setting(&now);
	if (!strcmp(now.value, value))
		return 0;
	err = scn_setting_write(path, value);
	return err == -EBUSY ? write_unmerged(path, value) : err;
}

static void put_back(void)
{
	unsigned int i;
	int err;

	scn_setting_write(SCN_KSM "run", "0");
	for (i = 0; i < NR_SETTINGS; i++) {
		if (!settings[i].value[0])
			continue;
		err = scn_setting_change(settings[i].path, settings[i].value);
		if (err)
			fprintf(stderr, "mergescope: %s: %s, it is not %s as before\n",
				settings[i].path, strerror(-err), settings[i].value);
	}
}

/* The keeper: it is told of each target that comes (PID) or goes (-PID), and then of the end. */
static _Noreturn void keep(int from)
{
	pid_t targets[MAX_TARGETS], pid;
	unsigned int nr = 0, i;
	char change[16];

	while (read(from, &pid, sizeof(pid)) == sizeof(pid)) {
		if (pid > 0 && nr < MAX_TARGETS)
			targets[nr++] = pid;
		for (i = 0; pid < 0 && i < nr; i++) {
			if (targets[i] == -pid)
				targets[i--] = targets[--nr];
		}
	}
	while (nr--) {
		snprintf(change, sizeof(change), "-%d", targets[nr]);
		scn_setting_write(SCN_PARAMETERS "targets", change);
	}
	put_back();
	_exit(0);
}

/* In a session of its own, so that what ends the runner from its terminal does not end it. */
static _Noreturn void become_keeper(const int ends[2])
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE };
	unsigned int i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_IGN);
	setsid();
	close(ends[1]);
	keep(ends[0]);
}

/*
 * Two runs would each take the other's settings for what to put back. The keeper inherits the lock,
 * which thus lasts until all is put back.
 */
static int lock_out_others(void)
{
	int fd = open(SCN_PARAMETERS "targets", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return 0;
	close(fd);
	return errno == EWOULDBLOCK ? -EBUSY : -errno;
}

int scn_settings_init(void)
{
	int ends[2], err = lock_out_others();
	unsigned int i;

	if (err)
		return err;
	for (i = 0; i < NR_SETTINGS; i++)
		read_setting(&settings[i]);
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	keeper = fork();
	if (!keeper)
		become_keeper(ends);
	close(ends[0]);
	if (keeper < 0) {
		close(ends[1]);
		return -EAGAIN;
	}
	to_keeper = ends[1];
	return 0;
}

void scn_settings_uninit(void)
{
	close(to_keeper);
	while (waitpid(keeper, NULL, 0) < 0 && errno == EINTR)
		;
}

static void tell_keeper(pid_t pid)
{
	/* If the keeper is gone there is nobody to tell. */
	if (write(to_keeper, &pid, sizeof(pid)) != sizeof(pid))
		return;
}

int scn_target_add(pid_t pid)
{
	char text[80];
	int err;

	tell_keeper(pid);
	snprintf(text, sizeof(text), "+%d", pid);
	err = scn_setting_write(SCN_PARAMETERS "targets", text);
	if (err)
		return err;
	snprintf(text, sizeof(text), "%d:%lx-%lx", pid, scn_address(0),
		 scn_address(SCN_ARENA_PAGES));
	return scn_setting_write(SCN_PARAMETERS "range", text);
}

void scn_target_remove(pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "-%d", pid);
	scn_setting_write(SCN_PARAMETERS "targets", text);
	tell_keeper(-pid);
}
