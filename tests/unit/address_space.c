// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "address_space.h"

#define R (MSC_VM(RD) | MSC_VM(MR) | MSC_VM(ME))
#define RW (R | MSC_VM(WR) | MSC_VM(MW))
#define RWA (RW | MSC_VM(AC))
#define RX (R | MSC_VM(EX) | MSC_VM(MW))
#define SHARED (MSC_VM(SH) | MSC_VM(MS))

/* Cookies; their order is not that of the ids, which go by address of the VMA. */
#define ANON_1 0xffff888100000900
#define ANON_2 0xffff888100000100
#define ANON_3 0xffff888100000500
#define ROOT_OF_3 0xffff888100000300
#define UFFD_1 0xffff888100002000
#define UFFD_2 0xffff888100001000

#define NAME "[anon:a \"b\"]"

static const struct {
	const char *path;
	msc_u8 bits;
} files[] = {
	{ "/usr/bin/demo", 0 },
	{ "/anon_hugepage (deleted)", 0 },
	{ "/memfd:x (deleted)", MSC_FILE_SHMEM },
	{ "/mnt/pmem/f\n", MSC_FILE_DAX | MSC_FILE_FLAGS_EARLY },
	{ "", 0 },
};

static const struct {
	struct msc_vma vma;
	const char *name;	/* NULL: that of its file, or none */
} vmas[] = {
	{ { .start = 0x400000, .end = 0x402000, .flags = RX, .file = 1, .anon_pgoff = 0x400,
	    .kind = MSC_KIND_PRIVATE_FILE }, NULL },
	{ { .start = 0x402000, .end = 0x403000, .flags = RWA, .file = 1, .pgoff = 2,
	    .anon_pgoff = 0x402, .kind = MSC_KIND_PRIVATE_FILE,
	    .anon_vma = ANON_1, .anon_root = ANON_1, .avcs = 1 }, NULL },
	{ { .start = 0x403000, .end = 0x405000, .flags = RWA, .file = 1, .pgoff = 3,
	    .anon_pgoff = 0x999, .kind = MSC_KIND_PRIVATE_FILE }, NULL },
	{ { .start = 0x7f0000000000, .end = 0x7f0000004000, .flags = RWA | MSC_VM(MG),
	    .pgoff = 0x7f0000000, .anon_pgoff = 0x7f0000000,
	    .anon_vma = ANON_2, .anon_root = ANON_2, .avcs = 1 }, NULL },
	{ { .start = 0x7f0000004000, .end = 0x7f0000008000, .flags = RWA | MSC_VM(SD),
	    .pgoff = 0x7f0000004, .anon_pgoff = 0x7f0000004, .policy = 1, .uffd = UFFD_1,
	    .anon_vma = ANON_3, .anon_root = ROOT_OF_3, .avcs = 2 }, NAME },
	{ { .start = 0x7f0000008000, .end = 0x7f000000c000, .flags = RWA | MSC_VM(GU),
	    .pgoff = 0x7f0000008, .anon_pgoff = 0x7f0000008, .policy = 1, .uffd = UFFD_1 },
	  NAME },
	{ { .start = 0x7f000000c000, .end = 0x7f0000010000, .flags = RWA,
	    .pgoff = 0x123, .anon_pgoff = 0x123, .policy = 2, .uffd = UFFD_2,
	    .anon_vma = ANON_2, .anon_root = ANON_2, .avcs = 2 }, NULL },
	{ { .start = 0x7f0000020000, .end = 0x7f0000220000,
	    .flags = RW | SHARED | MSC_VM(DE) | MSC_VM(HT), .other_flags = MSC_BIT(50),
	    .file = 2, .anon_pgoff = 0x7f0000020, .kind = MSC_KIND_HUGETLB,
	    .bits = MSC_VMA_CLOSE }, NULL },
	{ { .start = 0x7f0000220000, .end = 0x7f0000221000, .flags = RW | SHARED, .file = 3,
	    .pgoff = 5, .anon_pgoff = 0x7f0000220, .kind = MSC_KIND_SHMEM }, NULL },
	{ { .start = 0x7f0000221000, .end = 0x7f0000222000, .flags = R | MSC_VM(MS), .file = 4,
	    .pgoff = 0x10, .anon_pgoff = 0x7f0000221, .kind = MSC_KIND_SHARED_FILE }, NULL },
	{ { .start = 0x7f0000300000, .end = 0x7f0000301000, .file = 5, .pgoff = 7,
	    .flags = MSC_VM(MR) | MSC_VM(MW) | MSC_VM(ME) | MSC_VM(P0) | MSC_VM(P2),
	    .anon_pgoff = 0x7f0000300, .kind = MSC_KIND_PRIVATE_FILE,
	    .bits = MSC_VMA_NAME_CUT }, NULL },
	{ { .start = 0x7ffff7fc9000, .end = 0x7ffff7fcb000, .flags = RX | MSC_VM(DE),
	    .anon_pgoff = 0x7ffff7fc9, .kind = MSC_KIND_SPECIAL }, "[vdso]" },
};

