// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "ops.h"
#include "vmflags.h"

#define MAY (MSC_VM(MR) | MSC_VM(MW) | MSC_VM(ME))
#define FILE_PRIVATE 1
#define FILE_OTHER 2
#define FILE_SHM 3

/* struct args - an operation's words, and the range that most begin with */
struct args {
	struct sim_space *sp;
	char *const *words;	/* without the operation's name */
	unsigned int nr;
	msc_u64 start, end;
};

static msc_u64 number(const struct args *a, unsigned int i)
{
	return i < a->nr ? strtoull(a->words[i], NULL, 0) : 0;
}

static msc_u64 prot_flags(const char *prot)
{
	return (prot[0] == 'r' ? MSC_VM(RD) : 0) | (prot[1] == 'w' ? MSC_VM(WR) : 0) |
	       (prot[2] == 'x' ? MSC_VM(EX) : 0);
}

static bool is_anon(const struct msc_vma *vma)
{
	return !vma->file;
}

static bool is_plain(const struct msc_vma *vma)
{
	return !(vma->flags & MSC_VM_SPECIAL) && !(vma->bits & MSC_VMA_CLOSE);
}

static bool is_unwatched(const struct msc_vma *vma)
{
	return is_plain(vma) && !vma->uffd;
}

static bool is_writable(const struct msc_vma *vma)
{
	return is_plain(vma) && (vma->flags & MSC_VM(WR));
}

/*
 * Change each VMA in the range, or its part: @change says how, and whether that is anything new.
 * What the kernel does with mprotect(), madvise(), mlock(), mbind() and the others alike.
 */
static bool change_each(const struct args *a,
			bool (*change)(const struct args *a, struct msc_vma *vma))
{
	msc_u64 addr = a->start, end;
	struct msc_vma *vma, as;

	for (; addr < a->end; addr = end) {
		vma = &a->sp->vmas[sim_find(a->sp, addr)];
		end = vma->end < a->end ? vma->end : a->end;
		as = *vma;
		if (change(a, &as))
			sim_modify(a->sp, addr, end, &as);
	}
	return true;
}

static bool set_flags(struct msc_vma *vma, msc_u64 clear, msc_u64 set)
{
	msc_u64 flags = (vma->flags & ~clear) | set;
	bool changes = flags != vma->flags;

	vma->flags = flags;
	return changes;
}

static bool op_given(struct args *a)
{
	struct msc_vma vma = {
		.start = number(a, 0), .end = number(a, 1), .pgoff = number(a, 2),
		.anon_pgoff = number(a, 3), .file = (msc_u32)number(a, 4),
		.bits = number(a, 5) ? MSC_VMA_CLOSE : 0,
		.avcs = (msc_u32)number(a, 7),
	};
	const char *codes = a->words[6];

	for (; codes[0] && codes[1]; codes += codes[2] ? 3 : 2)
		vma.flags |= msc_vmflag_by_code((char[]){ codes[0], codes[1], 0 });
	if (vma.avcs)
		vma.anon_vma = ++a->sp->last_anon_vma;
	sim_insert(a->sp, sim_find(a->sp, vma.start), &vma);
	return true;
}

static bool op_heap(struct args *a)
{
	a->sp->heap = a->sp->brk = number(a, 0);
	return true;
}

/* VM_SOFTDIRTY is set after the merge attempt, on what has come of it. */
static void dirty(struct sim_space *sp, msc_u64 addr)
{
	sp->vmas[sim_find(sp, addr)].flags |= MSC_VM(SD);
}

/* mm/mmap.c:do_mmap() and accountable_mapping() */
static bool op_map(struct args *a)
{
	bool shared = !strcmp(a->words[0], "shm");
	struct msc_vma vma = {
		.start = number(a, 1), .end = number(a, 1) + number(a, 2),
		.flags = prot_flags(a->words[3]) | MAY,
		.pgoff = number(a, 4),
	};

	vma.anon_pgoff = vma.start / SIM_PAGE;
	if (shared) {
		vma.flags |= MSC_VM(SH) | MSC_VM(MS);
		vma.file = FILE_SHM;
	} else if (!strcmp(a->words[0], "file")) {
		vma.file = FILE_PRIVATE;
	} else if (!strcmp(a->words[0], "other")) {
		vma.file = FILE_OTHER;
	} else {
		vma.pgoff = vma.anon_pgoff;
	}
	if (!shared && (vma.flags & MSC_VM(WR)))
		vma.flags |= MSC_VM(AC);
	sim_unmap(a->sp, vma.start, vma.end);
	sim_add(a->sp, &vma, SIM_MMAP);
	dirty(a->sp, vma.start);
	return true;
}

