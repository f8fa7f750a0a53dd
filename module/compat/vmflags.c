// SPDX-License-Identifier: GPL-2.0
/*
 * This kernel's vm_flags bits by smaps' codes (fs/proc/task_mmu.c:show_smap_vma_flags()). A flag
 * that the configuration lacks is 0 (VM_NONE) in 6.6 and later, or not defined at all.
 */
#include <linux/kernel.h>
#include <linux/mm.h>

#include "kernel.h"

#ifndef VM_MAYBE_GUARD
#define VM_MAYBE_GUARD 0
#endif
#ifndef VM_UFFD_MINOR
#define VM_UFFD_MINOR 0
#endif
#ifndef VM_UFFD_RWP
#define VM_UFFD_RWP 0
#endif
#ifndef VM_SHADOW_STACK
#define VM_SHADOW_STACK 0
#endif
#ifndef VM_DROPPABLE
#define VM_DROPPABLE 0
#endif
#ifndef VM_SEALED
#define VM_SEALED 0
#endif
#ifndef VM_PKEY_BIT0
#define VM_PKEY_BIT0 0
#define VM_PKEY_BIT1 0
#define VM_PKEY_BIT2 0
#define VM_PKEY_BIT3 0
#endif

const struct msc_compat_vmflag msc_compat_vmflags[] = {
	{ VM_READ, "rd" },	  { VM_WRITE, "wr" },	    { VM_EXEC, "ex" },
	{ VM_SHARED, "sh" },	  { VM_MAYREAD, "mr" },	    { VM_MAYWRITE, "mw" },
	{ VM_MAYEXEC, "me" },	  { VM_MAYSHARE, "ms" },    { VM_GROWSDOWN, "gd" },
	{ VM_UFFD_MISSING, "um" }, { VM_PFNMAP, "pf" },	    { VM_MAYBE_GUARD, "gu" },
	{ VM_UFFD_WP, "uw" },	  { VM_LOCKED, "lo" },	    { VM_IO, "io" },
	{ VM_SEQ_READ, "sr" },	  { VM_RAND_READ, "rr" },   { VM_DONTCOPY, "dc" },
	{ VM_DONTEXPAND, "de" },  { VM_LOCKONFAULT, "lf" }, { VM_ACCOUNT, "ac" },
	{ VM_NORESERVE, "nr" },	  { VM_HUGETLB, "ht" },	    { VM_SYNC, "sf" },
	{ VM_ARCH_1, "ar" },	  { VM_WIPEONFORK, "wf" },  { VM_DONTDUMP, "dd" },
	{ VM_SOFTDIRTY, "sd" },	  { VM_MIXEDMAP, "mm" },    { VM_HUGEPAGE, "hg" },
	{ VM_NOHUGEPAGE, "nh" },  { VM_MERGEABLE, "mg" },   { VM_PKEY_BIT0, "p0" },
	{ VM_PKEY_BIT1, "p1" },	  { VM_PKEY_BIT2, "p2" },   { VM_PKEY_BIT3, "p3" },
	{ VM_UFFD_MINOR, "ui" },  { VM_SHADOW_STACK, "ss" }, { VM_DROPPABLE, "dp" },
	{ VM_SEALED, "sl" },	  { VM_UFFD_RWP, "ur" },
};

const unsigned int msc_compat_nr_vmflags = ARRAY_SIZE(msc_compat_vmflags);
