/* SPDX-License-Identifier: GPL-2.0 */
/* The grammar of the module parameter "targets": a whole list "12,34", or changes "+12,-34". */
#ifndef MSC_CORE_PIDLIST_H
#define MSC_CORE_PIDLIST_H

#include "types.h"

/* PID_MAX_LIMIT of a 64-bit kernel: no PID reaches it. */
#define MSC_PID_LIMIT (4u << 20)

enum msc_pid_op {
	MSC_PID_SET,	/* PID: a member of a list that replaces the targets */
	MSC_PID_ADD,	/* +PID */
	MSC_PID_REMOVE,	/* -PID */
};

enum msc_pidlist_error {
	MSC_PIDLIST_OK,
	MSC_PIDLIST_NOT_A_PID,	/* not a number from 1 to MSC_PID_LIMIT - 1 */
	MSC_PIDLIST_MIXED,	/* signed and unsigned members in one list */
	MSC_PIDLIST_TWICE,	/* the same PID again */
	MSC_PIDLIST_TOO_LONG,	/* more members than there is room for */
};

struct msc_pid_item {
	enum msc_pid_op op;
	msc_s32 pid;
};

/* struct msc_pidlist - a parsed list; on an error, where it stands: @at and @at_len in the text */
struct msc_pidlist {
	struct msc_pid_item *items;
	msc_u32 nr, max;
	msc_u32 at, at_len;
};

/*
 * Parse @text into @list, whose items and max the caller has set. Members are separated by one
 * comma; a newline may end the text. An empty text is an empty list, which replaces the targets by
 * none.
 */
enum msc_pidlist_error msc_pidlist_parse(struct msc_pidlist *list, const char *text);

#endif
