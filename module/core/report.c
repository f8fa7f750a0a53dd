// SPDX-License-Identifier: GPL-2.0
#include "anon_text.h"
#include "facts_text.h"
#include "format.h"
#include "ksm.h"
#include "ksm_text.h"
#include "report.h"
#include "rules.h"
#include "run_text.h"
#include "verdict_text.h"
#include "whatif_text.h"

static const char *yes_no_absent(msc_bool known, msc_bool value)
{
	if (!known)
		return "absent";
	return value ? "yes" : "no";
}

static const char *consistency(const struct msc_snapshot *s)
{
	if (s->lock.torn)
		return "torn";
	if (s->lock.let_go && !s->facts.lock_seq)
		return "unknown";
	return "proved";
}

void msc_report_header(struct msc_sink *sink, const struct msc_snapshot *s)
{
	const struct msc_facts *facts = &s->facts;

	msc_put(sink, MSC_L_HEADER);
	msc_put_field_dec(sink, MSC_K_FORMAT, MSC_FORMAT);
	msc_put_field(sink, MSC_K_VERSION, MSC_VERSION);
	msc_put_field_quoted(sink, MSC_K_KERNEL, facts->release);
	msc_put_field(sink, MSC_K_RULES, facts->merge_rules);
	msc_put_field_bool(sink, MSC_K_RULES_KNOWN, facts->merge_rules_known);
	msc_put_sections(sink, s->shown);
	msc_put_field_bool(sink, MSC_K_POINTERS, facts->pointers);
	msc_put_field_bool(sink, MSC_K_DEEP, facts->deep);

	msc_put(sink, "\n" MSC_L_PROCESS);
	msc_put_field_dec(sink, MSC_K_PID, (msc_u64)s->target.pid);
	msc_put_field_quoted(sink, MSC_K_COMM, s->target.comm);
	msc_put_field(sink, MSC_K_MERGE_ANY,
		      yes_no_absent(facts->merge_any, s->target.merge_any));
	msc_put_field_bool(sink, MSC_K_MERGEABLE, s->target.mergeable);
	msc_put_field_dec(sink, MSC_K_MAP_COUNT, s->target.map_count);
	msc_put_field_dec(sink, MSC_K_VMAS, s->nr_vmas);
	msc_put_field_dec(sink, MSC_K_TOTAL_VM, s->target.total_vm);
	msc_put_field_dec(sink, MSC_K_DATA_VM, s->target.data_vm);
	msc_put_field_dec(sink, MSC_K_EXEC_VM, s->target.exec_vm);
	msc_put_field_dec(sink, MSC_K_STACK_VM, s->target.stack_vm);
	msc_put_field_bool(sink, MSC_K_SHARED_LOCK, s->target.shared_lock);

	msc_put(sink, "\n" MSC_L_LOCK);
	msc_put_field(sink, MSC_K_CONSISTENT, consistency(s));
	msc_put_field_dec(sink, MSC_K_TORN, s->lock.torn);
	msc_put_field_dec(sink, MSC_K_LET_GO, s->lock.let_go);
	msc_put_field_dec(sink, MSC_K_RETRIES, s->lock.retries);
	msc_put_field_dec(sink, MSC_K_HELD_US, s->lock.held_us);
	msc_put_field_dec(sink, MSC_K_LONGEST_US, s->lock.longest_us);
	msc_put(sink, "\n");
	msc_report_rules(sink, facts);
}

static void put_perms(struct msc_sink *sink, msc_u64 flags)
{
	char perms[4] = {
		flags & MSC_VM(RD) ? 'r' : '-',
		flags & MSC_VM(WR) ? 'w' : '-',
		flags & MSC_VM(EX) ? 'x' : '-',
		flags & MSC_VM(MS) ? 's' : 'p',
	};

	msc_put_key(sink, MSC_K_PERMS);
	sink->write(sink, perms, sizeof(perms));
}

const char *msc_kind_name(unsigned int kind)
{
	static const char *const names[MSC_NR_KINDS] = {
		[MSC_KIND_ANON] = "anon",
		[MSC_KIND_PRIVATE_FILE] = "private-file",
		[MSC_KIND_SHARED_FILE] = "shared-file",
		[MSC_KIND_SHMEM] = "shmem",
		[MSC_KIND_HUGETLB] = "hugetlb",
		[MSC_KIND_SPECIAL] = "special",
	};

	return names[kind];
}

