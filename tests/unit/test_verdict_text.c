// SPDX-License-Identifier: GPL-2.0
/* verdict_text: each outcome and each blocker with both its values. */
#include "unit.h"
#include "pair.h"
#include "report.h"
#include "verdict_text.h"

struct fixture {
	struct unit_text text;
	struct unit_pair p;
};

static int set_up(void **state)
{
	static struct fixture f;

	unit_text_init(&f.text, MSC_SECTION_VMAS);
	assert_int_equal(msc_snapshot_reserve(&f.text.s, 1), 0);
	f.text.s.facts = unit_kernels[K_7_3].facts;
	f.p = unit_file_pair();
	*state = &f;
	return 0;
}

static void put(struct fixture *f)
{
	msc_put_verdict(&f->text.sink.sink, &f->text.s, &f->p.left, &f->p.right);
}

static void use_kernel(struct fixture *f, enum unit_kernel_id k)
{
	f->text.s.facts = unit_kernels[k].facts;
}

static void blocker_names(void **state)
{
	static const char *const names[MSC_B_NR] = {
		"special", "flags", "file", "pgoff", "anon-pgoff", "anon-vma", "fork-child",
		"unfaulted", "policy", "uffd", "name", "vm-ops-close",
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < MSC_B_NR; i++)
		assert_string_equal(msc_blocker_name(i), names[i]);
}

static void outcomes_without_blockers(void **state)
{
	struct fixture *f = *state;

	msc_put_verdict(&f->text.sink.sink, &f->text.s, &f->p.left, NULL);
	assert_sink(&f->text.sink, " next=last");
	put(f);
	assert_sink(&f->text.sink, " next=merged-candidate via=either");
	f->p.left.bits = MSC_VMA_CLOSE;
	put(f);
	assert_sink(&f->text.sink, " next=merged-candidate via=next");
	f->p.left.bits = 0;
	f->p.right.bits = MSC_VMA_CLOSE;
	put(f);
	assert_sink(&f->text.sink, " next=merged-candidate via=this");
	f->p.right.start += 0x1000;
	put(f);
	assert_sink(&f->text.sink, " next=hole");
	f->p.right.bits = MSC_SEAM_TORN;
	put(f);
	assert_sink(&f->text.sink, " next=unknown");
	f->p.right.bits = MSC_SEAM_UNPROVED;
	put(f);
	assert_sink(&f->text.sink, " next=unknown");
}

/* Behind the last VMA seen another may have come, if the lock was let go there. */
static void last_is_unknown_behind_a_gap(void **state)
{
	static const msc_u8 places[] = { MSC_SEAM_TORN, MSC_SEAM_UNPROVED };
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < MSC_ARRAY_SIZE(places); i++) {
		f->text.s.end_bits = places[i];
		msc_put_verdict(&f->text.sink.sink, &f->text.s, &f->p.left, NULL);
		assert_sink(&f->text.sink, " next=unknown");
		/* but that says nothing of a VMA that another follows */
		put(f);
		assert_sink(&f->text.sink, " next=merged-candidate via=either");
	}
}

static void special(void **state)
{
	struct fixture *f = *state;

	f->p.left.flags |= MSC_VM(IO) | MSC_VM(DE) | MSC_VM(PF);
	f->p.right.flags |= MSC_VM(IO) | MSC_VM(DE) | MSC_VM(PF);
	put(f);
	assert_sink(&f->text.sink,
		    " next=blocked via=next by=special diff.special=pf,io,de:pf,io,de");
	/* From the side that is not special it is a matter of flags alone. */
	f->p.right = unit_file_pair().right;
	put(f);
	assert_sink(&f->text.sink, " next=blocked via=next by=flags diff.flags=pf,io,de:-");
}

