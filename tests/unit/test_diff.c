// SPDX-License-Identifier: GPL-2.0
/* diff: one thing of a process changed at a time, and just that told. */
#include "unit.h"
#include "address_space.h"
#include "diff.h"
#include "ksm_world.h"
#include "world.h"

struct fixture {
	struct msc_snapshot a, b;
	struct unit_sink told;
	struct msc_differ differ;
};

static struct fixture f;

static void keep(struct msc_differ *differ, const struct msc_change *change)
{
	(void)differ;
	msc_put(&f.told.sink, change->what);
	msc_put(&f.told.sink, " ");
	msc_put(&f.told.sink, change->where);
	if (change->key) {
		msc_put(&f.told.sink, " ");
		msc_put(&f.told.sink, change->key);
	}
	if (change->from) {
		msc_put(&f.told.sink, ": ");
		msc_put(&f.told.sink, change->from);
		msc_put(&f.told.sink, " -> ");
		msc_put(&f.told.sink, change->to);
	}
	msc_put(&f.told.sink, "\n");
}

static int set_up(void **state)
{
	(void)state;
	memset(&unit_mem, 0, sizeof(unit_mem));
	msc_snapshot_init(&f.a, &unit_alloc, MSC_SECTION_ALL);
	msc_snapshot_init(&f.b, &unit_alloc, MSC_SECTION_ALL);
	unit_sink_init(&f.told);
	f.differ = (struct msc_differ){ .change = keep };
	unit_world(&f.a, K_7_2);
	unit_world(&f.b, K_7_2);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	msc_snapshot_free(&f.a);
	msc_snapshot_free(&f.b);
	unit_sink_free(&f.told);
	return unit_mem.live ? -1 : 0;
}

#define diff_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void assert_told(const char *text)
{
	f.differ.changes = 0;
	assert_true(msc_diff(&f.a, &f.b, &f.differ));
	assert_sink(&f.told, text);
}

/* VMA @index of @s goes, and what was in it. */
static void remove_vma(struct msc_snapshot *s, msc_u32 index)
{
	msc_u32 i, kept = 0;

	for (i = 0; i < s->nr_runs; i++) {
		if (s->runs[i].vma == index)
			continue;
		s->runs[kept] = s->runs[i];
		s->runs[kept].vma -= s->runs[kept].vma > index;
		kept++;
	}
	s->nr_runs = kept;
	memmove(&s->vmas[index], &s->vmas[index + 1],
		(s->nr_vmas - index - 1) * sizeof(*s->vmas));
	s->nr_vmas--;
	s->target.map_count--;
}

static void the_same(void **state)
{
	(void)state;
	assert_told("");
	assert_int_equal(f.differ.changes, 0);
}

/* Other ids of the same graph are no difference. */
static void other_ids(void **state)
{
	msc_u32 i;

	(void)state;
	for (i = 0; i < f.b.nr_vmas; i++) {
		if (f.b.vmas[i].anon_vma)
			f.b.vmas[i].anon_vma_id += 10;
		if (f.b.vmas[i].anon_root)
			f.b.vmas[i].anon_root_id += 10;
	}
	for (i = 0; i < f.b.nr_anon_vmas; i++)
		f.b.anon_vmas[i].id += 10;
	assert_told("");
}

/* But two that were one are, and one that was two. */
static void another_anon_vma(void **state)
{
	(void)state;
	f.b.vmas[4].anon_vma = f.a.vmas[4].anon_vma = PLAIN;
	f.b.vmas[4].anon_root = f.a.vmas[4].anon_root = PLAIN;
	f.a.vmas[4].anon_vma_id = f.a.vmas[4].anon_root_id = PLAIN_ID;
	f.b.vmas[4].anon_vma_id = f.b.vmas[4].anon_root_id = 9;
	assert_told("changed 0x40000-0x42000 rw-p anon anon_vma: a1 -> a9\n"
		    "changed 0x40000-0x42000 rw-p anon root: a1 -> a9\n");
}