/* Where and what: the part that maps and smaps could show too. */
static void put_mapping(struct msc_sink *sink, const struct msc_snapshot *s,
			const struct msc_vma *vma)
{
	msc_put_field_hex(sink, MSC_K_START, vma->start);
	msc_put_field_hex(sink, MSC_K_END, vma->end);
	put_perms(sink, vma->flags);
	msc_put_field_hex(sink, MSC_K_PGOFF, vma->pgoff);
	if (s->facts.anon_pgoff)
		msc_put_field_hex(sink, MSC_K_ANON_PGOFF, vma->anon_pgoff);
	else
		msc_put_field(sink, MSC_K_ANON_PGOFF, "absent");
	msc_put_key(sink, MSC_K_FLAGS);
	msc_put_vmflags(sink, vma->flags & ~MSC_VM_PKEY, vma->other_flags, MSC_FALSE);
	if (vma->other_flags)
		msc_put_field_hex(sink, MSC_K_OTHER_FLAGS, vma->other_flags);
	msc_put_field_dec(sink, MSC_K_PKEY, msc_vmflags_pkey(vma->flags));
	msc_put_field(sink, MSC_K_KIND, msc_kind_name(vma->kind));
	if (vma->bits & MSC_VMA_NAME_CUT)
		msc_put_field(sink, MSC_K_NAME, "?");
	else
		msc_put_field_quoted(sink, MSC_K_NAME, msc_snapshot_string(s, vma->name));
	if (vma->anon_name)
		msc_put_field_quoted(sink, MSC_K_ANON_NAME,
				     msc_snapshot_string(s, vma->anon_name));
}

/* The objects behind it. */
static void put_objects(struct msc_sink *sink, const struct msc_vma *vma)
{
	msc_put_field_id(sink, MSC_K_ANON_VMA, 'a', vma->anon_vma_id);
	msc_put_field_id(sink, MSC_K_ROOT, 'a', vma->anon_root_id);
	msc_put_field_dec(sink, MSC_K_AVCS, vma->avcs);
	msc_put_field_id(sink, MSC_K_FILE, 'f', vma->file);
	msc_put_field_id(sink, MSC_K_POLICY, 'p', vma->policy);
	msc_put_field_id(sink, MSC_K_UFFD, 'u', vma->uffd_id);
	msc_put_field_bool(sink, MSC_K_CLOSE, vma->bits & MSC_VMA_CLOSE);
	msc_put_field(sink, MSC_K_PLACE, msc_seam_name(vma->bits));
}

static void put_ksm(struct msc_sink *sink, const struct msc_snapshot *s,
		    const struct msc_vma *vma)
{
	static const char *const states[] = {
		[MSC_KSM_MERGEABLE] = "mergeable",
		[MSC_KSM_ELIGIBLE] = "eligible",
		[MSC_KSM_EXCLUDED] = "excluded",
	};
	static const char *const whens[] = {
		[MSC_KSM_ABSENT] = "absent",
		[MSC_KSM_LATE] = "late",
		[MSC_KSM_EARLY] = "early",
	};
	struct msc_ksm_verdict v = msc_ksm_judge(s, vma);

	msc_put_field(sink, MSC_K_KSM, states[v.state]);
	msc_put_key(sink, MSC_K_KSM_BY);
	if (v.excluding_flags || !v.dax)
		msc_put_vmflags(sink, v.excluding_flags, 0, MSC_FALSE);
	if (v.dax)
		msc_put(sink, v.excluding_flags ? ",dax" : "dax");
	msc_put_field(sink, MSC_K_KSM_FLAG, whens[msc_ksm_when(s, vma)]);
}

static void put_pointers(struct msc_sink *sink, const struct msc_snapshot *s,
			 const struct msc_vma *vma)
{
	msc_put_field_hex(sink, MSC_K_PTR_VMA, vma->self);
	msc_put_field_hex(sink, MSC_K_PTR_ANON_VMA, vma->anon_vma);
	msc_put_field_hex(sink, MSC_K_PTR_ROOT, vma->anon_root);
	msc_put_field_hex(sink, MSC_K_PTR_FILE, vma->file ? s->files[vma->file - 1].cookie : 0);
	msc_put_field_hex(sink, MSC_K_PTR_UFFD, vma->uffd);
}