/* Only what differs and counts, and the bits without a code by their number in that kernel. */
static void flags(void **state)
{
	struct fixture *f = *state;

	f->p.left.flags |= MSC_VM(AC) | MSC_VM(SD) | MSC_VM(LO);
	f->p.right.flags |= MSC_VM(GU) | MSC_VM(P1) | MSC_VM(LO);
	f->p.left.other_flags = MSC_BIT(63) | MSC_BIT(8);
	f->p.right.other_flags = MSC_BIT(8) | MSC_BIT(41);
	put(f);
	assert_sink(&f->text.sink, " next=blocked via=next by=flags diff.flags=ac,b63:p1,b41");
	/* were there such a flag before 6.18, it would count */
	use_kernel(f, K_6_12);
	put(f);
	assert_sink(&f->text.sink, " next=blocked via=next by=flags diff.flags=ac,b63:gu,p1,b41");
	f->p = unit_file_pair();
	f->p.right.other_flags = MSC_BIT(0);
	put(f);
	assert_sink(&f->text.sink, " next=blocked via=next by=flags diff.flags=-:b0");
}

static void file(void **state)
{
	struct fixture *f = *state;

	f->p.right.file = 12;
	put(f);
	assert_sink(&f->text.sink, " next=blocked via=next by=file diff.file=f1:f12");
	f->p.left.file = 0;
	put(f);
	assert_sink(&f->text.sink, " next=blocked via=next by=file diff.file=-:f12");
}

static void page_offsets(void **state)
{
	struct fixture *f = *state;

	f->p.right.pgoff = 0xfffff;
	put(f);
	assert_sink(&f->text.sink, " next=blocked via=next by=pgoff diff.pgoff=0x67:0xfffff");
	f->p.right.anon_pgoff = 0;
	put(f);
	assert_sink(&f->text.sink, " next=blocked via=next by=pgoff,anon-pgoff "
			      "diff.pgoff=0x67:0xfffff diff.anon-pgoff=0x13:0x0");
	use_kernel(f, K_7_2);
	put(f);
	assert_sink(&f->text.sink, " next=blocked via=next by=pgoff diff.pgoff=0x67:0xfffff");
}

static void anon_vmas(void **state)
{
	struct fixture *f = *state;

	unit_fault(&f->p.left, 0xa0, 1);
	unit_fault(&f->p.right, 0xb0, 1);
	f->p.left.anon_vma_id = 3;
	f->p.right.anon_vma_id = 9;
	put(f);
	assert_sink(&f->text.sink, " next=blocked via=next by=anon-vma diff.anon-vma=a3:a9");

	unit_fault(&f->p.right, 0, 0);
	f->p.right.anon_vma_id = 0;
	f->p.left.avcs = 5;
	put(f);
	assert_sink(&f->text.sink, " next=blocked via=next by=fork-child diff.fork-child=a3/5:-/0");
}

/* Its direction is chosen only if the other one lacks even more. */
static void unfaulted(void **state)
{
	struct fixture *f = *state;

	use_kernel(f, K_6_1);
	unit_fault(&f->p.right, 0xb0, 1);
	f->p.right.anon_vma_id = 2;
	f->p.right.bits = MSC_VMA_CLOSE;
	f->p.left.flags |= MSC_VM(DE);
	put(f);
	assert_sink(&f->text.sink, " next=blocked via=next by=flags,unfaulted "
			      "diff.flags=de:- diff.unfaulted=-:a2");
}

static void policy_and_uffd(void **state)
{
	struct fixture *f = *state;

	f->p.left.policy = 2;
	put(f);
	assert_sink(&f->text.sink, " next=blocked via=next by=policy diff.policy=p2:-");
	f->p.right.uffd = 0xffff888000000000;
	f->p.right.uffd_id = 4;
	f->p.right.policy = 1;
	put(f);
	assert_sink(&f->text.sink, " next=blocked via=next by=policy,uffd "
			      "diff.policy=p2:p1 diff.uffd=-:u4");
}

static void names(void **state)
{
	struct fixture *f = *state;

	f->p.right.anon_name = msc_snapshot_add_string(&f->text.s, "[anon:a:b\n]", 11);
	put(f);
	assert_sink(&f->text.sink, " next=blocked via=next by=name "
			      "diff.name=\"\":\"[anon:a:b\\012]\"");
	/* A name can be the empty one, which is not none. */
	f->p.left.anon_name = msc_snapshot_add_string(&f->text.s, "[anon:]", 7);
	put(f);
	assert_sink(&f->text.sink, " next=blocked via=next by=name "
			      "diff.name=\"[anon:]\":\"[anon:a:b\\012]\"");
	f->p.right.anon_name = f->p.left.anon_name;
	put(f);
	assert_sink(&f->text.sink, " next=merged-candidate via=either");
}

