// SPDX-License-Identifier: GPL-2.0
#include "grow.h"
#include "index.h"
#include "ksm.h"
#include "whatif.h"

const char *msc_whatif_name(enum msc_whatif_id id)
{
	static const char *const names[MSC_NR_WHATIFS] = {
		[MSC_WHATIF_OCCASION] = "occasion",
		[MSC_WHATIF_EARLY_KSM] = "early-ksm",
		[MSC_WHATIF_SPECIAL_KSM] = "special-ksm",
		[MSC_WHATIF_RELOCATE_ANON] = "relocate-anon",
		[MSC_WHATIF_SOFT_DIRTY] = "soft-dirty",
		[MSC_WHATIF_ALL] = "all",
	};

	return names[id];
}

/* What a policy has to do with a VMA; bits. */
#define CONCERNED MSC_BIT(0) /* it is about this VMA */
#define TRIES MSC_BIT(1) /* the kernel tries to merge at both of its edges */
#define RELOCATES MSC_BIT(2) /* it merges as unfaulted, with the page offsets of its address */
#define UNSURE MSC_BIT(3) /* it would be concerned, if only more were known */

/* struct sim - the walk from left to right under one policy */
struct sim {
	struct msc_snapshot *s;
	enum msc_whatif_id id;
	struct msc_merge_rules rules;
	struct msc_whatif out;
	msc_u32 relocation; /* the number of the next that is not behind us */
	struct msc_map *seen; /* the anon_vmas that are some VMA's then */
	struct msc_vma cur; /* what the VMAs from number first on have become */
	msc_u32 first;
	msc_bool cur_relocated; /* pages of cur would get a new anon_vma, if it has none */
};

static msc_bool is_in(enum msc_whatif_id policy, enum msc_whatif_id id)
{
	return policy == id || policy == MSC_WHATIF_ALL;
}

static msc_bool is_shmem(const struct msc_snapshot *s, const struct msc_vma *vma)
{
	return vma->file && (s->files[vma->file - 1].bits & MSC_FILE_SHMEM);
}

/* Has @vma got VM_MERGEABLE from PR_SET_MEMORY_MERGE, too late to merge by it? */
static msc_bool has_late_flag(const struct msc_snapshot *s, const struct msc_vma *vma)
{
	return s->target.merge_any && (vma->flags & MSC_VM(MG)) &&
	       msc_ksm_when(s, vma) == MSC_KSM_LATE;
}

/* Before 6.17 no driver has .mmap_prepare: which of them would be early is not known. */
static msc_u32 early_ksm(const struct msc_snapshot *s, const struct msc_vma *vma)
{
	if (!has_late_flag(s, vma))
		return 0;
	if (!vma->file || is_shmem(s, vma))
		return CONCERNED | TRIES;
	return s->facts.ksm_flag_early ? 0 : UNSURE;
}

static msc_u32 special_ksm(const struct msc_snapshot *s, const struct msc_vma *vma)
{
	struct msc_ksm_verdict v = msc_ksm_judge(s, vma);

	if (v.state == MSC_KSM_EXCLUDED && !v.dax && !(v.excluding_flags & ~MSC_VM_SPECIAL))
		return CONCERNED;
	if (has_late_flag(s, vma) && vma->file && !is_shmem(s, vma))
		return CONCERNED | TRIES;
	return 0;
}

msc_bool msc_special_ksm_concerns(const struct msc_snapshot *s, const struct msc_vma *vma)
{
	return special_ksm(s, vma) != 0;
}

/* An unfaulted VMA has nothing that could stand in the way. */
static msc_u32 relocate_anon(struct sim *sim, msc_u32 index)
{
	const struct msc_snapshot *s = sim->s;
	const struct msc_relocation *r;

	while (sim->relocation < s->nr_relocations &&
	       s->relocations[sim->relocation].vma < index)
		sim->relocation++;
	if (sim->relocation == s->nr_relocations)
		return 0;
	r = &s->relocations[sim->relocation];
	if (r->vma != index || !r->moved)
		return 0;
	if (r->safe == MSC_SAFE_YES)
		return CONCERNED | TRIES | RELOCATES;
	return r->safe == MSC_SAFE_UNKNOWN ? UNSURE : 0;
}

/* A neighbour differs in the flag, and this kernel's rules mind. */
static msc_u32 soft_dirty(const struct msc_snapshot *s, msc_u32 index)
{
	const struct msc_vma *vma = &s->vmas[index];
	msc_u64 differs = 0;

	if (index && vma[-1].end == vma->start)
		differs |= msc_merge_flag_diff(&s->facts.merge, &vma[-1], vma);
	if (index + 1 < s->nr_vmas && vma->end == vma[1].start)
		differs |= msc_merge_flag_diff(&s->facts.merge, vma, &vma[1]);
	return differs & MSC_VM(SD) ? CONCERNED | TRIES : 0;
}

