// SPDX-License-Identifier: GPL-2.0
/* ksm: what keeps a VMA from KSM on each kernel, and when the flag would be set. */
#include "unit.h"
#include "kernels.h"
#include "ksm.h"

/*
 * mm/ksm.c of each: 6.1 ksm_madvise() :2559, 6.12 vma_ksm_compatible() :683, 7.2 ksm_compatible()
 * :741 to :746, 7.3 the same at :747. Written as codes, not taken from kernels.c.
 */
static const char *const excluding[NR_KERNELS] = {
	[K_6_1] = "sh ms pf io de ht mm",
	[K_6_12] = "sh ms pf io de ht mm dp",
	[K_7_2] = "sh ms ht dp io de pf mm",
	[K_7_3] = "sh ms ht dp io de pf mm",
};

/* A snapshot with facts of kernel @k and one file of @bits, with index 1. */
static struct msc_snapshot snapshot(unsigned int k, struct msc_file *file, msc_u8 bits)
{
	struct msc_snapshot s = { .facts = unit_kernels[k].facts };

	*file = (struct msc_file){ .cookie = 0xf0, .bits = bits };
	s.files = file;
	s.nr_files = 1;
	return s;
}

static bool excludes(unsigned int k, unsigned int flag)
{
	return strstr(excluding[k], msc_vmflag_code(flag));
}

static void each_flag_alone(void **state)
{
	unsigned int k, i;

	(void)state;
	for (k = 0; k < NR_KERNELS; k++) {
		for (i = 0; i < MSC_NR_VMFLAGS; i++) {
			struct msc_file file;
			struct msc_snapshot s = snapshot(k, &file, 0);
			struct msc_vma vma = { .flags = MSC_BIT(i) };
			struct msc_ksm_verdict v = msc_ksm_judge(&s, &vma);

			assert_int_equal(v.excluding_flags, excludes(k, i) ? MSC_BIT(i) : 0);
			assert_false(v.dax);
			if (MSC_BIT(i) == MSC_VM(MG))
				assert_int_equal(v.state, MSC_KSM_MERGEABLE);
			else
				assert_int_equal(v.state, excludes(k, i) ? MSC_KSM_EXCLUDED :
									   MSC_KSM_ELIGIBLE);
		}
	}
}

static void every_two_flags(void **state)
{
	unsigned int k, i, j;

	(void)state;
	for (k = 0; k < NR_KERNELS; k++) {
		for (i = 0; i < MSC_NR_VMFLAGS; i++) {
			for (j = 0; j < i; j++) {
				struct msc_file file;
				struct msc_snapshot s = snapshot(k, &file, 0);
				struct msc_vma vma = { .flags = MSC_BIT(i) | MSC_BIT(j) };
				msc_u64 want = (excludes(k, i) ? MSC_BIT(i) : 0) |
					       (excludes(k, j) ? MSC_BIT(j) : 0);

				assert_int_equal(msc_ksm_judge(&s, &vma).excluding_flags, want);
			}
		}
	}
}

static void all_flags_and_dax(void **state)
{
	unsigned int k, i;

	(void)state;
	for (k = 0; k < NR_KERNELS; k++) {
		struct msc_file file;
		struct msc_snapshot s = snapshot(k, &file, MSC_FILE_DAX);
		struct msc_vma vma = { .file = 1, .flags = ~MSC_VM(MG) };
		struct msc_ksm_verdict v = msc_ksm_judge(&s, &vma);
		msc_u64 want = 0;

		for (i = 0; i < MSC_NR_VMFLAGS; i++)
			want |= excludes(k, i) ? MSC_BIT(i) : 0;
		assert_int_equal(v.state, MSC_KSM_EXCLUDED);
		assert_int_equal(v.excluding_flags, want);
		assert_true(v.dax);
	}
}

static void dax_alone(void **state)
{
	unsigned int k;

	(void)state;
	for (k = 0; k < NR_KERNELS; k++) {
		struct msc_file file;
		struct msc_snapshot s = snapshot(k, &file, MSC_FILE_DAX);
		struct msc_vma vma = { .file = 1, .flags = MSC_VM(RD) | MSC_VM(WR) };
		struct msc_ksm_verdict v = msc_ksm_judge(&s, &vma);

		assert_int_equal(v.state, MSC_KSM_EXCLUDED);
		assert_int_equal(v.excluding_flags, 0);
		assert_true(v.dax);
		/* The next VMA has no file; that one exists is nothing to it. */
		vma.file = 0;
		v = msc_ksm_judge(&s, &vma);
		assert_int_equal(v.state, MSC_KSM_ELIGIBLE);
		assert_false(v.dax);
		/* Other facts about a file are no DAX. */
		vma.file = 1;
		file.bits = MSC_FILE_SHMEM | MSC_FILE_FLAGS_EARLY;
		assert_int_equal(msc_ksm_judge(&s, &vma).state, MSC_KSM_ELIGIBLE);
	}
}