static bool op_unmap(struct args *a)
{
	sim_unmap(a->sp, a->start, a->end);
	return true;
}

/* mm/mprotect.c:mprotect_fixup(); since 6.5 what was never touched is not accounted any more */
static bool protect(const struct args *a, struct msc_vma *vma)
{
	const msc_u64 access = MSC_VM(RD) | MSC_VM(WR) | MSC_VM(EX);
	msc_u64 before = vma->flags;

	if (!set_flags(vma, access, prot_flags(a->words[2])))
		return false;
	if (vma->flags & MSC_VM(WR)) {
		if (!(before & (MSC_VM(AC) | MSC_VM(WR) | MSC_VM(SH))))
			vma->flags |= MSC_VM(AC);
	} else if (a->sp->kernel != K_6_1 && !vma->file && !vma->anon_vma) {
		vma->flags &= ~MSC_VM(AC);
	}
	return true;
}

static bool op_protect(struct args *a)
{
	return sim_all(a->sp, a->start, a->end, NULL) && change_each(a, protect);
}

/* mm/ksm.c:ksm_madvise() ignores what KSM may not have. */
static bool advise(const struct args *a, struct msc_vma *vma)
{
	static const struct {
		const char *advice;
		msc_u64 clear, set;
	} rows[] = {
		{ "dontdump", 0, MSC_VM(DD) },	 { "dodump", MSC_VM(DD), 0 },
		{ "mergeable", 0, MSC_VM(MG) },	 { "unmergeable", MSC_VM(MG), 0 },
		{ "random", 0, MSC_VM(RR) },	 { "normal", MSC_VM(RR), 0 },
	};
	unsigned int i;

	for (i = 0; strcmp(rows[i].advice, a->words[2]); i++)
		;
	if ((rows[i].set & MSC_VM(MG)) && (vma->flags & MSC_VM(SH)))
		return false;
	return set_flags(vma, rows[i].clear, rows[i].set);
}

static bool op_advise(struct args *a)
{
	return sim_all(a->sp, a->start, a->end, is_plain) && change_each(a, advise);
}

static bool lock(const struct args *a, struct msc_vma *vma)
{
	(void)a;
	return set_flags(vma, 0, MSC_VM(LO) | MSC_VM(LF));
}

static bool op_lock(struct args *a)
{
	return sim_all(a->sp, a->start, a->end, is_plain) && change_each(a, lock);
}

static bool unlock(const struct args *a, struct msc_vma *vma)
{
	(void)a;
	return set_flags(vma, MSC_VM(LO) | MSC_VM(LF), 0);
}

static bool op_unlock(struct args *a)
{
	return sim_all(a->sp, a->start, a->end, is_plain) && change_each(a, unlock);
}

static bool set_policy(const struct args *a, struct msc_vma *vma)
{
	msc_u32 policy = (msc_u32)number(a, 2);
	bool changes = vma->policy != policy;

	vma->policy = policy;
	return changes;
}

/* shmem keeps policies by file, not by VMA. */
static bool op_policy(struct args *a)
{
	return sim_all(a->sp, a->start, a->end, is_anon) && change_each(a, set_policy);
}

static bool set_name(const struct args *a, struct msc_vma *vma)
{
	msc_u32 name = (msc_u32)number(a, 2);
	bool changes = vma->anon_name != name;

	vma->anon_name = name;
	return changes;
}

static bool op_name(struct args *a)
{
	return sim_all(a->sp, a->start, a->end, is_anon) && change_each(a, set_name);
}

static bool watch(const struct args *a, struct msc_vma *vma)
{
	bool changes = set_flags(vma, 0, MSC_VM(UW)) || vma->uffd != number(a, 2);

	vma->uffd = number(a, 2);
	return changes;
}

static bool unwatch(const struct args *a, struct msc_vma *vma)
{
	(void)a;
	vma->uffd = 0;
	return set_flags(vma, MSC_VM(UW), 0);
}

/* Is no VMA of the range another userfaultfd's? Its owner alone may touch that. */
static bool is_ours(const struct args *a)
{
	unsigned int at;

	if (!sim_all(a->sp, a->start, a->end, is_anon))
		return false;
	for (at = sim_find(a->sp, a->start); at < a->sp->nr && a->sp->vmas[at].start < a->end;
	     at++) {
		if (a->sp->vmas[at].uffd && a->sp->vmas[at].uffd != number(a, 2))
			return false;
	}
	return true;
}

static bool op_uffd(struct args *a)
{
	return is_ours(a) && change_each(a, watch);
}

static bool op_unuffd(struct args *a)
{
	return is_ours(a) && change_each(a, unwatch);
}

