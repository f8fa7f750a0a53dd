// SPDX-License-Identifier: GPL-2.0
#include "ksm.h"

static const struct msc_file *file_of(const struct msc_snapshot *s, const struct msc_vma *vma)
{
	return vma->file ? &s->files[vma->file - 1] : MSC_NULL;
}

struct msc_ksm_verdict msc_ksm_judge(const struct msc_snapshot *s, const struct msc_vma *vma)
{
	const struct msc_file *file = file_of(s, vma);
	struct msc_ksm_verdict v = {
		.excluding_flags = vma->flags & s->facts.ksm_excluded,
		.dax = file && (file->bits & MSC_FILE_DAX),
	};

	if (vma->flags & MSC_VM(MG))
		v.state = MSC_KSM_MERGEABLE;
	else if (v.excluding_flags || v.dax)
		v.state = MSC_KSM_EXCLUDED;
	else
		v.state = MSC_KSM_ELIGIBLE;
	return v;
}

enum msc_ksm_when msc_ksm_when(const struct msc_snapshot *s, const struct msc_vma *vma)
{
	const struct msc_file *file = file_of(s, vma);

	if (!s->facts.merge_any)
		return MSC_KSM_ABSENT;
	if (!s->facts.ksm_flag_early)
		return MSC_KSM_LATE;
	if (!file || (file->bits & (MSC_FILE_SHMEM | MSC_FILE_FLAGS_EARLY)))
		return MSC_KSM_EARLY;
	return MSC_KSM_LATE;
}