static void close_of_both(void **state)
{
	struct fixture *f = *state;

	f->p.left.bits = MSC_VMA_CLOSE;
	f->p.right.bits = MSC_VMA_CLOSE;
	put(f);
	assert_sink(&f->text.sink, " next=blocked via=next by=vm-ops-close "
			      "diff.vm-ops-close=yes:yes");
	f->p.right.flags |= MSC_VM(AC);
	f->p.right.bits = 0;
	put(f);
	assert_sink(&f->text.sink, " next=blocked via=next by=flags diff.flags=-:ac");
}

/* Every blocker that can come with the others, in the order in which the rules list them. */
static void all_together(void **state)
{
	struct fixture *f = *state;

	f->p.left.flags |= MSC_VM(MM);
	f->p.right.flags |= MSC_VM(MM) | MSC_VM(WF);
	f->p.right.file = 2;
	f->p.right.pgoff = 1;
	f->p.right.anon_pgoff = 2;
	unit_fault(&f->p.right, 0xb0, 2);
	f->p.right.anon_vma_id = 1;
	f->p.right.policy = 1;
	f->p.right.uffd = 1;
	f->p.right.uffd_id = 1;
	f->p.right.anon_name = msc_snapshot_add_string(&f->text.s, "[anon:x]", 8);
	f->p.left.bits = MSC_VMA_CLOSE;
	f->p.right.bits = MSC_VMA_CLOSE;
	put(f);
	assert_sink(&f->text.sink, " next=blocked via=next by=special,flags,file,pgoff,anon-pgoff,"
			      "fork-child,policy,uffd,name,vm-ops-close diff.special=mm:mm "
			      "diff.flags=-:wf diff.file=f1:f2 diff.pgoff=0x67:0x1 "
			      "diff.anon-pgoff=0x13:0x2 diff.fork-child=-/0:a1/2 diff.policy=-:p1 "
			      "diff.uffd=-:u1 diff.name=\"\":\"[anon:x]\" "
			      "diff.vm-ops-close=yes:yes");
}

static void flag_lists(void **state)
{
	struct fixture *f = *state;
	struct msc_sink *sink = &f->text.sink.sink;

	msc_put_vmflags(sink, 0, 0, MSC_FALSE);
	assert_sink(&f->text.sink, "-");
	msc_put_vmflags(sink, MSC_VM(RD), 0, MSC_FALSE);
	assert_sink(&f->text.sink, "rd");
	msc_put_vmflags(sink, MSC_VM(UR) | MSC_VM(RD), 0, MSC_TRUE);
	assert_sink(&f->text.sink, "rd,ur");
	msc_put_vmflags(sink, 0, MSC_BIT(0) | MSC_BIT(63), MSC_FALSE);
	assert_sink(&f->text.sink, "??,??");
	msc_put_vmflags(sink, 0, MSC_BIT(0) | MSC_BIT(63), MSC_TRUE);
	assert_sink(&f->text.sink, "b0,b63");
	msc_put_vmflags(sink, MSC_VM(MG), MSC_BIT(38), MSC_FALSE);
	assert_sink(&f->text.sink, "mg,??");
}

#define text_test(name) cmocka_unit_test_setup_teardown(name, set_up, unit_text_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		text_test(blocker_names),
		text_test(outcomes_without_blockers),
		text_test(last_is_unknown_behind_a_gap),
		text_test(special),
		text_test(flags),
		text_test(file),
		text_test(page_offsets),
		text_test(anon_vmas),
		text_test(unfaulted),
		text_test(policy_and_uffd),
		text_test(names),
		text_test(close_of_both),
		text_test(all_together),
		text_test(flag_lists),
	};

	return cmocka_run_group_tests_name("verdict_text", tests, NULL, NULL);
}