void msc_report_vma(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index)
{
	const struct msc_vma *vma = &s->vmas[index];
	const struct msc_vma *next = index + 1 < s->nr_vmas ? vma + 1 : MSC_NULL;

	msc_put(sink, MSC_L_VMA);
	put_mapping(sink, s, vma);
	put_objects(sink, vma);
	put_ksm(sink, s, vma);
	msc_put_verdict(sink, s, vma, next);
	if (s->facts.pointers)
		put_pointers(sink, s, vma);
	msc_put(sink, "\n");
}

void msc_report_end(struct msc_sink *sink, const struct msc_snapshot *s)
{
	msc_put(sink, MSC_L_END);
	msc_put_field_dec(sink, MSC_K_VMAS, s->nr_vmas);
	msc_put_field(sink, MSC_K_PLACE, msc_seam_name(s->end_bits));
	msc_put(sink, "\n");
}

static void header_part(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index)
{
	(void)index;
	msc_report_header(sink, s);
}

static void end_part(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index)
{
	(void)index;
	msc_report_end(sink, s);
}

/* struct part_run - parts of one kind that follow one another */
struct part_run {
	msc_u32 section;	/* MSC_SECTION_* without any of which there are none; 0: always */
	msc_u32 nr;		/* how many, or 0: see counter */
	msc_size counter;	/* where in the snapshot it says how many */
	void (*put)(struct msc_sink *sink, const struct msc_snapshot *s, msc_u32 index);
};

#define COUNTED_BY(name) 0, __builtin_offsetof(struct msc_snapshot, name)

/* In the order of the report. */
static const struct part_run part_runs[] = {
	{ 0, 1, 0, header_part },
	{ MSC_SECTION_VMAS, COUNTED_BY(nr_policies), msc_report_policy },
	{ MSC_SECTION_VMAS, COUNTED_BY(nr_files), msc_report_file },
	{ MSC_SECTION_VMAS, COUNTED_BY(nr_vmas), msc_report_vma },
	{ MSC_SECTION_ANON_VMAS, COUNTED_BY(nr_anon_vmas), msc_report_anon_vma },
	{ MSC_SECTION_ANON_VMAS, COUNTED_BY(nr_avcs), msc_report_avc },
	{ MSC_SECTION_FOLIOS, COUNTED_BY(nr_runs), msc_report_run },
	/* It also says why invariants of KSM are unknown. */
	{ MSC_SECTION_KSM | MSC_SECTION_CHECK, 1, 0, msc_report_ksm },
	{ MSC_SECTION_KSM, COUNTED_BY(nr_stable_nodes), msc_report_node },
	{ MSC_SECTION_KSM, COUNTED_BY(nr_rmap_items), msc_report_item },
	{ MSC_SECTION_KSM, COUNTED_BY(nr_ksm_pages), msc_report_ksm_page },
	{ MSC_SECTION_KSM, COUNTED_BY(nr_vmas), msc_report_ksm_vma },
	{ MSC_SECTION_CHECK, MSC_NR_RULES, 0, msc_report_rule },
	{ MSC_SECTION_WHATIF, MSC_NR_POLICY_LINES, 0, msc_report_whatif },
	{ MSC_SECTION_WHATIF, COUNTED_BY(nr_merged), msc_report_merged },
	{ MSC_SECTION_WHATIF, COUNTED_BY(nr_relocations), msc_report_relocation },
	{ 0, 1, 0, end_part },
};

static msc_u64 parts_of(const struct part_run *run, const struct msc_snapshot *s)
{
	if (run->section && !(s->shown & run->section))
		return 0;
	return run->nr ? run->nr : *(const msc_u32 *)((const char *)s + run->counter);
}

msc_u64 msc_report_parts(const struct msc_snapshot *s)
{
	msc_u64 parts = 0;
	unsigned int i;

	for (i = 0; i < MSC_ARRAY_SIZE(part_runs); i++)
		parts += parts_of(&part_runs[i], s);
	return parts;
}

void msc_report_part(struct msc_sink *sink, const struct msc_snapshot *s, msc_u64 part)
{
	const struct part_run *run = part_runs;

	for (; part >= parts_of(run, s); run++)
		part -= parts_of(run, s);
	run->put(sink, s, (msc_u32)part);
}
