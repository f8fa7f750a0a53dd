/* SPDX-License-Identifier: GPL-2.0 */
/* The words that stand for numbers of the system call interface: strace's, without the prefix. */
#ifndef MSC_SCENARIO_WORDS_H
#define MSC_SCENARIO_WORDS_H

#include <stdint.h>

/* struct scn_word - one of them; @c_name is the constant of C */
struct scn_word {
	const char *name;
	uint64_t value;
	const char *c_name;
};

/* struct scn_words - all that can stand in one place; ends with a NULL name */
struct scn_words {
	const char *what;		/* for errors: "one of madvise's advices" */
	const struct scn_word *list;
};

extern const struct scn_words scn_map_flags, scn_advices, scn_lock_flags, scn_lockall_flags,
	scn_policies, scn_uffd_modes, scn_dontunmap, scn_ksm_settings;

/* The word @name of @words, or NULL. */
const struct scn_word *scn_word_find(const struct scn_words *words, const char *name);

/* The word of @words with @value, or NULL. */
const struct scn_word *scn_word_of(const struct scn_words *words, uint64_t value);

/* "rw", "rwx", "none", ... as PROT_ bits; false if @name is none such. */
_Bool scn_prot(const char *name, uint64_t *prot);

/* The number of a signal that an access can end with ("SIGSEGV"), -ERRNO of "ENOMEM", 0 if none. */
int scn_result_number(const char *name);

/* What scn_result_number() knows @result by; "ok" for 0. */
const char *scn_result_name(int result);

#endif
