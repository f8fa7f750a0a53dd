/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VMA flags in a numbering of our own. The kernel's bit numbers move between releases
 * (VM_UFFD_MINOR has been 37, 38 and 41), and a saved report must mean the same everywhere; what
 * does not move is the two-letter code that smaps prints
 * (fs/proc/task_mmu.c:show_smap_vma_flags()), so a flag is its code.
 */
#ifndef MSC_CORE_VMFLAGS_H
#define MSC_CORE_VMFLAGS_H

#include "types.h"

/*
 * Order is the order of printing: the kernel's own bit order. The codes p0 to p3 are the protection
 * key's bits, which smaps shows as "ProtectionKey:" instead; they count as flags in a merge all the
 * same.
 */
#define MSC_VMFLAGS(X)                                                                          \
	X(RD, "rd") X(WR, "wr") X(EX, "ex") X(SH, "sh") X(MR, "mr") X(MW, "mw") X(ME, "me")     \
	X(MS, "ms") X(GD, "gd") X(UM, "um") X(PF, "pf") X(GU, "gu") X(UW, "uw") X(LO, "lo")     \
	X(IO, "io") X(SR, "sr") X(RR, "rr") X(DC, "dc") X(DE, "de") X(LF, "lf") X(AC, "ac")     \
	X(NR, "nr") X(HT, "ht") X(SF, "sf") X(AR, "ar") X(WF, "wf") X(DD, "dd") X(SD, "sd")     \
	X(MM, "mm") X(HG, "hg") X(NH, "nh") X(MG, "mg") X(P0, "p0") X(P1, "p1") X(P2, "p2")     \
	X(P3, "p3") X(UI, "ui") X(SS, "ss") X(DP, "dp") X(SL, "sl") X(UR, "ur")

enum msc_vmflag_index {
#define MSC_VMFLAG_INDEX(name, code) MSC_VMFLAG_##name,
	MSC_VMFLAGS(MSC_VMFLAG_INDEX)
#undef MSC_VMFLAG_INDEX
	MSC_NR_VMFLAGS
};

#define MSC_VM(name) MSC_BIT(MSC_VMFLAG_##name)
#define MSC_VM_PKEY (MSC_VM(P0) | MSC_VM(P1) | MSC_VM(P2) | MSC_VM(P3))

/* VM_SPECIAL of include/linux/mm.h, the same four in every release. */
#define MSC_VM_SPECIAL (MSC_VM(IO) | MSC_VM(DE) | MSC_VM(PF) | MSC_VM(MM))

/* The code of flag @index, two letters and a NUL. @index below MSC_NR_VMFLAGS. */
const char *msc_vmflag_code(unsigned int index);

/* The flag whose code is @code (two letters), as a mask; 0 if there is none. */
msc_u64 msc_vmflag_by_code(const char *code);

/* The protection key in @flags: 0 to 15, as smaps prints after "ProtectionKey:". */
unsigned int msc_vmflags_pkey(msc_u64 flags);

#endif
