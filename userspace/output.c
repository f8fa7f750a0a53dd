// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "output.h"

static const int ends[] = { SIGHUP, SIGINT, SIGTERM };

#define NR_ENDS (sizeof(ends) / sizeof(ends[0]))

/* What is not whole yet; one at a time. */
static const struct msc_output *volatile unfinished;

/* As if it had not been begun. */
static void undo(const struct msc_output *o)
{
	if (o->part)
		unlink(o->part);
	if (o->made)
		unlink(o->path);
}

static void take_away(int nr)
{
	if (unfinished)
		undo(unfinished);
	signal(nr, SIG_DFL);
	raise(nr);
}

/* Who has the command ignore a signal, as nohup(1), means it. */
static void on_ends(void (*handler)(int))
{
	struct sigaction now, then = { .sa_handler = handler };
	unsigned int i;

	for (i = 0; i < NR_ENDS; i++) {
		if (!sigaction(ends[i], NULL, &now) && now.sa_handler != SIG_IGN)
			sigaction(ends[i], &then, NULL);
	}
}

/* What open() gives a new file. */
static mode_t new_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/*
 * The permissions and the owner of what it replaces: root must not take a file away from its user.
 * Whoever may not give one away owns the new one, and leaves no other group what that one's may.
 */
static void take_after(int fd, const struct stat *old)
{
	mode_t mode = old->st_mode & 0777;

	if (fchown(fd, old->st_uid, old->st_gid) && fchown(fd, -1, old->st_gid))
		mode &= ~(mode_t)S_IRWXG;
	fchmod(fd, mode);
}

/* A new file beside o->path, in place of @old; NULL: of none. */
static FILE *open_part(struct msc_output *o, const struct stat *old)
{
	int fd;

	if (asprintf(&o->part, "%s.XXXXXX", o->path) < 0) {
		o->part = NULL;
		return NULL;
	}
	fd = mkostemp(o->part, O_CLOEXEC);
	if (fd < 0) {
		free(o->part);
		o->part = NULL;
		return NULL;
	}
	if (old)
		take_after(fd, old);
	else
		fchmod(fd, new_mode());
	return fdopen(fd, "w");
}

static FILE *open_new(struct msc_output *o, const char *path)
{
	o->path = strdup(path);
	return o->path ? open_part(o, NULL) : NULL;
}

/* What a link leads to that leads to nothing: it can be named only once it is there. */
static bool make_target(struct msc_output *o, const char *path, struct stat *made)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		return false;
	o->made = !fstat(fd, made);
	close(fd);
	return o->made;
}

static FILE *open_old(struct msc_output *o, const char *path)
{
	struct stat old;

	if (stat(path, &old) && !make_target(o, path, &old))
		return NULL;
	/* Not the link, but what it leads to. */
	if (S_ISREG(old.st_mode))
		o->path = realpath(path, NULL);
	if (o->path)
		return open_part(o, &old);
	/* Nothing can be beside a device, a pipe, or a file that has lost its name. */
	o->made = false;
	o->path = strdup(path);
	return o->path ? fopen(path, "we") : NULL;
}

bool msc_output_open(struct msc_output *o, const char *path)
{
	struct stat stat_of;
	bool is_new = lstat(path, &stat_of) && errno == ENOENT;

	if (!*path) {
		msc_trouble("--output=: expected a file");
		return false;
	}
	*o = (struct msc_output){ 0 };
	o->out = is_new ? open_new(o, path) : open_old(o, path);
	if (o->out) {
		unfinished = o;
		on_ends(take_away);
		return true;
	}
	msc_trouble("%s: %s", path, strerror(errno));
	undo(o);
	free(o->path);
	free(o->part);
	return false;
}

bool msc_close(FILE *out)
{
	/* What failed once may go well again when the rest is written. */
	bool written = !(fflush(out) | ferror(out));
	int err = errno;

	if (fclose(out) && written)
		return false;
	errno = err;
	return written;
}

bool msc_output_close(struct msc_output *o, bool good)
{
	bool written = msc_close(o->out);
	int err = errno;

	if (o->part && written && good && rename(o->part, o->path)) {
		written = false;
		err = errno;
	}
	if (!(written && good))
		undo(o);
	on_ends(SIG_DFL);
	unfinished = NULL;
	if (!written)
		msc_trouble("%s: cannot write: %s", o->path, strerror(err));
	free(o->path);
	free(o->part);
	return written;
}
