// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>
#include <string.h>

#include "scenario_call.h"

#define RANGE { .kind = SCN_P_RANGE }
#define SIZE { .kind = SCN_P_SIZE }
#define WORD(w) { .kind = SCN_P_WORD, .words = &(w) }
#define NUMBER(most) { .kind = SCN_P_NUMBER, .max = (most) }
#define TEXT { .kind = SCN_P_TEXT }
#define UFFD { .kind = SCN_P_UFFD }

static const struct scn_call calls[] = {
	{ "mmap", NULL, SCN_MMAP, SCN_GIVES_REGION,
	  { { .kind = SCN_P_PLACE }, SIZE, { .kind = SCN_P_PROT },
	    { .kind = SCN_P_WORDS, .words = &scn_map_flags },
	    { .kind = SCN_P_FILE, .optional = true }, SIZE },
	  "mmap(@N, SIZE, PROT, FLAGS[, FILE, OFFSET])" },
	{ "munmap", NULL, SCN_MUNMAP, SCN_GIVES_NOTHING, { RANGE }, "munmap(RANGE)" },
	{ "mremap", NULL, SCN_MREMAP, SCN_GIVES_REGION,
	  { { .kind = SCN_P_OLD }, SIZE, { .kind = SCN_P_TO, .optional = true },
	    WORD(scn_dontunmap) },
	  "mremap(RANGE, SIZE[, to @N[, dontunmap]])" },
	{ "mprotect", NULL, SCN_MPROTECT, SCN_GIVES_NOTHING,
	  { RANGE, { .kind = SCN_P_PROT } }, "mprotect(RANGE, PROT)" },
	{ "madvise", NULL, SCN_MADVISE, SCN_GIVES_NOTHING,
	  { RANGE, WORD(scn_advices) }, "madvise(RANGE, ADVICE)" },
	{ "mlock", NULL, SCN_MLOCK, SCN_GIVES_NOTHING, { RANGE }, "mlock(RANGE)" },
	{ "mlock2", NULL, SCN_MLOCK2, SCN_GIVES_NOTHING,
	  { RANGE, WORD(scn_lock_flags) }, "mlock2(RANGE, onfault)" },
	{ "munlock", NULL, SCN_MUNLOCK, SCN_GIVES_NOTHING, { RANGE }, "munlock(RANGE)" },
	{ "mlockall", NULL, SCN_MLOCKALL, SCN_GIVES_NOTHING,
	  { { .kind = SCN_P_WORDS, .words = &scn_lockall_flags } }, "mlockall(FLAGS)" },
	{ "munlockall", NULL, SCN_MUNLOCKALL, SCN_GIVES_NOTHING, { { 0 } }, "munlockall()" },
	{ "mbind", NULL, SCN_MBIND, SCN_GIVES_NOTHING,
	  { RANGE, WORD(scn_policies),
	    { .kind = SCN_P_NUMBER, .max = 63, .optional = true } },
	  "mbind(RANGE, POLICY[, NODE])" },
	{ "brk", NULL, SCN_BRK, SCN_GIVES_REGION, { SIZE }, "brk(SIZE)" },
	{ "prctl", "set_memory_merge", SCN_MERGE_ANY, SCN_GIVES_NOTHING,
	  { NUMBER(1) }, "prctl(set_memory_merge, 0 or 1)" },
	{ "prctl", "set_vma_anon_name", SCN_ANON_NAME, SCN_GIVES_NOTHING,
	  { RANGE, { .kind = SCN_P_TEXT, .optional = true } },
	  "prctl(set_vma_anon_name, RANGE[, \"NAME\"])" },
	{ "memfd_create", NULL, SCN_MEMFD, SCN_GIVES_OBJECT,
	  { TEXT, SIZE }, "memfd_create(\"NAME\", SIZE)" },
	{ "open", NULL, SCN_OPEN, SCN_GIVES_OBJECT,
	  { TEXT, { .kind = SCN_P_SIZE, .optional = true } }, "open(\"NAME\", SIZE)" },
	{ "userfaultfd", NULL, SCN_UFFD, SCN_GIVES_OBJECT, { { 0 } }, "userfaultfd()" },
	{ "uffdio_register", NULL, SCN_UFFD_REGISTER, SCN_GIVES_NOTHING,
	  { UFFD, RANGE, WORD(scn_uffd_modes) }, "uffdio_register(UFFD, RANGE, missing or wp)" },
	{ "uffdio_unregister", NULL, SCN_UFFD_UNREGISTER, SCN_GIVES_NOTHING,
	  { UFFD, RANGE }, "uffdio_unregister(UFFD, RANGE)" },
	{ "uffdio_move", NULL, SCN_UFFD_MOVE, SCN_GIVES_NOTHING,
	  { UFFD, RANGE, { .kind = SCN_P_TO } }, "uffdio_move(UFFD, RANGE, to @N)" },
	{ "touch", NULL, SCN_TOUCH, SCN_GIVES_NOTHING, { RANGE }, "touch(RANGE)" },
	{ "read", NULL, SCN_READ, SCN_GIVES_NOTHING, { RANGE }, "read(RANGE)" },
	{ "fill", NULL, SCN_FILL, SCN_GIVES_NOTHING, { RANGE, NUMBER(255) },
	  "fill(RANGE, BYTE)" },
	{ "execve", NULL, SCN_EXEC, SCN_GIVES_NOTHING, { { 0 } }, "execve()" },
	{ "exit", NULL, SCN_EXIT, SCN_GIVES_NOTHING, { { 0 } }, "exit()" },
	{ "clear_soft_dirty", NULL, SCN_CLEAR_SOFT_DIRTY, SCN_GIVES_NOTHING, { { 0 } },
	  "clear_soft_dirty()" },
	{ "ksm", NULL, SCN_KSM_SETTING, SCN_GIVES_NOTHING,
	  { WORD(scn_ksm_settings), NUMBER(1 << 20) }, "ksm(SETTING, NUMBER)" },
};

const struct scn_call *scn_call_find(const char *name, const char *first)
{
	const struct scn_call *call;

	for (call = calls; call < calls + sizeof(calls) / sizeof(calls[0]); call++) {
		if (strcmp(call->name, name) != 0)
			continue;
		if (!call->first || (first && !strcmp(call->first, first)))
			return call;
	}
	return NULL;
}

bool scn_call_exists(const char *name, const char **usage)
{
	const struct scn_call *call;

	for (call = calls; call < calls + sizeof(calls) / sizeof(calls[0]); call++) {
		if (strcmp(call->name, name) != 0)
			continue;
		*usage = call->usage;
		return true;
	}
	return false;
}
