/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions and data of the kernel that are not exported, found once at load. Each is optional:
 * without it that one capability is off, and status says why.
 */
#ifndef MSC_COMPAT_SYMBOLS_H
#define MSC_COMPAT_SYMBOLS_H

#include <linux/sched.h>
#include <linux/types.h>

enum msc_compat_symbol_id {
	MSC_COMPAT_PTRACE_MAY_ACCESS,
	MSC_COMPAT_SWAPPER_SPACES,		/* to 6.17; data, with CONFIG_KALLSYMS_ALL */
	MSC_COMPAT_SWAP_CACHE_GET_FOLIO,
	MSC_COMPAT_KSM_RUN,			/* data */
	MSC_COMPAT_NR_SYMBOLS
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

/* Symbol @index of the table; NULL past its end. */
const struct msc_compat_symbol *msc_compat_symbol(unsigned int index);

/*
 * ptrace_may_access() as PTRACE_MODE_READ_FSCREDS, never exported. True if it could not be found:
 * the caller has checked CAP_SYS_PTRACE by itself. Takes task_lock.
 */
bool msc_compat_ptrace_may_read(struct task_struct *task);

#endif
