// SPDX-License-Identifier: GPL-2.0
#include "vmflags.h"

static const char codes[MSC_NR_VMFLAGS][3] = {
#define MSC_VMFLAG_CODE(name, code) [MSC_VMFLAG_##name] = code,
	MSC_VMFLAGS(MSC_VMFLAG_CODE)
#undef MSC_VMFLAG_CODE
};

const char *msc_vmflag_code(unsigned int index)
{
	return codes[index];
}

msc_u64 msc_vmflag_by_code(const char *code)
{
	unsigned int i;

	for (i = 0; i < MSC_NR_VMFLAGS; i++) {
		if (codes[i][0] == code[0] && codes[i][1] == code[1])
			return MSC_BIT(i);
	}
	return 0;
}

unsigned int msc_vmflags_pkey(msc_u64 flags)
{
	return (unsigned int)((flags & MSC_VM_PKEY) >> MSC_VMFLAG_P0);
}
