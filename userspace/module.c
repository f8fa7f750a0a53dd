// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "command.h"
#include "module.h"

#define MODULE "/sys/module/mergescope"
#define TARGETS MODULE "/parameters/targets"
#define DEBUGFS "/sys/kernel/debug"
#define TREE DEBUGFS "/mergescope"

/*
 * Another command may take the target away under us, and an unload takes all of them: how often we
 * add it again, and how soon.
 */
#define MAX_TRIES 50
#define PAUSE_US 1000u

static const char comes_or_goes[] = "the module is just being loaded or unloaded: try again";

/* Is debugfs? Its folder in sysfs is there without it. */
static bool is_mounted(void)
{
	struct statfs at;

	return !statfs(DEBUGFS, &at) && at.f_type == DEBUGFS_MAGIC;
}

/* 0, or the errno with which @path cannot be used. */
static int lacks(const char *path, int mode)
{
	return access(path, mode) ? errno : 0;
}

bool msc_module_usable(void)
{
	/* The parts first: should the whole go meanwhile, that is what is said. */
	int targets = lacks(TARGETS, W_OK), tree = lacks(TREE, F_OK);

	if (lacks(MODULE, F_OK))
		msc_trouble("the module is not loaded: as root, run modprobe mergescope");
	else if (targets == ENOENT)
		msc_trouble("%s", comes_or_goes);
	else if (targets)
		msc_trouble("no permission to set targets: run this as root");
	else if (tree == EACCES)
		msc_trouble("no permission to read " DEBUGFS ": run this as root");
	else if (tree && is_mounted())
		msc_trouble("%s", comes_or_goes);
	else if (tree)
		msc_trouble("debugfs is not mounted: as root, run mount -t debugfs none " DEBUGFS);
	else
		return true;
	return false;
}

/* Write "+PID" or "-PID". Returns 0 or an errno. */
static int write_target(char sign, int pid)
{
	int fd = open(TARGETS, O_WRONLY | O_CLOEXEC), err = 0;
	char text[16];
	int len = snprintf(text, sizeof(text), "%c%d", sign, pid);

	if (fd < 0)
		return errno;
	if (write(fd, text, (size_t)len) < 0)
		err = errno;
	close(fd);
	return err;
}

static const char *reason(int err)
{
	switch (err) {
	case ESRCH:
		return "no such process, or it has exited";
	case EINVAL:
		return "a kernel thread, or a thread that is not its process's leader";
	case E2BIG:
		return "there are 64 targets already: drop one with echo -PID > " TARGETS;
	case EPERM:
		return "not permitted: that takes CAP_SYS_PTRACE over the process";
	case EACCES:
		return "no permission: run this as root";
	default:
		return strerror(err);
	}
}

/* Make room for another read of a good size. */
static bool grow(struct msc_text *text, size_t *size)
{
	char *grown;

	if (*size - text->len > 1 << 16)
		return true;
	grown = realloc(text->bytes, 2 * *size + (1 << 18));
	if (!grown)
		return false;
	text->bytes = grown;
	*size = 2 * *size + (1 << 18);
	return true;
}

/* Read @path to its end. Returns 0 or an errno. */
static int read_file(const char *path, struct msc_text *text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	size_t size = 0;
	ssize_t n = 1;

	*text = (struct msc_text){ 0 };
	if (fd < 0)
		return errno;
	while (!err && n) {
		if (!grow(text, &size)) {
			err = ENOMEM;
			break;
		}
		n = read(fd, text->bytes + text->len, size - text->len - 1);
		if (n < 0)
			err = errno;
		else
			text->len += (size_t)n;
	}
	close(fd);
	if (err)
		free(text->bytes);
	else
		text->bytes[text->len] = '\0';
	return err;
}

/* Once; *@again if somebody else has just dropped the target, or is unloading the module. */
static int read_target(int pid, const char *name, struct msc_text *text, bool *again)
{
	char path[128];
	bool added;
	int err;

	err = write_target('+', pid);
	added = !err;
	*again = false;
	if (err && err != EEXIST)
		return err;
	snprintf(path, sizeof(path), TREE "/%d/%s", pid, name);
	err = read_file(path, text);
	*again = err == EIO || (err == ENOENT && !lacks(TREE, F_OK));
	if (added)
		write_target('-', pid);
	return err;
}

static int read_patiently(int pid, const char *name, struct msc_text *text)
{
	bool again = true;
	int err = 0, tries;

	for (tries = 0; again && tries < MAX_TRIES; tries++) {
		err = read_target(pid, name, text, &again);
		/* Not in step with others that do the same. */
		if (again)
			usleep(PAUSE_US * (1 + (unsigned int)(getpid() + tries) % 8));
	}
	return err;
}

enum msc_module_error msc_module_read(int pid, const char *name, bool quiet,
				      struct msc_text *text)
{
	sigset_t ends, before;
	int err;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	sigaddset(&ends, SIGQUIT);
	sigprocmask(SIG_BLOCK, &ends, &before);
	err = read_patiently(pid, name, text);
	sigprocmask(SIG_SETMASK, &before, NULL);

	if (!err)
		return MSC_MODULE_OK;
	if (err == ESRCH || err == EINVAL) {
		if (!quiet)
			msc_trouble("%d: %s", pid, reason(err));
		return MSC_MODULE_GONE;
	}
	/* fs/debugfs/file.c:full_proxy_open() and fs/kernfs, of what is just being removed */
	if (err == ENXIO || err == ENODEV) {
		msc_trouble("%s", comes_or_goes);
		return MSC_MODULE_TROUBLE;
	}
	if (err == ENOENT || err == EACCES || err == EPERM) {
		/* It may be all of the module that is missing. */
		if (!msc_module_usable())
			return MSC_MODULE_TROUBLE;
	}
	msc_trouble("%d: %s", pid, reason(err));
	return err == EACCES || err == E2BIG ? MSC_MODULE_TROUBLE : MSC_MODULE_REFUSED;
}
