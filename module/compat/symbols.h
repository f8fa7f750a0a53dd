/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel has and does not export, found once at load. Each is optional: without it what
 * needs it is off, and status says why.
 */
#ifndef MSC_COMPAT_SYMBOLS_H
#define MSC_COMPAT_SYMBOLS_H

#include <linux/sched.h>
#include <linux/types.h>

enum msc_compat_symbol_id {
	MSC_SYMBOL_PTRACE_MAY_ACCESS,
	MSC_SYMBOL_SWAPPER_SPACES,		/* to 6.17 */
	MSC_SYMBOL_SWAP_CACHE_GET_FOLIO,
	/* Of mm/ksm.c, and static there. */
	MSC_SYMBOL_KSM_THREAD_MUTEX,
	MSC_SYMBOL_KSM_MMLIST_LOCK,
	MSC_SYMBOL_KSM_MM_HEAD,
	MSC_SYMBOL_KSM_RUN,
	MSC_SYMBOL_KSM_SCAN,
	MSC_SYMBOL_MIGRATE_NODES,
	MSC_NR_SYMBOLS
};

/* struct msc_compat_symbol - what became of one name */
struct msc_compat_symbol {
	const char *name;
	unsigned long address;	/* 0: not found */
};

/* Look every symbol up. Process context; may sleep. Absent symbols are no error. */
void msc_compat_symbols_init(void);

/* 0, or why no symbol at all could be looked up (-errno of register_kprobe()). */
int msc_compat_symbols_error(void);

/* The address of symbol @id; 0 if it was not found. */
unsigned long msc_compat_symbol_address(enum msc_compat_symbol_id id);

/* Symbol @index (enum msc_compat_symbol_id); NULL past the end. */
const struct msc_compat_symbol *msc_compat_symbol(unsigned int index);

/*
 * ptrace_may_access() as PTRACE_MODE_READ_FSCREDS, never exported. True if it could not be found:
 * the caller has checked CAP_SYS_PTRACE by itself. Takes task_lock.
 */
bool msc_compat_ptrace_may_read(struct task_struct *task);

#endif
