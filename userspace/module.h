/* SPDX-License-Identifier: GPL-2.0 */
/* The module's files: targets in sysfs, reports in debugfs. Errors are told, a line on stderr. */
#ifndef MSC_MODULE_H
#define MSC_MODULE_H

#include <stdbool.h>
#include <stddef.h>

/* struct msc_text - what was read: a string, of @len bytes, malloc()ed */
struct msc_text {
	char *bytes;
	size_t len;
};

enum msc_module_error {
	MSC_MODULE_OK,
	MSC_MODULE_GONE,	/* the process has exited, or is none that can be a target */
	MSC_MODULE_REFUSED,	/* this process's: no memory for it, or not permitted */
	MSC_MODULE_TROUBLE,	/* the module is gone or going, or nobody's report can be had */
};

/*
 * Read the file @name ("report", "vmas") of process @pid, which is made a target meanwhile unless
 * it is one; signals that would end the command wait until it is none again. With @quiet a process
 * that is gone is not told.
 */
enum msc_module_error msc_module_read(int pid, const char *name, bool quiet,
				      struct msc_text *text);

/* Is the module there, and may we use it? False with a line that says what to do. */
bool msc_module_usable(void);

#endif
