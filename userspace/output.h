/* SPDX-License-Identifier: GPL-2.0 */
/* A file that a verb writes: whole, or not at all. */
#ifndef MSC_OUTPUT_H
#define MSC_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

/* struct msc_output - a file that is being written; what was there stays until it is whole */
struct msc_output {
	FILE *out;
	char *path;	/* where it goes */
	char *part;	/* where it is till then, beside it; NULL: a pipe, written at once */
	bool made;	/* path is a link's target, made empty to have a name */
};

/*
 * Begin to write @path, one file at a time: a signal that ends the command takes away what is not
 * whole. False with a line on stderr.
 */
bool msc_output_open(struct msc_output *o, const char *path);

/* Close @out. False, with errno, if not all could be written, whenever that was. */
bool msc_close(FILE *out);

/*
 * The end: put it where it goes, or away again unless @good. False, with a line on stderr, if not
 * all could be written.
 */
bool msc_output_close(struct msc_output *o, bool good);

#endif
