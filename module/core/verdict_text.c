// SPDX-License-Identifier: GPL-2.0
#include "format.h"
#include "index.h"
#include "report.h"
#include "verdict_text.h"

static const char *const blocker_names[MSC_B_NR] = {
	[MSC_B_SPECIAL] = "special",
	[MSC_B_FLAGS] = "flags",
	[MSC_B_FILE] = "file",
	[MSC_B_PGOFF] = "pgoff",
	[MSC_B_ANON_PGOFF] = "anon-pgoff",
	[MSC_B_ANON_VMA] = "anon-vma",
	[MSC_B_FORK_CHILD] = "fork-child",
	[MSC_B_UNFAULTED] = "unfaulted",
	[MSC_B_POLICY] = "policy",
	[MSC_B_UFFD] = "uffd",
	[MSC_B_NAME] = "name",
	[MSC_B_CLOSE] = "vm-ops-close",
};

const char *msc_blocker_name(enum msc_blocker blocker)
{
	return blocker_names[blocker];
}

/* One more of a list, which begins with @text if *@any is not set yet. */
static void put_listed(struct msc_sink *sink, msc_bool *any, const char *text)
{
	if (*any)
		msc_put(sink, ",");
	msc_put(sink, text);
	*any = MSC_TRUE;
}

void msc_put_vmflags(struct msc_sink *sink, msc_u64 flags, msc_u64 other, msc_bool other_by_number)
{
	msc_bool any = MSC_FALSE;

	for (; flags; flags &= flags - 1)
		put_listed(sink, &any, msc_vmflag_code((unsigned int)__builtin_ctzll(flags)));
	for (; other; other &= other - 1) {
		put_listed(sink, &any, other_by_number ? "b" : "??");
		if (other_by_number)
			msc_put_dec(sink, (msc_u64)__builtin_ctzll(other));
	}
	if (!any)
		msc_put(sink, "-");
}

/* struct pair - a VMA, the next one, and where they come from */
struct pair {
	const struct msc_snapshot *s;
	const struct msc_vma *left, *right;
};

static void put_special_diff(struct msc_sink *sink, const struct pair *pair)
{
	msc_put_vmflags(sink, pair->left->flags & MSC_VM_SPECIAL, 0, MSC_FALSE);
	msc_put(sink, ":");
	msc_put_vmflags(sink, pair->right->flags & MSC_VM_SPECIAL, 0, MSC_FALSE);
}

/* Only the codes that the other one lacks. */
static void put_flags_diff(struct msc_sink *sink, const struct pair *pair)
{
	msc_u64 diff = msc_merge_flag_diff(&pair->s->facts.merge, pair->left, pair->right);
	msc_u64 other = pair->left->other_flags ^ pair->right->other_flags;

	msc_put_vmflags(sink, pair->left->flags & diff, pair->left->other_flags & other, MSC_TRUE);
	msc_put(sink, ":");
	msc_put_vmflags(sink, pair->right->flags & diff, pair->right->other_flags & other,
			MSC_TRUE);
}

static void put_file_diff(struct msc_sink *sink, const struct pair *pair)
{
	msc_put_id(sink, 'f', pair->left->file);
	msc_put(sink, ":");
	msc_put_id(sink, 'f', pair->right->file);
}

/* The offset at which @left ends, which is where @right would have to begin. */
static void put_pgoff_diff(struct msc_sink *sink, const struct pair *pair)
{
	msc_put_hex(sink, msc_vma_end_pgoff(pair->left));
	msc_put(sink, ":");
	msc_put_hex(sink, pair->right->pgoff);
}

static void put_anon_pgoff_diff(struct msc_sink *sink, const struct pair *pair)
{
	msc_put_hex(sink, msc_vma_end_anon_pgoff(pair->left));
	msc_put(sink, ":");
	msc_put_hex(sink, pair->right->anon_pgoff);
}

static void put_anon_vma_diff(struct msc_sink *sink, const struct pair *pair)
{
	msc_put_id(sink, 'a', pair->left->anon_vma_id);
	msc_put(sink, ":");
	msc_put_id(sink, 'a', pair->right->anon_vma_id);
}

