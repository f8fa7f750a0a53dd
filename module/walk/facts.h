/* SPDX-License-Identifier: GPL-2.0 */
/* What this kernel has, told in the core's terms. */
#ifndef MSC_WALK_FACTS_H
#define MSC_WALK_FACTS_H

#include <linux/types.h>

#include "../core/model.h"

/* Work the facts out, once, at load, after msc_walk_symbols_init(). */
void msc_facts_init(void);

/* Those facts; pointers is false. */
const struct msc_facts *msc_facts_get(void);

/* KSM's private state does not look as it should: from now on there is no section ksm. */
void msc_facts_refuse_ksm(const char *why);

/* Translate this kernel's vm_flags: MSC_VM() bits, and in @other the bits that have no code. */
msc_u64 msc_facts_vmflags(u64 vm_flags, msc_u64 *other);

#endif