static void appeared_and_vanished(void **state)
{
	(void)state;
	remove_vma(&f.b, 3);
	assert_told("changed process vmas: 5 -> 4\n"
		    "vanished 0x30000-0x31000 r-xp private-file\n"
		    "changed rule vma-account violations: 0 -> 2\n");
	unit_sink_clear(&f.told);
	remove_vma(&f.a, 3);
	remove_vma(&f.a, 3);
	assert_told("appeared 0x40000-0x42000 rw-p anon\n"
		    "changed process vmas: 3 -> 4\n"
		    "changed 0x20000-0x24000 rw-p anon next: last -> hole\n"
		    "changed rule vma-account violations: 3 -> 2\n");
}

static void flags_and_facts(void **state)
{
	(void)state;
	f.b.vmas[4].flags ^= MSC_VM(WR) | MSC_VM(MG);
	f.b.vmas[4].pgoff++;
	f.b.vmas[4].uffd = 1;
	f.b.vmas[4].bits |= MSC_VMA_CLOSE;
	f.b.target.mergeable = 1;
	f.b.anon_vmas[0].children = 7;
	f.b.anon_vmas[0].found_children = 7;
	assert_told("changed process mergeable: no -> yes\n"
		    "changed 0x40000-0x42000 r--p anon flags: wr -> mg\n"
		    "changed 0x40000-0x42000 r--p anon pgoff: 0x140 -> 0x141\n"
		    "changed 0x40000-0x42000 r--p anon uffd: no -> yes\n"
		    "changed 0x40000-0x42000 r--p anon close: no -> yes\n"
		    "changed 0x40000-0x42000 r--p anon ksm: eligible -> mergeable\n"
		    "changed anon_vma a1 children: 1 -> 7\n");
}

static void pages_of_a_vma(void **state)
{
	(void)state;
	f.b.runs[1].page.state = MSC_PAGE_ZERO;
	f.b.runs[2].page.delta = 3;
	assert_told("changed 0x14000-0x16000 ---p anon pages: none 2 -> zero 2\n"
		    "changed 0x20000-0x24000 rw-p anon index: +0 -> +3 at 0x20000, pages 2\n"
		    "changed rule folio-index violations: 0 -> 2\n");
}

static void another_index_or_order(void **state)
{
	(void)state;
	f.a.runs[2].page.delta = f.b.runs[2].page.delta = 2;
	f.b.runs[3].page.delta = -1ULL;
	f.b.runs[2].page.delta++;
	f.b.runs[0].page.order = 2;
	assert_told("changed 0x10000-0x14000 rw-p anon order: 0 -> 2 at 0x10000, pages 4\n"
		    "changed 0x20000-0x24000 rw-p anon index: +2 -> +3 at 0x20000, pages 4\n"
		    "changed rule folio-index violations: 2 -> 4\n");
}

static void what_ksmd_remembers(void **state)
{
	(void)state;
	msc_snapshot_free(&f.a);
	msc_snapshot_free(&f.b);
	unit_ksm_world(&f.a, K_7_3);
	unit_ksm_world(&f.b, K_7_3);
	f.a.sections = f.b.sections &= ~MSC_SECTION_CHECK;
	/* How old it is, and in which tree it was when, differs from run to run. */
	f.b.rmap_items[ITEM_A].age++;
	f.b.rmap_items[ITEM_IDLE].scans_ago++;
	assert_told("");
	f.b.rmap_items[ITEM_A].now = MSC_NOW_MOVED;
	f.b.rmap_items[ITEM_B].index++;
	f.b.ksm_pages[PAGE_FORKED].bits = 0;
	f.b.ksm_found[PAGE_FORKED].bits = 0;
	assert_told("changed process rmap_item: stable maps index +0 -> stable moved index +0 at "
		    "0x10000, pages 2\n"
		    "changed process reach: fork -> missed at 0x20000, pages 1\n");
	unit_sink_clear(&f.told);
	/* Of the first only b has one, of the last neither has any more. */
	f.a.rmap_items[ITEM_A] = f.a.rmap_items[ITEM_B];
	f.a.nr_rmap_items = 1;
	f.b.nr_rmap_items = 2;
	f.b.ksm_pages[PAGE_FORKED] = f.a.ksm_pages[PAGE_FORKED];
	f.b.ksm_found[PAGE_FORKED] = f.a.ksm_found[PAGE_FORKED];
	assert_told("changed process rmap_item: none -> stable moved index +0 at 0x10000, "
		    "pages 2\n");
}