/* VM_MERGEABLE that was set before the VMA became special stays set: that is what is reported. */
static void mergeable_wins(void **state)
{
	unsigned int k;

	(void)state;
	for (k = 0; k < NR_KERNELS; k++) {
		struct msc_file file;
		struct msc_snapshot s = snapshot(k, &file, MSC_FILE_DAX);
		struct msc_vma vma = { .file = 1, .flags = MSC_VM(MG) | MSC_VM(MM) };
		struct msc_ksm_verdict v = msc_ksm_judge(&s, &vma);

		assert_int_equal(v.state, MSC_KSM_MERGEABLE);
		assert_int_equal(v.excluding_flags, MSC_VM(MM));
		assert_true(v.dax);
	}
}

static void plain_memory_is_eligible(void **state)
{
	unsigned int k;

	(void)state;
	for (k = 0; k < NR_KERNELS; k++) {
		struct msc_file file;
		struct msc_snapshot s = snapshot(k, &file, 0);
		struct msc_vma vma = {
			.flags = MSC_VM(RD) | MSC_VM(WR) | MSC_VM(MR) | MSC_VM(MW) | MSC_VM(ME) |
				 MSC_VM(AC) | MSC_VM(SD) | MSC_VM(GU) | MSC_VM(P0),
		};

		assert_int_equal(msc_ksm_judge(&s, &vma).state, MSC_KSM_ELIGIBLE);
	}
}

/* mm/vma.c:can_set_ksm_flags_early(): 7.2 :2732, 7.3 :2844. 6.12 sets the flag in ksm_add_vma(). */
static void when_the_flag_is_set(void **state)
{
	static const struct {
		msc_u32 file;
		msc_u8 bits;
		enum msc_ksm_when when[NR_KERNELS];
	} cases[] = {
#define BY_KERNEL(last) { MSC_KSM_ABSENT, MSC_KSM_LATE, last, last }
		{ 0, 0, BY_KERNEL(MSC_KSM_EARLY) },
		{ 0, MSC_FILE_SHMEM, BY_KERNEL(MSC_KSM_EARLY) },
		{ 1, 0, BY_KERNEL(MSC_KSM_LATE) },
		{ 1, MSC_FILE_DAX, BY_KERNEL(MSC_KSM_LATE) },
		{ 1, MSC_FILE_SHMEM, BY_KERNEL(MSC_KSM_EARLY) },
		{ 1, MSC_FILE_FLAGS_EARLY, BY_KERNEL(MSC_KSM_EARLY) },
		{ 1, MSC_FILE_SHMEM | MSC_FILE_FLAGS_EARLY, BY_KERNEL(MSC_KSM_EARLY) },
		{ 1, MSC_FILE_DAX | MSC_FILE_FLAGS_EARLY, BY_KERNEL(MSC_KSM_EARLY) },
#undef BY_KERNEL
	};
	unsigned int k, i;

	(void)state;
	for (k = 0; k < NR_KERNELS; k++) {
		for (i = 0; i < MSC_ARRAY_SIZE(cases); i++) {
			struct msc_file file;
			struct msc_snapshot s = snapshot(k, &file, cases[i].bits);
			struct msc_vma vma = { .file = cases[i].file };

			assert_int_equal(msc_ksm_when(&s, &vma), cases[i].when[k]);
		}
	}
}

/* The file is the one that the VMA names, not the first one. */
static void the_right_file(void **state)
{
	struct msc_file files[2] = {
		{ .cookie = 1 },
		{ .cookie = 2, .bits = MSC_FILE_DAX | MSC_FILE_SHMEM },
	};
	struct msc_snapshot s = {
		.facts = unit_kernels[K_7_3].facts, .files = files, .nr_files = 2,
	};
	struct msc_vma first = { .file = 1 }, second = { .file = 2 };

	(void)state;
	assert_false(msc_ksm_judge(&s, &first).dax);
	assert_true(msc_ksm_judge(&s, &second).dax);
	assert_int_equal(msc_ksm_when(&s, &first), MSC_KSM_LATE);
	assert_int_equal(msc_ksm_when(&s, &second), MSC_KSM_EARLY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_flag_alone),
		cmocka_unit_test(every_two_flags),
		cmocka_unit_test(all_flags_and_dax),
		cmocka_unit_test(dax_alone),
		cmocka_unit_test(mergeable_wins),
		cmocka_unit_test(plain_memory_is_eligible),
		cmocka_unit_test(when_the_flag_is_set),
		cmocka_unit_test(the_right_file),
	};

	return cmocka_run_group_tests_name("ksm", tests, NULL, NULL);
}
