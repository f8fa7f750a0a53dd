// SPDX-License-Identifier: GPL-2.0
/*
 * kallsyms_lookup_name() is not exported since 5.7, but a kprobe still finds it. The address may
 * lie behind an ENDBR (arch_adjust_kprobe_addr()), and under IBT an indirect call to it, or to a
 * function whose ENDBR was sealed at boot, faults. A static call is patched to a direct call, which
 * needs none.
 */
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/ptrace.h>
#include <linux/static_call.h>

#include "symbols.h"

static struct msc_compat_symbol symbols[MSC_COMPAT_NR_SYMBOLS] = {
	[MSC_COMPAT_PTRACE_MAY_ACCESS] = { .name = "ptrace_may_access" },
	[MSC_COMPAT_SWAPPER_SPACES] = { .name = "swapper_spaces" },
	[MSC_COMPAT_SWAP_CACHE_GET_FOLIO] = { .name = "swap_cache_get_folio" },
	[MSC_COMPAT_KSM_RUN] = { .name = "ksm_run" },
};

static int lookup_error;

DEFINE_STATIC_CALL_NULL(msc_lookup_name, kallsyms_lookup_name);
DEFINE_STATIC_CALL_NULL(msc_ptrace_may_access, ptrace_may_access);

#ifdef CONFIG_KPROBES
static int find_lookup_name(void)
{
	struct kprobe kp = { .symbol_name = "kallsyms_lookup_name" };
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
	for (i = 0; i < MSC_COMPAT_NR_SYMBOLS; i++)
		symbols[i].address = static_call(msc_lookup_name)(symbols[i].name);

	address = symbols[MSC_COMPAT_PTRACE_MAY_ACCESS].address;
	if (address)
		static_call_update(msc_ptrace_may_access, (typeof(&ptrace_may_access))address);
}

int msc_compat_symbols_error(void)
{
	return lookup_error;
}

const struct msc_compat_symbol *msc_compat_symbol(unsigned int index)
{
	return index < MSC_COMPAT_NR_SYMBOLS ? &symbols[index] : NULL;
}

unsigned long msc_compat_symbol_address(enum msc_compat_symbol_id id)
{
	return symbols[id].address;
}

bool msc_compat_ptrace_may_read(struct task_struct *task)
{
	if (!symbols[MSC_COMPAT_PTRACE_MAY_ACCESS].address)
		return true;
	return static_call(msc_ptrace_may_access)(task, PTRACE_MODE_READ_FSCREDS);
}
