// SPDX-License-Identifier: GPL-2.0
#include "facts_text.h"
#include "format.h"
#include "verdict_text.h"

const char *msc_section_name(msc_u32 bit)
{
	switch (bit) {
	case MSC_SECTION_VMAS:
		return "vmas";
	case MSC_SECTION_ANON_VMAS:
		return "anon_vmas";
	case MSC_SECTION_FOLIOS:
		return "folios";
	case MSC_SECTION_KSM:
		return "ksm";
	case MSC_SECTION_WHATIF:
		return "whatif";
	default:
		return "check";
	}
}

void msc_put_sections(struct msc_sink *sink, msc_u32 shown)
{
	const char *separator = "";
	msc_u32 bit;

	msc_put_key(sink, MSC_K_SECTIONS);
	for (bit = 1; bit & MSC_SECTION_ALL; bit <<= 1) {
		if (!(shown & bit))
			continue;
		msc_put(sink, separator);
		msc_put(sink, msc_section_name(bit));
		separator = ",";
	}
	if (!*separator)
		msc_put(sink, "-");
}

static void put_flags(struct msc_sink *sink, const char *key, msc_u64 flags)
{
	msc_put_key(sink, key);
	msc_put_vmflags(sink, flags, 0, MSC_FALSE);
}

void msc_report_rules(struct msc_sink *sink, const struct msc_facts *facts)
{
	const struct msc_merge_rules *merge = &facts->merge;

	msc_put(sink, MSC_L_RULES);
	put_flags(sink, MSC_K_IGNORED_FLAGS, merge->ignored_flags);
	msc_put_field(sink, MSC_K_CLOSE_BLOCKS, merge->close_blocks_target ? "target" : "source");
	msc_put_field_bool(sink, MSC_K_UNFAULTED_ADOPTS, merge->unfaulted_adopts);
	msc_put_field_bool(sink, MSC_K_ANON_PGOFF, facts->anon_pgoff);
	msc_put_field_bool(sink, MSC_K_LOCK_SEQ, facts->lock_seq);
	msc_put_field_bool(sink, MSC_K_KSM_FLAG_EARLY, facts->ksm_flag_early);
	msc_put_field_bool(sink, MSC_K_SWAP_CACHE, facts->swap_cache);
	put_flags(sink, MSC_K_KSM_EXCLUDED, facts->ksm_excluded);
	msc_put_field_dec(sink, MSC_K_VMA_BYTES, facts->sizes.vma);
	msc_put_field_dec(sink, MSC_K_ANON_VMA_BYTES, facts->sizes.anon_vma);
	msc_put_field_dec(sink, MSC_K_AVC_BYTES, facts->sizes.avc);
	msc_put(sink, "\n");
}

const char *msc_policy_mode_name(unsigned int mode)
{
	static const char *const names[] = {
		"default", "prefer", "bind", "interleave", "local", "prefer-many",
		"weighted-interleave",
	};

	return mode < MSC_ARRAY_SIZE(names) ? names[mode] : MSC_NULL;
}

static msc_bool has_node(const msc_u64 *nodes, unsigned int node)
{
	return node < 64 * MSC_NODE_WORDS && (nodes[node / 64] & MSC_BIT(node % 64));
}

/* As a list of ranges: 0-1,4. */
static void put_nodes(struct msc_sink *sink, const char *key, const msc_u64 *nodes)
{
	const char *separator = "";
	unsigned int node, last;

	msc_put_key(sink, key);
	for (node = 0; node < 64 * MSC_NODE_WORDS; node = last + 1) {
		last = node;
		if (!has_node(nodes, node))
			continue;
		while (has_node(nodes, last + 1))
			last++;
		msc_put(sink, separator);
		msc_put_dec(sink, node);
		if (last > node) {
			msc_put(sink, "-");
			msc_put_dec(sink, last);
		}
		separator = ",";
	}
	if (!*separator)
		msc_put(sink, "-");
}

void msc_report_policy(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index)
{
	const struct msc_policy *policy = &s->policies[index];
	const char *mode = msc_policy_mode_name(policy->mode);

	msc_put(sink, MSC_L_POLICY);
	msc_put_field_id(sink, MSC_K_ID, 'p', index + 1);
	if (mode)
		msc_put_field(sink, MSC_K_MODE, mode);
	else
		msc_put_field_dec(sink, MSC_K_MODE, policy->mode);
	msc_put_field_hex(sink, MSC_K_MODE_FLAGS, policy->flags);
	put_nodes(sink, MSC_K_NODES, policy->nodes);
	put_nodes(sink, MSC_K_USER_NODES, policy->user_nodes);
	if (policy->home_node < 0)
		msc_put_field(sink, MSC_K_HOME_NODE, "-");
	else
		msc_put_field_dec(sink, MSC_K_HOME_NODE, (msc_u64)policy->home_node);
	msc_put(sink, "\n");
}

void msc_report_file(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index)
{
	const struct msc_file *file = &s->files[index];

	msc_put(sink, MSC_L_FILE);
	msc_put_field_id(sink, MSC_K_ID, 'f', index + 1);
	msc_put_field_bool(sink, MSC_K_SHMEM, file->bits & MSC_FILE_SHMEM);
	msc_put_field_bool(sink, MSC_K_DAX, file->bits & MSC_FILE_DAX);
	msc_put_field_bool(sink, MSC_K_FLAGS_EARLY, file->bits & MSC_FILE_FLAGS_EARLY);
	if (file->path_cut)
		msc_put_field(sink, MSC_K_PATH, "?");
	else
		msc_put_field_quoted(sink, MSC_K_PATH, msc_snapshot_string(s, file->path));
	if (s->facts.pointers)
		msc_put_field_hex(sink, MSC_K_PTR_FILE, file->cookie);
	msc_put(sink, "\n");
}
