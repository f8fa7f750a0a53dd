// SPDX-License-Identifier: GPL-2.0
/*
 * kallsyms_lookup_name() is not exported since 5.7, but a kprobe still finds it. The address may
 * lie behind an ENDBR (arch_adjust_kprobe_addr()), and under IBT an indirect call to it, or to a
 * function whose ENDBR was sealed at boot, faults. A static call is patched to a direct call, which
 * needs none.
 */
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/static_call.h>
#include <linux/string.h>

#include "symbols.h"

static struct msc_compat_symbol symbols[MSC_NR_SYMBOLS] = {
	[MSC_SYMBOL_PTRACE_MAY_ACCESS] = { .name = "ptrace_may_access" },
	[MSC_SYMBOL_SWAPPER_SPACES] = { .name = "swapper_spaces" },
	[MSC_SYMBOL_SWAP_CACHE_GET_FOLIO] = { .name = "swap_cache_get_folio" },
	[MSC_SYMBOL_KSM_THREAD_MUTEX] = { .name = "ksm_thread_mutex" },
	[MSC_SYMBOL_KSM_MMLIST_LOCK] = { .name = "ksm_mmlist_lock" },
	[MSC_SYMBOL_KSM_MM_HEAD] = { .name = "ksm_mm_head" },
	[MSC_SYMBOL_KSM_RUN] = { .name = "ksm_run" },
	[MSC_SYMBOL_KSM_SCAN] = { .name = "ksm_scan" },
	[MSC_SYMBOL_MIGRATE_NODES] = { .name = "migrate_nodes" },
};

static int lookup_error;

DEFINE_STATIC_CALL_NULL(msc_lookup_name, kallsyms_lookup_name);
DEFINE_STATIC_CALL_NULL(msc_ptrace_may_access, ptrace_may_access);

#ifdef MSC_TEST_BUILD
static char *hide;
module_param(hide, charp, 0400);
MODULE_PARM_DESC(hide, "a symbol that is taken to be absent, for a test");

static bool is_hidden(const char *name)
{
	return hide && !strcmp(hide, name);
}
#else
static bool is_hidden(const char *name)
{
	return false;
}
#endif

#ifdef CONFIG_KPROBES
/* A kprobe that is disabled is never armed: the kernel's text stays as it is. */
static int find_lookup_name(void)
{
	struct kprobe kp = {
		.symbol_name = "kallsyms_lookup_name",
		.flags = KPROBE_FLAG_DISABLED,
	};
	int err = register_kprobe(&kp);

	if (err)
		return err;
	unregister_kprobe(&kp);
	static_call_update(msc_lookup_name, (typeof(&kallsyms_lookup_name))kp.addr);
	return 0;
}
#else
static int find_lookup_name(void)
{
	return -EOPNOTSUPP;
}
#endif

void msc_compat_symbols_init(void)
{
	unsigned long address;
	unsigned int i;

	lookup_error = find_lookup_name();
	if (lookup_error)
		return;
	for (i = 0; i < MSC_NR_SYMBOLS; i++) {
		if (!is_hidden(symbols[i].name))
			symbols[i].address = static_call(msc_lookup_name)(symbols[i].name);
	}

	address = symbols[MSC_SYMBOL_PTRACE_MAY_ACCESS].address;
	if (address)
		static_call_update(msc_ptrace_may_access, (typeof(&ptrace_may_access))address);
}

int msc_compat_symbols_error(void)
{
	return lookup_error;
}

const struct msc_compat_symbol *msc_compat_symbol(unsigned int index)
{
	return index < MSC_NR_SYMBOLS ? &symbols[index] : NULL;
}

unsigned long msc_compat_symbol_address(enum msc_compat_symbol_id id)
{
	return symbols[id].address;
}

bool msc_compat_ptrace_may_read(struct task_struct *task)
{
	if (!symbols[MSC_SYMBOL_PTRACE_MAY_ACCESS].address)
		return true;
	return static_call(msc_ptrace_may_access)(task, PTRACE_MODE_READ_FSCREDS);
}