/* What the policy has to do with VMA @index. Asked in the order of addresses. */
static msc_u32 relation(struct sim *sim, msc_u32 index)
{
	const struct msc_vma *vma = &sim->s->vmas[index];
	msc_u32 bits = 0;

	if (sim->id == MSC_WHATIF_OCCASION)
		return CONCERNED | TRIES;
	if (is_in(sim->id, MSC_WHATIF_EARLY_KSM))
		bits |= early_ksm(sim->s, vma);
	if (is_in(sim->id, MSC_WHATIF_SPECIAL_KSM))
		bits |= special_ksm(sim->s, vma);
	if (is_in(sim->id, MSC_WHATIF_RELOCATE_ANON))
		bits |= relocate_anon(sim, index);
	if (is_in(sim->id, MSC_WHATIF_SOFT_DIRTY))
		bits |= soft_dirty(sim->s, index);
	/* In "all", one policy may know what another does not. */
	return bits & TRIES ? bits & ~UNSURE : bits;
}

/*
 * VMA @index as the policy has it. mm/vma.c:copy_vma() gives what was never touched the page offset
 * of its new place for its anonymous pages, and for vm_pgoff too if it is vma_is_anonymous(): a
 * private mapping of /dev/zero is, whose vm_file merging minds.
 */
static struct msc_vma record_under(const struct sim *sim, msc_u32 index, msc_u32 bits)
{
	struct msc_vma vma = sim->s->vmas[index];

	if (!(bits & RELOCATES))
		return vma;
	vma.anon_pgoff = vma.start >> MSC_PAGE_SHIFT;
	if (vma.kind == MSC_KIND_ANON)
		vma.pgoff = vma.anon_pgoff;
	vma.anon_vma = 0;
	vma.anon_root = 0;
	vma.avcs = 0;
	return vma;
}

/*
 * @next goes into sim->cur, or the other way round, as @v says. mm/vma.c:commit_merge(): the target
 * stays, with its ->close; dup_anon_vma(): an unfaulted target clones the source's chain; flags
 * that need not be equal are kept if either has them (7.x: VMA_STICKY_FLAGS), for what it is worth:
 * no rule looks at them.
 */
static void absorb(struct sim *sim, const struct msc_vma *next, const struct msc_verdict *v)
{
	msc_bool next_stays = v->side == MSC_MODIFY_LEFT;
	struct msc_vma *cur = &sim->cur;

	cur->end = next->end;
	cur->flags |= next->flags;
	if (next_stays)
		cur->bits = next->bits;
	if (!cur->anon_vma || (next_stays && next->anon_vma)) {
		cur->anon_vma = next->anon_vma;
		cur->anon_root = next->anon_root;
		cur->avcs = next->avcs;
	}
}

/* VMAs from sim->first to the one before @behind are one. Only counted while there is no array. */
static void record_merged(struct sim *sim, msc_u32 behind)
{
	struct msc_snapshot *s = sim->s;

	if (s->merged)
		s->merged[s->nr_merged] = (struct msc_merged){
			.start = sim->cur.start,
			.end = sim->cur.end,
			.vmas = behind - sim->first,
			.id = (msc_u8)sim->id,
		};
	s->nr_merged++;
}

/* sim->cur is what the VMAs up to, and without, number @behind become. */
static void finish_vma(struct sim *sim, msc_u32 behind)
{
	struct msc_whatif_counts *then = &sim->out.then;

	then->vmas++;
	then->avcs += sim->cur.avcs;
	if (!sim->cur.anon_vma && sim->cur_relocated) {
		/* Its pages get an anon_vma and an AVC when they arrive. */
		then->anon_vmas++;
		then->avcs++;
	}
	if (sim->cur.anon_vma && !msc_map_find(sim->seen, sim->cur.anon_vma)) {
		msc_map_add(sim->seen, sim->cur.anon_vma, 0);
		then->anon_vmas++;
	}
	if (behind - sim->first > 1)
		record_merged(sim, behind);
}

static msc_bool is_heap(const struct msc_snapshot *s, const struct msc_vma *vma)
{
	return !__builtin_strcmp(msc_snapshot_string(s, vma->name), "[heap]");
}

/*
 * Does the kernel look at the edge before VMA @index? @bits: what the policy has to do with both
 * sides. Not where the heap begins: brk() extends nothing that starts below mm->start_brk
 * (mm/mmap.c: mas_prev(), vma_prev_limit()), and what lies there was mapped before it.
 */
