// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "index.h"
#include "row.h"

#define RW (MSC_VM(RD) | MSC_VM(WR) | MSC_VM(MR) | MSC_VM(MW) | MSC_VM(ME))
#define BASE 0x10000000ULL

int unit_row_set_up(void **state)
{
	static struct msc_snapshot s;

	memset(&unit_mem, 0, sizeof(unit_mem));
	msc_snapshot_init(&s, &unit_alloc, MSC_SECTION_WHATIF);
	*state = &s;
	return 0;
}

void unit_row_begin(struct msc_snapshot *s, enum unit_kernel_id k)
{
	static const msc_u8 bits[] = { 0, MSC_FILE_SHMEM, MSC_FILE_FLAGS_EARLY, MSC_FILE_DAX };
	unsigned int i;

	assert_int_equal(msc_snapshot_reserve(s, UNIT_ROW_MAX), 0);
	s->facts = unit_kernels[k].facts;
	s->facts.sizes = (struct msc_object_sizes){ .vma = 1000000, .anon_vma = 1000, .avc = 1 };
	s->target.merge_any = s->facts.merge_any;
	for (i = 0; i < MSC_ARRAY_SIZE(bits); i++) {
		struct msc_file file = { .cookie = 0x8000 + i, .bits = bits[i] };

		assert_int_equal(msc_snapshot_add_file(s, &file), i + 1);
	}
}

struct msc_vma *unit_row_add(struct msc_snapshot *s, msc_u64 pages, msc_u64 cookie)
{
	msc_u64 start = s->nr_vmas ? s->vmas[s->nr_vmas - 1].end : BASE;
	struct msc_vma *vma = msc_snapshot_add_vma(s);

	assert_non_null(vma);
	vma->start = start;
	vma->end = start + pages * 4096;
	vma->pgoff = start / 4096;
	vma->anon_pgoff = vma->pgoff;
	vma->flags = RW;
	vma->anon_vma = cookie;
	vma->anon_root = cookie;
	vma->avcs = cookie ? 1 : 0;
	return vma;
}

struct msc_vma *unit_row_add_file(struct msc_snapshot *s, msc_u32 file)
{
	struct msc_vma *vma = unit_row_add(s, 1, 0);

	vma->file = file;
	vma->kind = file == ROW_FILE_SHMEM ? MSC_KIND_SHMEM : MSC_KIND_PRIVATE_FILE;
	return vma;
}

void unit_row_fill(struct msc_snapshot *s, enum msc_page_state state, msc_u32 bits)
{
	const struct msc_vma *vma = &s->vmas[s->nr_vmas - 1];
	struct msc_page page = { .state = state, .bits = bits, .anon_vma = vma->anon_vma };

	assert_true(msc_snapshot_add_pages(s, vma->start, msc_vma_pages(vma), &page));
}

struct msc_vma *unit_row_add_moved(struct msc_snapshot *s, msc_u64 cookie, msc_u64 by, msc_u32 bits)
{
	struct msc_vma *vma = unit_row_add(s, 2, cookie);
	struct msc_anon_vma record = {
		.self = cookie,
		.root = cookie,
		.parent = cookie,
		.counted = 1,
	};

	vma->pgoff += by;
	vma->anon_pgoff += by;
	unit_row_fill(s, MSC_PAGE_ANON, bits);
	assert_true(msc_snapshot_add_anon_vma(s, &record));
	return vma;
}

void unit_row_work_out(struct msc_snapshot *s)
{
	assert_int_equal(msc_snapshot_number(s), 0);
	assert_int_equal(msc_whatif_work_out(s), 0);
}

void unit_assert_then(const struct msc_snapshot *s, enum msc_whatif_id id, msc_u32 vmas,
		      msc_u32 concerned, msc_u32 unknown)
{
	assert_int_equal(s->whatif[id].then.vmas, vmas);
	assert_int_equal(s->whatif[id].concerned, concerned);
	assert_int_equal(s->whatif[id].unknown, unknown);
}

const struct msc_merged *unit_row_merged(const struct msc_snapshot *s, enum msc_whatif_id id,
					 unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < s->nr_merged; i++) {
		if (s->merged[i].id == id && !nr--)
			return &s->merged[i];
	}
	return NULL;
}

void unit_assert_merged(const struct msc_snapshot *s, enum msc_whatif_id id, unsigned int nr,
			const struct msc_vma *first, const struct msc_vma *last)
{
	const struct msc_merged *merged = unit_row_merged(s, id, nr);

	assert_non_null(merged);
	assert_int_equal(merged->start, first->start);
	assert_int_equal(merged->end, last->end);
	assert_int_equal(merged->vmas, last - first + 1);
}
