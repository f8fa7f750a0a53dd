/* SPDX-License-Identifier: GPL-2.0 */
/* The calls of a scenario: one table says what each takes, and what it gives. */
#ifndef MSC_SCENARIO_CALL_H
#define MSC_SCENARIO_CALL_H

#include "scenario.h"
#include "scenario_words.h"

enum scn_call_id {
	SCN_MMAP,
	SCN_MUNMAP,
	SCN_MREMAP,
	SCN_MPROTECT,
	SCN_MADVISE,
	SCN_MLOCK,
	SCN_MLOCK2,
	SCN_MUNLOCK,
	SCN_MLOCKALL,
	SCN_MUNLOCKALL,
	SCN_MBIND,
	SCN_BRK,
	SCN_MERGE_ANY,
	SCN_ANON_NAME,
	SCN_MEMFD,
	SCN_OPEN,
	SCN_UFFD,
	SCN_UFFD_REGISTER,
	SCN_UFFD_UNREGISTER,
	SCN_UFFD_MOVE,
	SCN_TOUCH,
	SCN_READ,
	SCN_FILL,
	SCN_EXEC,
	SCN_EXIT,
	SCN_CLEAR_SOFT_DIRTY,
	SCN_KSM_SETTING,
};

enum scn_param_kind {
	SCN_P_END,
	SCN_P_PLACE,	/* @N */
	SCN_P_TO,	/* to @N */
	SCN_P_RANGE,	/* a, a[1], a[1..2], @N, @N..M; or one page and a size: @N, 4p */
	SCN_P_OLD,	/* the same, but a size that follows is another argument */
	SCN_P_SIZE,	/* 4p */
	SCN_P_PROT,	/* rw */
	SCN_P_WORD,	/* one of the parameter's words */
	SCN_P_WORDS,	/* some of them, with | between */
	SCN_P_NUMBER,
	SCN_P_TEXT,	/* a string */
	SCN_P_FILE,	/* a file that a step opened */
	SCN_P_UFFD,	/* a userfaultfd that a step made */
};

struct scn_param {
	enum scn_param_kind kind;
	bool optional;			/* and all that follow are too */
	const struct scn_words *words;
	uint64_t max;			/* of a number */
};

enum scn_gives {
	SCN_GIVES_NOTHING,
	SCN_GIVES_REGION,	/* it may be named */
	SCN_GIVES_OBJECT,	/* it must be named */
};

/* struct scn_call - what a scenario can do */
struct scn_call {
	const char *name;
	const char *first;	/* a word that tells it from another of that name, prctl's option */
	enum scn_call_id id;
	enum scn_gives gives;
	struct scn_param params[SCN_MAX_ARGS];
	const char *usage;
};

/* The call that @name, with @first as its first word (may be NULL), means; NULL if none does. */
const struct scn_call *scn_call_find(const char *name, const char *first);

/* Is there a call of that name? If it takes a first word, *@usage says which. */
bool scn_call_exists(const char *name, const char **usage);

/* Is it an access to memory, which may end with a signal, and not with an error? */
static inline bool scn_is_access(const struct scn_call *call)
{
	return call->id == SCN_TOUCH || call->id == SCN_READ || call->id == SCN_FILL;
}

#endif
