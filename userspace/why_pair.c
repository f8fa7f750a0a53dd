// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "../module/core/index.h"
#include "../module/core/report.h"
#include "prose.h"
#include "reason.h"
#include "why.h"

typedef unsigned long long ull;

/* struct pair - two VMAs that are apart */
struct pair {
	const struct msc_snapshot *s;
	const struct msc_vma *left, *right;
	FILE *out;
	int indent;
};

/* How far @right is from where it would have to be, in words. */
static void offset_text(const struct pair *p, const char *what, msc_u64 end, msc_u64 begin)
{
	bool below = begin < end;

	msc_prose(p->out, p->indent,
		  "%s: the first ends at page offset 0x%llx, where the second would have to begin; "
		  "it begins at 0x%llx, 0x%llx pages %s.", what, (ull)end, (ull)begin,
		  (ull)(below ? end - begin : begin - end), below ? "before" : "behind");
}

static void flags_text(const struct pair *p)
{
	msc_u64 diff = msc_merge_flag_diff(&p->s->facts.merge, p->left, p->right);
	msc_u64 other = p->left->other_flags ^ p->right->other_flags;
	unsigned int i;

	msc_prose(p->out, p->indent, "flags: only the first has %s, only the second %s.",
		  msc_flags_text(p->left->flags & diff, p->left->other_flags & other),
		  msc_flags_text(p->right->flags & diff, p->right->other_flags & other));
	for (i = 0; i < MSC_NR_VMFLAGS; i++) {
		if ((diff & MSC_BIT(i)) && msc_flag_origin(i))
			msc_prose(p->out, p->indent + 2, "%s: %s", msc_vmflag_code(i),
				  msc_flag_origin(i));
	}
}

static const char *anon_vma_text(const struct msc_vma *vma, char text[64])
{
	if (!vma->anon_vma)
		return "none";
	snprintf(text, 64, "a%u (%s in its chain)", vma->anon_vma_id, msc_count(vma->avcs, "AVC"));
	return text;
}

static void anon_vmas_text(const struct pair *p, const char *what)
{
	char left[64], right[64];

	msc_prose(p->out, p->indent, "%s: the first has anon_vma %s, the second %s.", what,
		  anon_vma_text(p->left, left), anon_vma_text(p->right, right));
}

/* Two ids with their letter, 0 for none. */
static void ids_text(const struct pair *p, const char *what, char letter, msc_u32 left,
		     msc_u32 right)
{
	char texts[2][24];
	msc_u32 ids[2] = { left, right };
	int i;

	for (i = 0; i < 2; i++) {
		if (ids[i])
			snprintf(texts[i], sizeof(texts[i]), "%c%u", letter, ids[i]);
		else
			strcpy(texts[i], "none");
	}
	msc_prose(p->out, p->indent, "%s: the first has %s, the second %s.", what, texts[0],
		  texts[1]);
}

static void name_text(const struct pair *p)
{
	const char *left = msc_plain(msc_snapshot_string(p->s, p->left->anon_name));
	const char *right = msc_plain(msc_snapshot_string(p->s, p->right->anon_name));

	msc_prose(p->out, p->indent, "name: the first is called %s, the second %s.",
		  *left ? left : "nothing", *right ? right : "nothing");
}

static void yes_no_text(const struct pair *p, const char *what, bool left, bool right)
{
	msc_prose(p->out, p->indent, "%s: %s.", what,
		  left && right ? "both have it" : left ? "the first has it" : "the second has it");
}

static void blocker_text(const struct pair *p, enum msc_blocker blocker)
{
	const char *name = msc_blocker_name(blocker);

	switch (blocker) {
	case MSC_B_SPECIAL:
		msc_prose(p->out, p->indent, "special: the first has %s, the second %s.",
			  msc_flags_text(p->left->flags & MSC_VM_SPECIAL, 0),
			  msc_flags_text(p->right->flags & MSC_VM_SPECIAL, 0));
		break;
	case MSC_B_FLAGS:
		flags_text(p);
		break;
	case MSC_B_FILE:
		ids_text(p, "file", 'f', p->left->file, p->right->file);
		break;
	case MSC_B_PGOFF:
		offset_text(p, name, msc_vma_end_pgoff(p->left), p->right->pgoff);
		break;
	case MSC_B_ANON_PGOFF:
		offset_text(p, name, msc_vma_end_anon_pgoff(p->left), p->right->anon_pgoff);
		break;
	case MSC_B_ANON_VMA:
	case MSC_B_FORK_CHILD:
	case MSC_B_UNFAULTED:
		anon_vmas_text(p, name);
		break;
	case MSC_B_POLICY:
		ids_text(p, "policy", 'p', p->left->policy, p->right->policy);
		break;
	case MSC_B_UFFD:
		ids_text(p, "uffd", 'u', p->left->uffd_id, p->right->uffd_id);
		break;
	case MSC_B_NAME:
		name_text(p);
		break;
	case MSC_B_CLOSE:
		yes_no_text(p, name, p->left->bits & MSC_VMA_CLOSE, p->right->bits & MSC_VMA_CLOSE);
		break;
	case MSC_B_NR:
		break;
	}
}

void msc_why_pair(FILE *out, int indent, const struct msc_snapshot *s, msc_u32 index,
		  msc_u32 blockers)
{
	const struct pair pair = { s, &s->vmas[index], &s->vmas[index + 1], out, indent };
	unsigned int i;

	for (i = 0; i < MSC_B_NR; i++) {
		if (blockers & MSC_BIT(i))
			blocker_text(&pair, i);
	}
}