static void add_policies(struct msc_snapshot *s)
{
	struct msc_policy bind = { .mode = 2, .flags = 0x8000, .home_node = -1 };
	struct msc_policy unnamed = { .mode = 9, .home_node = 3 };

	bind.nodes[0] = 0x13;
	bind.user_nodes[0] = 0x13;
	unnamed.nodes[0] = MSC_BIT(63);
	unnamed.nodes[1] = 1;
	unnamed.nodes[MSC_NODE_WORDS - 1] = MSC_BIT(63);
	assert_int_equal(msc_snapshot_add_policy(s, &bind), 1);
	assert_int_equal(msc_snapshot_add_policy(s, &unnamed), 2);
}

static void add_files(struct msc_snapshot *s)
{
	unsigned int i;

	for (i = 0; i < MSC_ARRAY_SIZE(files); i++) {
		struct msc_file file = {
			.cookie = 0xffff888200000000 + 0x100 * i,
			.bits = files[i].bits,
			.path = msc_snapshot_add_string(s, files[i].path, strlen(files[i].path)),
			.path_cut = !*files[i].path,
		};

		assert_int_equal(msc_snapshot_add_file(s, &file), i + 1);
	}
}

static void add_vmas(struct msc_snapshot *s, enum unit_kernel_id k)
{
	unsigned int i;

	for (i = 0; i < MSC_ARRAY_SIZE(vmas); i++) {
		struct msc_vma *vma = msc_snapshot_add_vma(s);
		const char *name = vmas[i].name ? vmas[i].name : "";

		*vma = vmas[i].vma;
		vma->self = 0xffff888300000000 + 0xb0 * i;
		vma->name = msc_snapshot_add_string(s, name, strlen(name));
		if (vma->kind == MSC_KIND_ANON)
			vma->anon_name = vma->name;
		if (vma->file)
			vma->name = s->files[vma->file - 1].path;
		/* VM_MAYBE_GUARD came with 6.18. */
		if (k < K_7_2)
			vma->flags &= ~MSC_VM(GU);
	}
}

void unit_address_space(struct msc_snapshot *s, enum unit_kernel_id k)
{
	assert_int_equal(msc_snapshot_reserve(s, MSC_ARRAY_SIZE(vmas)), 0);
	s->facts = unit_kernels[k].facts;
	s->target = (struct msc_target){
		.pid = 4242, .comm = "a \"b\"", .merge_any = k >= K_7_2, .mergeable = 1,
		.map_count = MSC_ARRAY_SIZE(vmas),
	};
	s->lock = (struct msc_lock_stats){ .held_us = 1500, .longest_us = 900 };
	add_policies(s);
	add_files(s);
	add_vmas(s, k);

	/* The lock: let go with and without a sequence, with a writer and without, or never. */
	s->lock.let_go = k == K_7_3 ? 0 : 2;
	if (k == K_6_1)
		s->vmas[9].bits |= MSC_SEAM_UNPROVED;
	if (k == K_6_12) {
		s->vmas[9].bits |= MSC_SEAM_TORN;
		s->end_bits = MSC_SEAM_TORN;
		s->lock.torn = 2;
		s->lock.retries = 3;
	}
	assert_int_equal(msc_snapshot_number(s), 0);
}
