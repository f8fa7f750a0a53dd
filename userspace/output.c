// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "output.h"

/* What open() gives a new file. */
static mode_t new_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* A new file beside o->path. */
static FILE *open_part(struct msc_output *o, mode_t mode)
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
	fchmod(fd, mode);
	return fdopen(fd, "w");
}

bool msc_output_open(struct msc_output *o, const char *path)
{
	struct stat stat_of;
	bool exists = !stat(path, &stat_of);

	/* Not the link, but what it leads to. */
	*o = (struct msc_output){ .path = exists ? realpath(path, NULL) : strdup(path) };
	if (o->path && exists && !S_ISREG(stat_of.st_mode))
		o->out = fopen(o->path, "we");
	else if (o->path)
		o->out = open_part(o, exists ? stat_of.st_mode & 0777 : new_mode());
	if (o->out)
		return true;
	msc_trouble("%s: %s", path, strerror(errno));
	free(o->path);
	return false;
}

bool msc_output_close(struct msc_output *o, bool good)
{
	bool written = !(fflush(o->out) | ferror(o->out));
	int err = errno;

	if (fclose(o->out) && written) {
		written = false;
		err = errno;
	}
	if (o->part && written && good && rename(o->part, o->path)) {
		written = false;
		err = errno;
	}
	if (o->part && !(written && good))
		unlink(o->part);
	if (!written)
		msc_trouble("%s: cannot write: %s", o->path, strerror(err));
	free(o->path);
	free(o->part);
	return written;
}