/* With the length of each chain: more than one is what tells a clone. */
static void put_fork_child_diff(struct msc_sink *sink, const struct pair *pair)
{
	msc_put_id(sink, 'a', pair->left->anon_vma_id);
	msc_put(sink, "/");
	msc_put_dec(sink, pair->left->avcs);
	msc_put(sink, ":");
	msc_put_id(sink, 'a', pair->right->anon_vma_id);
	msc_put(sink, "/");
	msc_put_dec(sink, pair->right->avcs);
}

static void put_policy_diff(struct msc_sink *sink, const struct pair *pair)
{
	msc_put_id(sink, 'p', pair->left->policy);
	msc_put(sink, ":");
	msc_put_id(sink, 'p', pair->right->policy);
}

static void put_uffd_diff(struct msc_sink *sink, const struct pair *pair)
{
	msc_put_id(sink, 'u', pair->left->uffd_id);
	msc_put(sink, ":");
	msc_put_id(sink, 'u', pair->right->uffd_id);
}

static void put_name_diff(struct msc_sink *sink, const struct pair *pair)
{
	msc_put_quoted(sink, msc_snapshot_string(pair->s, pair->left->anon_name));
	msc_put(sink, ":");
	msc_put_quoted(sink, msc_snapshot_string(pair->s, pair->right->anon_name));
}

static void put_close_diff(struct msc_sink *sink, const struct pair *pair)
{
	msc_put(sink, pair->left->bits & MSC_VMA_CLOSE ? "yes:" : "no:");
	msc_put(sink, pair->right->bits & MSC_VMA_CLOSE ? "yes" : "no");
}

static void (*const put_diff[MSC_B_NR])(struct msc_sink *sink, const struct pair *pair) = {
	[MSC_B_SPECIAL] = put_special_diff,
	[MSC_B_FLAGS] = put_flags_diff,
	[MSC_B_FILE] = put_file_diff,
	[MSC_B_PGOFF] = put_pgoff_diff,
	[MSC_B_ANON_PGOFF] = put_anon_pgoff_diff,
	[MSC_B_ANON_VMA] = put_anon_vma_diff,
	[MSC_B_FORK_CHILD] = put_fork_child_diff,
	[MSC_B_UNFAULTED] = put_anon_vma_diff,
	[MSC_B_POLICY] = put_policy_diff,
	[MSC_B_UFFD] = put_uffd_diff,
	[MSC_B_NAME] = put_name_diff,
	[MSC_B_CLOSE] = put_close_diff,
};

static void put_blockers(struct msc_sink *sink, const struct pair *pair, msc_u32 blockers)
{
	const char *separator = "";
	unsigned int i;

	msc_put_key(sink, MSC_K_BY);
	for (i = 0; i < MSC_B_NR; i++) {
		if (!(blockers & MSC_BIT(i)))
			continue;
		msc_put(sink, separator);
		msc_put(sink, blocker_names[i]);
		separator = ",";
	}
	for (i = 0; i < MSC_B_NR; i++) {
		if (!(blockers & MSC_BIT(i)))
			continue;
		msc_put(sink, " " MSC_K_DIFF);
		msc_put(sink, blocker_names[i]);
		msc_put(sink, "=");
		put_diff[i](sink, pair);
	}
}

static const char *via(const struct msc_verdict *v)
{
	if (v->either)
		return "either";
	return v->side == MSC_MODIFY_RIGHT ? "next" : "this";
}

void msc_put_verdict(struct msc_sink *sink, const struct msc_snapshot *s,
		     const struct msc_vma *left, const struct msc_vma *right)
{
	static const char *const outcomes[] = {
		[MSC_LAST] = "last",
		[MSC_HOLE] = "hole",
		[MSC_CANDIDATE] = "merged-candidate",
		[MSC_BLOCKED] = "blocked",
		[MSC_UNKNOWN] = "unknown",
	};
	struct msc_verdict v = msc_merge_verdict(&s->facts.merge, left, right);
	struct pair pair = { .s = s, .left = left, .right = right };

	if (v.outcome == MSC_LAST && s->end_bits)
		v.outcome = MSC_UNKNOWN;
	msc_put_field(sink, MSC_K_NEXT, outcomes[v.outcome]);
	if (v.outcome != MSC_CANDIDATE && v.outcome != MSC_BLOCKED)
		return;
	msc_put_field(sink, MSC_K_VIA, via(&v));
	if (v.outcome == MSC_BLOCKED)
		put_blockers(sink, &pair, v.blockers);
}
