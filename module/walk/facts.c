// SPDX-License-Identifier: GPL-2.0
#include <linux/bitops.h>
#include <linux/rmap.h>
#include <linux/string.h>
#include <linux/utsname.h>

#include "../compat/compat.h"
#include "../compat/kernel.h"
#include "../compat/ksm.h"
#include "../compat/swapcache.h"
#include "facts.h"

static struct msc_facts facts;

/* Bit by bit of vm_flags, what it is in the core's terms; 0 if it has no code. */
static msc_u64 vmflags[64];

/* The flags named by @codes, two letters each. */
static msc_u64 flags_of(const char *codes)
{
	msc_u64 flags = 0;

	for (; *codes; codes += 2)
		flags |= msc_vmflag_by_code(codes);
	return flags;
}

void msc_facts_init(void)
{
	const struct msc_compat_kernel *kernel = &msc_compat_kernel;
	const struct msc_compat_vmflag *flag;

	for (flag = msc_compat_vmflags; flag < msc_compat_vmflags + msc_compat_nr_vmflags; flag++) {
		if (flag->mask && !vmflags[__ffs64(flag->mask)])
			vmflags[__ffs64(flag->mask)] = msc_vmflag_by_code(flag->code);
	}
	strscpy(facts.release, init_utsname()->release, sizeof(facts.release));
	facts.merge_rules = kernel->merge_rules;
	facts.merge_rules_known = kernel->merge_rules_known;
	facts.anon_pgoff = msc_compat_has_anon_pgoff();
	facts.lock_seq = msc_compat_has_mm_lock_seq();
	facts.merge_any = msc_compat_has_merge_any();
	facts.ksm_flag_early = kernel->ksm_flag_early;
	facts.swap_cache = msc_compat_has_swapcache();
	facts.sizes.vma = msc_compat_vma_bytes();
	facts.sizes.anon_vma = sizeof(struct anon_vma);
	facts.sizes.avc = sizeof(struct anon_vma_chain);
	facts.ksm_excluded = flags_of(kernel->ksm_excluded);
	facts.ksm_off = msc_compat_ksm_missing();
	facts.ksm_index = msc_compat_ksm_has_index();
	facts.ksm_age = msc_compat_ksm_has_age();
	facts.merge.ignored_flags = flags_of(kernel->ignored_flags);
	facts.merge.close_blocks_target = kernel->close_blocks_target;
	facts.merge.unfaulted_adopts = kernel->unfaulted_adopts;
	facts.merge.anon_pgoff = facts.anon_pgoff;
}

const struct msc_facts *msc_facts_get(void)
{
	return &facts;
}

void msc_facts_refuse_ksm(const char *why)
{
	WRITE_ONCE(facts.ksm_off, why);
}

msc_u64 msc_facts_vmflags(u64 vm_flags, msc_u64 *other)
{
	msc_u64 flags = 0;
	unsigned int bit;

	*other = 0;
	for (; vm_flags; vm_flags &= vm_flags - 1) {
		bit = __ffs64(vm_flags);
		if (vmflags[bit])
			flags |= vmflags[bit];
		else
			*other |= BIT_ULL(bit);
	}
	return flags;
}
