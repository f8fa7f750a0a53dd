/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel functions that are not exported, found once at load. Each is optional: without it that one
 * capability is off, and status says why.
 */
#ifndef MSC_COMPAT_SYMBOLS_H
#define MSC_COMPAT_SYMBOLS_H

#include <linux/sched.h>
#include <linux/types.h>

/* struct msc_compat_symbol - what became of one name */
struct msc_compat_symbol {
	const char *name;
	unsigned long address;	/* 0: not found */
};

/* Look every symbol up. Process context; may sleep. Absent symbols are no error. */
void msc_compat_symbols_init(void);

/* 0, or why no symbol at all could be looked up (-errno of register_kprobe()). */
int msc_compat_symbols_error(void);

/* Symbol @index of the table; NULL past its end. */
const struct msc_compat_symbol *msc_compat_symbol(unsigned int index);

/*
 * ptrace_may_access() as PTRACE_MODE_READ_FSCREDS, never exported. True if it could not be found:
 * the caller has checked CAP_SYS_PTRACE by itself. Takes task_lock.
 */
bool msc_compat_ptrace_may_read(struct task_struct *task);

#endif
