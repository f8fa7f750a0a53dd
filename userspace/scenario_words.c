// SPDX-License-Identifier: GPL-2.0
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "scenario_words.h"

/* Numbers that older C libraries do not have yet are written out; their headers agree on them. */
static const struct scn_word map_flags[] = {
	{ "shared", 0x1, "MAP_SHARED" },
	{ "private", 0x2, "MAP_PRIVATE" },
	{ "droppable", 0x8, "MAP_DROPPABLE" },
	{ "fixed", 0x10, "MAP_FIXED" },
	{ "anon", 0x20, "MAP_ANONYMOUS" },
	{ "growsdown", 0x100, "MAP_GROWSDOWN" },
	{ "locked", 0x2000, "MAP_LOCKED" },
	{ "noreserve", 0x4000, "MAP_NORESERVE" },
	{ "populate", 0x8000, "MAP_POPULATE" },
	{ "stack", 0x20000, "MAP_STACK" },
	{ "hugetlb", 0x40000, "MAP_HUGETLB" },
	{ NULL, 0, NULL },
};

static const struct scn_word advices[] = {
	{ "normal", 0, "MADV_NORMAL" },
	{ "random", 1, "MADV_RANDOM" },
	{ "sequential", 2, "MADV_SEQUENTIAL" },
	{ "willneed", 3, "MADV_WILLNEED" },
	{ "dontneed", 4, "MADV_DONTNEED" },
	{ "free", 8, "MADV_FREE" },
	{ "remove", 9, "MADV_REMOVE" },
	{ "dontfork", 10, "MADV_DONTFORK" },
	{ "dofork", 11, "MADV_DOFORK" },
	{ "mergeable", 12, "MADV_MERGEABLE" },
	{ "unmergeable", 13, "MADV_UNMERGEABLE" },
	{ "hugepage", 14, "MADV_HUGEPAGE" },
	{ "nohugepage", 15, "MADV_NOHUGEPAGE" },
	{ "dontdump", 16, "MADV_DONTDUMP" },
	{ "dodump", 17, "MADV_DODUMP" },
	{ "wipeonfork", 18, "MADV_WIPEONFORK" },
	{ "keeponfork", 19, "MADV_KEEPONFORK" },
	{ "cold", 20, "MADV_COLD" },
	{ "pageout", 21, "MADV_PAGEOUT" },
	{ "populate_read", 22, "MADV_POPULATE_READ" },
	{ "populate_write", 23, "MADV_POPULATE_WRITE" },
	{ "dontneed_locked", 24, "MADV_DONTNEED_LOCKED" },
	{ "collapse", 25, "MADV_COLLAPSE" },
	{ "hwpoison", 100, "MADV_HWPOISON" },
	{ "soft_offline", 101, "MADV_SOFT_OFFLINE" },
	{ "guard_install", 102, "MADV_GUARD_INSTALL" },
	{ "guard_remove", 103, "MADV_GUARD_REMOVE" },
	{ NULL, 0, NULL },
};

static const struct scn_word lock_flags[] = {
	{ "onfault", 1, "MLOCK_ONFAULT" },
	{ NULL, 0, NULL },
};

static const struct scn_word lockall_flags[] = {
	{ "current", 1, "MCL_CURRENT" },
	{ "future", 2, "MCL_FUTURE" },
	{ "onfault", 4, "MCL_ONFAULT" },
	{ NULL, 0, NULL },
};

static const struct scn_word policies[] = {
	{ "default", 0, "MPOL_DEFAULT" },
	{ "preferred", 1, "MPOL_PREFERRED" },
	{ "bind", 2, "MPOL_BIND" },
	{ "interleave", 3, "MPOL_INTERLEAVE" },
	{ "local", 4, "MPOL_LOCAL" },
	{ NULL, 0, NULL },
};

static const struct scn_word uffd_modes[] = {
	{ "missing", 1, "UFFDIO_REGISTER_MODE_MISSING" },
	{ "wp", 2, "UFFDIO_REGISTER_MODE_WP" },
	{ NULL, 0, NULL },
};

static const struct scn_word dontunmap[] = {
	{ "dontunmap", 4, "MREMAP_DONTUNMAP" },
	{ NULL, 0, NULL },
};

/* Files of /sys/kernel/mm/ksm that a scenario may set; the rest is set by "wait ksm". */
static const struct scn_word ksm_settings[] = {
	{ "max_page_sharing", 0, NULL },
	{ "merge_across_nodes", 1, NULL },
	{ "smart_scan", 2, NULL },
	{ "use_zero_pages", 3, NULL },
	{ NULL, 0, NULL },
};

const struct scn_words scn_map_flags = { "mmap's flags, as in private|anon", map_flags };
const struct scn_words scn_advices = { "an advice, as in mergeable", advices };
const struct scn_words scn_lock_flags = { "onfault", lock_flags };
const struct scn_words scn_lockall_flags = { "current, future or onfault", lockall_flags };
const struct scn_words scn_policies = { "default, preferred, bind, interleave or local", policies };
const struct scn_words scn_uffd_modes = { "missing or wp", uffd_modes };
const struct scn_words scn_dontunmap = { "dontunmap", dontunmap };
const struct scn_words scn_ksm_settings = {
	"max_page_sharing, merge_across_nodes, smart_scan or use_zero_pages", ksm_settings
};

const struct scn_word *scn_word_find(const struct scn_words *words, const char *name)
{
	const struct scn_word *word;

	for (word = words->list; word->name; word++) {
		if (!strcmp(word->name, name))
			return word;
	}
	return NULL;
}

const struct scn_word *scn_word_of(const struct scn_words *words, uint64_t value)
{
	const struct scn_word *word;

	for (word = words->list; word->name; word++) {
		if (word->value == value)
			return word;
	}
	return NULL;
}

_Bool scn_prot(const char *name, uint64_t *prot)
{
	static const char letters[] = "rwx";	/* in the order of their bits */
	const char *letter = letters;

	*prot = 0;
	if (!strcmp(name, "none"))
		return 1;
	for (; *name; name++) {
		letter = strchr(letter, *name);
		if (!letter)
			return 0;
		*prot |= 1ULL << (letter++ - letters);
	}
	return *prot != 0;
}

/* Signals are told from errors by their sign: an error is -ERRNO. */
int scn_result_number(const char *name)
{
	const char *known;
	int error;

	if (!strcmp(name, "SIGSEGV"))
		return SIGSEGV;
	if (!strcmp(name, "SIGBUS"))
		return SIGBUS;
	for (error = 1; error < 4096; error++) {
		known = strerrorname_np(error);
		if (known && !strcmp(known, name))
			return -error;
	}
	return 0;
}

const char *scn_result_name(int result)
{
	const char *name;

	if (!result)
		return "ok";
	if (result > 0)
		return result == SIGSEGV ? "SIGSEGV" : result == SIGBUS ? "SIGBUS" : "a signal";
	name = strerrorname_np(-result);
	return name ? name : "an unknown error";
}