/* mm/vma.c:copy_vma(): what was never touched takes the offset of its new place. */
static bool op_move(struct args *a)
{
	unsigned int at = sim_find(a->sp, a->start);
	msc_u64 to = number(a, 2), length = a->end - a->start;
	struct msc_vma copy;

	if (!sim_all(a->sp, a->start, a->end, is_unwatched) || a->sp->vmas[at].end < a->end)
		return false;
	if (to < a->end && a->start < to + length)
		return false;
	sim_unmap(a->sp, to, to + length);
	at = sim_find(a->sp, a->start);
	copy = sim_part(&a->sp->vmas[at], a->start, a->end);
	copy.start = to;
	copy.end = to + length;
	if (!copy.anon_vma)
		copy.anon_pgoff = to / SIM_PAGE;
	if (!copy.anon_vma && !copy.file)
		copy.pgoff = copy.anon_pgoff;
	sim_add(a->sp, &copy, SIM_COPY);
	sim_unmap(a->sp, a->start, a->end);
	return true;
}

/* mm/vma.c:vma_merge_extend(). It merges at least with the VMA that it is to be part of. */
static bool op_grow(struct args *a)
{
	unsigned int at = sim_find(a->sp, a->start);
	msc_u64 more = number(a, 2);
	struct msc_vma extension;

	if (!sim_all(a->sp, a->start, a->end, is_unwatched) || a->sp->vmas[at].end != a->end ||
	    !sim_free(a->sp, a->end, a->end + more))
		return false;
	extension = a->sp->vmas[at];
	sim_move_start(&extension, a->end);
	extension.end = a->end + more;
	/* No VMA's chain is looked at: neither vmg.middle nor vmg.copied_from is set. */
	extension.avcs = !!extension.anon_vma;
	sim_add(a->sp, &extension, SIM_COPY);
	return true;
}

static bool op_touch(struct args *a)
{
	if (!sim_all(a->sp, a->start, a->end, is_writable))
		return false;
	sim_fault(a->sp, a->start, a->end);
	return true;
}

static bool op_fork(struct args *a)
{
	sim_fork(a->sp);
	return true;
}

/* mm/mmap.c:SYSCALL_DEFINE1(brk) */
static bool op_brk(struct args *a)
{
	struct sim_space *sp = a->sp;
	struct msc_vma vma = {
		.start = sp->brk, .end = number(a, 0),
		.flags = MSC_VM(RD) | MSC_VM(WR) | MAY | MSC_VM(AC),
		.pgoff = sp->brk / SIM_PAGE, .anon_pgoff = sp->brk / SIM_PAGE,
	};

	if (vma.end < sp->heap)
		return false;
	/* It does not shrink over nothing, nor grow to where no gap is left behind it. */
	if (vma.end < sp->brk ? sim_free(sp, vma.end, sp->brk) :
				!sim_free(sp, sp->brk, vma.end + SIM_PAGE))
		return false;
	if (vma.end < sp->brk) {
		sim_unmap(sp, vma.end, sp->brk);
	} else if (vma.end > sp->brk) {
		sim_expand(sp, &vma);
		dirty(sp, vma.start);
	}
	sp->brk = vma.end;
	return true;
}

static const struct {
	const char *name;
	unsigned int nr;	/* words after the name */
	bool has_range;		/* the first two are an address and a length */
	bool (*run)(struct args *a);
} ops[] = {
	{ "given", 8, false, op_given },   { "heap", 1, false, op_heap },
	{ "map", 5, false, op_map },	   { "unmap", 2, true, op_unmap },
	{ "protect", 3, true, op_protect }, { "advise", 3, true, op_advise },
	{ "lock", 2, true, op_lock },	   { "unlock", 2, true, op_unlock },
	{ "policy", 3, true, op_policy },  { "name", 3, true, op_name },
	{ "uffd", 3, true, op_uffd },	   { "unuffd", 3, true, op_unuffd },
	{ "move", 3, true, op_move },	   { "grow", 3, true, op_grow },
	{ "touch", 2, true, op_touch },	   { "fork", 0, false, op_fork },
	{ "brk", 1, false, op_brk },
};

bool sim_apply(struct sim_space *sp, char *const *words, unsigned int nr)
{
	struct args a = { .sp = sp, .words = words + 1, .nr = nr - 1 };
	unsigned int i;

	for (i = 0; i < MSC_ARRAY_SIZE(ops); i++) {
		if (strcmp(ops[i].name, words[0]) || ops[i].nr != a.nr)
			continue;
		if (ops[i].has_range) {
			a.start = number(&a, 0);
			a.end = a.start + number(&a, 1);
		}
		return ops[i].run(&a);
	}
	return false;
}