/* VMA 4 of b in two, which differ in a flag; and the other way round. */
static void split_and_merged(void **state)
{
	struct msc_vma *vma;

	(void)state;
	f.a.nr_runs = f.b.nr_runs = 0;
	f.a.sections = f.b.sections = MSC_SECTION_VMAS;
	assert_int_equal(msc_snapshot_reserve(&f.b, 6), 0);
	vma = msc_snapshot_add_vma(&f.b);
	*vma = f.b.vmas[4];
	vma->start = 0x41000;
	vma->pgoff++;
	vma->flags &= ~MSC_VM(WR);
	f.b.vmas[4].end = 0x41000;
	assert_told("changed process vmas: 5 -> 6\n"
		    "split 0x40000-0x42000 rw-p anon: 0x40000-0x42000 rw-p anon -> "
		    "0x40000-0x41000 rw-p anon, 0x41000-0x42000 r--p anon\n"
		    "changed 0x41000-0x42000 r--p anon flags: wr -> none\n");
	/* The other way round: parts of a become one of b. */
	f.differ.changes = 0;
	assert_true(msc_diff(&f.b, &f.a, &f.differ));
	assert_sink(&f.told,
		    "changed process vmas: 6 -> 5\n"
		    "merged 0x40000-0x42000 rw-p anon: 0x40000-0x41000 rw-p anon, "
		    "0x41000-0x42000 r--p anon -> 0x40000-0x42000 rw-p anon\n"
		    "changed 0x40000-0x42000 rw-p anon flags: none -> wr\n");
}

/* Memory that was touched and moved keeps its page offset: that is how it is found again. */
static void moved(void **state)
{
	(void)state;
	f.b.vmas[4].start += 0x200000;
	f.b.vmas[4].end += 0x200000;
	f.b.runs[5].start += 0x200000;
	assert_told("moved 0x240000-0x242000 rw-p anon: 0x40000-0x42000 rw-p anon -> "
		    "0x240000-0x242000 rw-p anon\n");
}

/* And when it is back, at the address of its page offset; if all of it is, and it was touched. */
static void moved_back(void **state)
{
	(void)state;
	f.a.nr_runs = f.b.nr_runs = 0;
	f.a.sections = f.b.sections = MSC_SECTION_VMAS;
	f.a.vmas[4].anon_vma = f.b.vmas[4].anon_vma = PLAIN;
	f.a.vmas[4].anon_vma_id = f.b.vmas[4].anon_vma_id = PLAIN_ID;
	f.b.vmas[4].start = 0x140000;
	f.b.vmas[4].end = 0x142000;
	assert_told("moved 0x140000-0x142000 rw-p anon: 0x40000-0x42000 rw-p anon -> "
		    "0x140000-0x142000 rw-p anon\n");
	f.b.vmas[4].anon_vma = f.b.vmas[4].anon_vma_id = 0;
	assert_told("appeared 0x140000-0x142000 rw-p anon\n"
		    "vanished 0x40000-0x42000 rw-p anon\n");
	/* A new VMA at the page offset of what is where it was. */
	f.b.vmas[4] = f.a.vmas[4];
	assert_int_equal(msc_snapshot_reserve(&f.b, 6), 0);
	*msc_snapshot_add_vma(&f.b) = f.a.vmas[4];
	f.b.vmas[5].start = 0x140000;
	f.b.vmas[5].end = 0x142000;
	assert_told("appeared 0x140000-0x142000 rw-p anon\n"
		    "changed process vmas: 5 -> 6\n"
		    "changed 0x40000-0x42000 rw-p anon next: last -> hole\n");
}