static msc_bool is_tried(const struct sim *sim, msc_u32 index, msc_u32 bits)
{
	const struct msc_vma *vma = &sim->s->vmas[index];

	if (sim->id != MSC_WHATIF_OCCASION && !(bits & RELOCATES) && is_heap(sim->s, vma) &&
	    !is_heap(sim->s, vma - 1))
		return MSC_FALSE;
	return bits & TRIES;
}

/* Does @next, to which the kernel tries to merge what is before it, join that? */
static msc_bool joins(struct sim *sim, const struct msc_vma *next)
{
	struct msc_verdict v = msc_merge_verdict(&sim->rules, &sim->cur, next);

	sim->out.pairs += v.outcome != MSC_HOLE;
	if (v.outcome == MSC_UNKNOWN)
		sim->out.unknown++;
	if (v.outcome != MSC_CANDIDATE)
		return MSC_FALSE;
	absorb(sim, next, &v);
	return MSC_TRUE;
}

static void step(struct sim *sim, msc_u32 index, msc_u32 bits, msc_u32 bits_before)
{
	struct msc_vma next = record_under(sim, index, bits);
	msc_bool relocated = (bits & RELOCATES) && sim->s->vmas[index].anon_vma;

	sim->out.concerned += !!(bits & (CONCERNED | UNSURE));
	sim->out.unknown += !!(bits & UNSURE);
	if (index && is_tried(sim, index, bits | bits_before) && joins(sim, &next)) {
		sim->cur_relocated |= relocated;
		return;
	}
	if (index)
		finish_vma(sim, index);
	sim->cur = next;
	sim->cur_relocated = relocated;
	sim->first = index;
}

static void simulate(struct sim *sim)
{
	msc_u32 bits = 0, bits_before, i;

	sim->rules = sim->s->facts.merge;
	if (is_in(sim->id, MSC_WHATIF_SOFT_DIRTY))
		sim->rules.ignored_flags |= MSC_VM(SD);
	for (i = 0; i < sim->s->nr_vmas; i++) {
		bits_before = bits;
		bits = relation(sim, i);
		step(sim, i, bits, bits_before);
	}
	if (i)
		finish_vma(sim, i);
}

static void simulate_all(struct msc_snapshot *s, struct msc_map *seen)
{
	enum msc_whatif_id id;

	s->nr_merged = 0;
	for (id = 0; id < MSC_NR_WHATIFS; id++) {
		struct sim sim = { .s = s, .id = id, .seen = seen };

		msc_map_clear(seen);
		simulate(&sim);
		s->whatif[id] = sim.out;
	}
}

static void *get(struct msc_snapshot *s, msc_size size)
{
	return s->alloc->resize(MSC_NULL, 0, size);
}

/* Can @vma have pages to move, or was it moved? */
static msc_bool wants_relocation(const struct msc_snapshot *s, const struct msc_vma *vma)
{
	return msc_relocate_applies(s, vma) && (vma->anon_vma || msc_relocate_is_moved(s, vma));
}

static int judge_relocations(struct msc_snapshot *s)
{
	msc_u32 nr = 0, at = 0, i;
	struct msc_relocation r;

	for (i = 0; i < s->nr_vmas; i++)
		nr += wants_relocation(s, &s->vmas[i]);
	if (!nr)
		return 0;
	s->relocations = get(s, nr * sizeof(*s->relocations));
	if (!s->relocations)
		return MSC_NOROOM;
	for (i = 0; i < s->nr_vmas; i++) {
		r = msc_relocate_judge(s, i, &at);
		if (wants_relocation(s, &s->vmas[i]))
			s->relocations[s->nr_relocations++] = r;
	}
	return 0;
}

static msc_u32 nr_faulted(const struct msc_snapshot *s)
{
	msc_u32 nr = 0, i;

	for (i = 0; i < s->nr_vmas; i++)
		nr += !!s->vmas[i].anon_vma;
	return nr;
}

int msc_whatif_work_out(struct msc_snapshot *s)
{
	struct msc_map seen = {};

	if (judge_relocations(s) || msc_grow_map(s, &seen, nr_faulted(s)))
		return MSC_NOROOM;
	/* Once to count, once to keep. */
	simulate_all(s, &seen);
	if (s->nr_merged)
		s->merged = get(s, s->nr_merged * sizeof(*s->merged));
	if (s->merged)
		simulate_all(s, &seen);
	s->alloc->release(seen.slots);
	return s->nr_merged && !s->merged ? MSC_NOROOM : 0;
}

msc_u64 msc_whatif_bytes(const struct msc_snapshot *s, const struct msc_whatif_counts *counts)
{
	const struct msc_object_sizes *sizes = &s->facts.sizes;

	return (msc_u64)counts->vmas * sizes->vma + (msc_u64)counts->anon_vmas * sizes->anon_vma +
	       counts->avcs * sizes->avc;
}
