// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>

#include "../module/core/vmflags.h"
#include "reason.h"

const struct msc_reason msc_reasons[MSC_B_NR] = {
	[MSC_B_SPECIAL] = {
		"one has VM_IO, VM_DONTEXPAND, VM_PFNMAP or VM_MIXEDMAP",
		"These are mappings of drivers and of the kernel itself (vdso, vvar), and of huge "
		"pages. The kernel merges none of them.",
		"Nothing merges them later: map such a range with one call.",
	},
	[MSC_B_FLAGS] = {
		"VmFlags differ",
		"Protection, locking, advice and registrations are all flags of a VMA, and two "
		"VMAs merge only if those are the same.",
		"Give both ranges the same protection and the same advice; the call that makes "
		"them equal also merges them.",
	},
	[MSC_B_FILE] = {
		"different struct files",
		"Each open() makes a struct file of its own, also of one and the same path; and "
		"each MAP_SHARED|MAP_ANONYMOUS mapping has one.",
		"Map both through one descriptor, or both ranges with one mmap().",
	},
	[MSC_B_PGOFF] = {
		"page offsets do not line up",
		"The second VMA would have to begin with the page offset at which the first ends. "
		"Memory that was touched keeps its page offsets when mremap() moves it, since its "
		"pages are found by them; of a file they are the parts that are mapped.",
		"Move memory before it is touched, or put it where it is to stay from the start. "
		"What was moved afterwards merges only where its page offsets continue its "
		"neighbour's.",
	},
	[MSC_B_ANON_PGOFF] = {
		"anonymous page offsets do not line up",
		"From 7.3 on the copied pages of a private file mapping have page offsets of their "
		"own, and such a mapping that was written to and moved keeps them.",
		"Move the mapping before it is written to.",
	},
	[MSC_B_ANON_VMA] = {
		"both have an anon_vma, and not the same",
		"Each was touched at a time when it could not take over the other's anon_vma: they "
		"were no neighbours yet, or differed in something else.",
		"Make them neighbours, and equal, before the second one is touched: the first "
		"fault in it then takes the neighbour's anon_vma. What has two keeps them.",
	},
	[MSC_B_FORK_CHILD] = {
		"one has an anon_vma that came through fork",
		"Memory that a child got by fork() is attached to its parent's anon_vma too. "
		"Such a VMA merges only with one that has the very same anon_vma.",
		"Let them merge in the parent before it forks, or map them anew in the child, as "
		"an exec does.",
	},
	[MSC_B_UNFAULTED] = {
		"the one that would grow was never touched, the other was",
		"Before 6.16 a VMA without an anon_vma does not take over its neighbour's in a "
		"merge.",
		"Touch it first, so that it takes the neighbour's anon_vma; or modify the other "
		"one of the two.",
	},
	[MSC_B_POLICY] = {
		"memory policies differ",
		"mbind() or set_mempolicy_home_node() was called for one of them, or differently.",
		"Give both the same policy with one mbind() over both.",
	},
	[MSC_B_UFFD] = {
		"userfaultfds differ",
		"One is registered with a userfaultfd, and the other with none or with another.",
		"Register both with the same one, or unregister.",
	},
	[MSC_B_NAME] = {
		"names differ",
		"PR_SET_VMA_ANON_NAME gave one of them a name that the other does not have. "
		"Allocators do this to be recognised in maps.",
		"Give both the same name, or none.",
	},
	[MSC_B_CLOSE] = {
		"one has vm_ops->close",
		"Its driver wants to be told of each VMA that goes, so the kernel does not merge "
		"it away: SysV shared memory, huge pages, many devices.",
		"Nothing merges them later: map such a range with one call.",
	},
};

static const char *const origins[MSC_NR_VMFLAGS] = {
	[MSC_VMFLAG_RD] = "protection",
	[MSC_VMFLAG_WR] = "protection",
	[MSC_VMFLAG_EX] = "protection",
	[MSC_VMFLAG_SH] = "MAP_SHARED",
	[MSC_VMFLAG_MR] = "how the file was opened",
	[MSC_VMFLAG_MW] = "how the file was opened",
	[MSC_VMFLAG_ME] = "mounted noexec",
	[MSC_VMFLAG_MS] = "MAP_SHARED",
	[MSC_VMFLAG_GD] = "MAP_GROWSDOWN, a stack",
	[MSC_VMFLAG_UM] = "userfaultfd, missing pages",
	[MSC_VMFLAG_UW] = "userfaultfd, write protection",
	[MSC_VMFLAG_UI] = "userfaultfd, minor faults",
	[MSC_VMFLAG_LO] = "mlock()",
	[MSC_VMFLAG_LF] = "mlock2(MLOCK_ONFAULT)",
	[MSC_VMFLAG_SR] = "MADV_SEQUENTIAL",
	[MSC_VMFLAG_RR] = "MADV_RANDOM",
	[MSC_VMFLAG_DC] = "MADV_DONTFORK",
	[MSC_VMFLAG_WF] = "MADV_WIPEONFORK",
	[MSC_VMFLAG_DD] = "MADV_DONTDUMP",
	[MSC_VMFLAG_HG] = "MADV_HUGEPAGE",
	[MSC_VMFLAG_NH] = "MADV_NOHUGEPAGE",
	[MSC_VMFLAG_AC] = "accounted: it was writable at some time",
	[MSC_VMFLAG_NR] = "MAP_NORESERVE",
	[MSC_VMFLAG_MG] = "MADV_MERGEABLE or PR_SET_MEMORY_MERGE",
	[MSC_VMFLAG_P0] = "protection key",
	[MSC_VMFLAG_P1] = "protection key",
	[MSC_VMFLAG_P2] = "protection key",
	[MSC_VMFLAG_P3] = "protection key",
	[MSC_VMFLAG_SL] = "mseal()",
	[MSC_VMFLAG_DP] = "MAP_DROPPABLE",
	[MSC_VMFLAG_SS] = "shadow stack",
};

const char *msc_flag_origin(unsigned int index)
{
	return origins[index];
}