/* The same VMAs in both, and nothing else. */
static void two_address_spaces(enum unit_kernel_id k)
{
	msc_snapshot_clear(&f.a);
	msc_snapshot_clear(&f.b);
	f.a.shown = f.a.sections = f.b.shown = f.b.sections = MSC_SECTION_VMAS;
	unit_address_space(&f.a, k);
	unit_address_space(&f.b, k);
}

static void shift(struct msc_snapshot *s, msc_u64 bytes)
{
	msc_u32 i;

	for (i = 0; i < s->nr_vmas; i++) {
		s->vmas[i].start += bytes;
		s->vmas[i].end += bytes;
		if (s->vmas[i].kind == MSC_KIND_ANON && !s->vmas[i].file)
			s->vmas[i].pgoff += bytes >> 12;
		s->vmas[i].anon_pgoff += bytes >> 12;
	}
}

/* Another layout of the same process: nothing, unless addresses are to be taken as they are. */
static void another_layout(void **state)
{
	(void)state;
	two_address_spaces(K_7_2);
	shift(&f.b, 0x5554000000);
	assert_told("");
	shift(&f.b, 0x1110000000);
	assert_told("");
	f.differ.same_addresses = true;
	assert_true(msc_diff(&f.a, &f.b, &f.differ));
	assert_true(f.differ.changes > 12);
	unit_sink_clear(&f.told);
}

static void name_last(struct msc_snapshot *s, const char *name)
{
	s->vmas[s->nr_vmas - 1].name = msc_snapshot_add_string(s, name, strlen(name));
}

#define FILE_MOVED \
	"moved 0x7f0000230000-0x7f0000231000 rw-s /memfd:x (deleted): " \
	"0x7f0000220000-0x7f0000221000 rw-s /memfd:x (deleted) -> " \
	"0x7f0000230000-0x7f0000231000 rw-s /memfd:x (deleted)\n" HOLE
#define HOLE \
	"changed 0x7f0000020000-0x7f0000220000 rw-s /anon_hugepage (deleted) next: " \
	"blocked by flags,file,pgoff -> hole\n"

/* A file that the process itself moved, in what is otherwise the same layout: no randomisation. */
static void a_file_moved(void **state)
{
	(void)state;
	two_address_spaces(K_6_12);
	/* The next VMA is in the way. */
	remove_vma(&f.a, 9);
	remove_vma(&f.b, 9);
	f.b.vmas[8].start += 0x10000;
	f.b.vmas[8].end += 0x10000;
	assert_told(FILE_MOVED);
	/* A stack grows down. */
	name_last(&f.a, "[stack]");
	name_last(&f.b, "[stack]");
	f.b.vmas[f.b.nr_vmas - 1].start -= 0x1000;
	assert_told(FILE_MOVED
		    "changed 0x7ffff7fc8000-0x7ffff7fcb000 r-xp [stack] pgoff: 0x0 -> 0x1\n"
		    "changed 0x7ffff7fc8000-0x7ffff7fcb000 r-xp [stack] pages_in_all: 2 -> 3\n");
	/* Where it is decides, and not how many others are elsewhere. */
	f.b.vmas[f.b.nr_vmas - 1].end -= 0x1000;
	assert_told(HOLE);
	/* Without it, most of the others do. */
	f.a.nr_vmas--;
	f.b.nr_vmas--;
	assert_told(FILE_MOVED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		diff_test(the_same),
		diff_test(other_ids),
		diff_test(another_anon_vma),
		diff_test(appeared_and_vanished),
		diff_test(flags_and_facts),
		diff_test(pages_of_a_vma),
		diff_test(another_index_or_order),
		diff_test(what_ksmd_remembers),
		diff_test(split_and_merged),
		diff_test(moved),
		diff_test(moved_back),
		diff_test(another_layout),
		diff_test(a_file_moved),
	};

	return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
