// SPDX-License-Identifier: GPL-2.0
/* reader: what the writer writes is read back to equal records; and what is no report is told. */
#include "unit.h"
#include "address_space.h"
#include "format.h"
#include "random_snapshot.h"
#include "reading.h"
#include "same_snapshot.h"
#include "world.h"

static void worlds(void **state)
{
	struct reading *f = *state;
	unsigned int k;

	for (k = 0; k < NR_KERNELS; k++) {
		msc_snapshot_clear(&f->written);
		unit_world(&f->written, k);
		reading_assert_round_trip(f);
	}
}

/* The VMA that an AVC wrongly points to is told: the report is judged as the snapshot was. */
static void avcs_of_other_vmas(void **state)
{
	struct reading *f = *state;
	struct unit_judged judged;

	unit_world(&f->written, K_7_3);
	f->written.avcs[2].bits = 0;
	f->written.avcs[2].of = f->written.vmas[1].self;
	reading_assert_round_trip(f);
	judged = unit_judge(&f->read, MSC_RULE_AVC_LINKED);
	assert_int_equal(judged.nr, 1);
	assert_string_equal(judged.findings[0].what, "other-vma");
	assert_int_equal(judged.findings[0].found.kind, MSC_VALUE_HEX);
	assert_int_equal(judged.findings[0].found.value, 0x14000);
	f->written.avcs[2].of = STRANGER;
	reading_assert_round_trip(f);
	judged = unit_judge(&f->read, MSC_RULE_AVC_LINKED);
	assert_int_equal(judged.findings[0].found.kind, MSC_VALUE_NONE);
}

static void address_spaces(void **state)
{
	struct reading *f = *state;
	unsigned int k;

	f->written.shown = MSC_SECTION_VMAS;
	f->written.sections = MSC_SECTION_VMAS;
	for (k = 0; k < NR_KERNELS; k++) {
		msc_snapshot_clear(&f->written);
		unit_address_space(&f->written, k);
		reading_assert_round_trip(f);
		/* With the addresses. */
		f->written.facts.pointers = 1;
		reading_assert_round_trip(f);
	}
}

#define RANDOM_SNAPSHOTS 300

static void random_snapshots(void **state)
{
	struct reading *f = *state;
	uint64_t random = 1;
	unsigned int i;

	for (i = 0; i < RANDOM_SNAPSHOTS; i++) {
		msc_snapshot_free(&f->written);
		unit_random_snapshot(&f->written, &random);
		reading_assert_round_trip(f);
	}
}

/* A torn snapshot that has seen one place twice: each line still finds its VMA. */
static void overlapping_vmas(void **state)
{
	struct reading *f = *state;
	struct msc_vma *vmas;

	unit_world(&f->written, K_7_2);
	vmas = f->written.vmas;
	/* VMA 1 becomes the rest of VMA 0, seen again: same start, pages of its own. */
	vmas[1] = vmas[0];
	vmas[1].bits |= MSC_SEAM_TORN;
	f->written.lock.torn = 1;
	f->written.runs[1].start = 0x12000;
	f->written.runs[0].pages = 2;
	f->written.avcs[1] = f->written.avcs[0];
	f->written.avcs[1].vma = 1;
	/* Two VMAs from one place on: the second line says which it is of. */
	f->written.vmas[1].walk_ns = 2;
	reading_assert_round_trip(f);
	assert_int_equal(f->read.vmas[1].walk_ns, 2);
	assert_int_equal(f->read.runs[1].vma, 1);
	assert_int_equal(f->read.avcs[1].vma, 1);
}

/* Every way in which memory can be short: an error, and nothing is left behind. */
static void out_of_memory(void **state)
{
	struct reading *f = *state;
	struct msc_reader_error error;
	unsigned int nth;

	unit_world(&f->written, K_7_3);
	reading_write(&f->sink, &f->written);
	for (nth = 1;; nth++) {
		unit_mem_reset(nth);
		if (!reading_text(f, f->sink.text, &error))
			break;
		assert_non_null(strstr(error.text, "no memory"));
	}
	assert_true(nth > 5);
	unit_mem_reset(0);
}

static void unknown_names_are_ignored(void **state)
{
	struct reading *f = *state;
	struct msc_reader_error error;
	char text[8192], *at;

	unit_world(&f->written, K_7_2);
	reading_write(&f->sink, &f->written);
	at = strstr(f->sink.text, "\nprocess ");
	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s new=\"a b\" newer=\nweather is=\"fine \\042\"%s",
		 (int)(at - f->sink.text), f->sink.text, at);
	assert_int_equal(reading_text(f, text, &error), 0);
	unit_assert_same(&f->read, &f->written);
}

/* A key that is there twice has one of its values, whole: found by fuzzing. */
static void keys_that_are_there_twice(void **state)
{
	struct reading *f = *state;
	struct msc_reader_error error;
	char text[8192], *at;

	unit_world(&f->written, K_7_2);
	reading_write(&f->sink, &f->written);
	at = strstr(f->sink.text, " merge_rules=");
	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s merge_rules=%0500d%s", (int)(at - f->sink.text),
		 f->sink.text, 7, at);
	assert_int_equal(reading_text(f, text, &error), 0);
	assert_true(strlen(f->read.facts.merge_rules) == 500 ||
		    !strcmp(f->read.facts.merge_rules, "7.2"));
}

static const struct reading_spoilt spoilt[] = {
	{ "mergescope ", "mergescopes ", 1, "no report, expected a line that begins with" },
	{ "format=1", "format=2", 1, "format=2, expected 1: what wrote it is newer" },
	{ "format=1 ", "", 1, "mergescope without format, expected format=" },
	{ "format=1", "format=x", 1, "mergescope: format=x, expected a decimal number" },
	{ "sections=vmas,", "sections=", 1, "expected vmas among them" },
	{ "pid=0", "pid=2147483648", 2, "pid=2147483648, expected a decimal number up to" },
	{ "pid=0", "pid=", 2, "pid=, expected a decimal number" },
	{ "comm=\"\"", "comm=x", 2, "comm is no string" },
	{ "comm=\"\"", "comm=\"\\08\"", 2, "comm is no string" },
	{ "comm=\"\"", "comm=\"\\000\"", 2, "comm is no string" },
	{ "comm=\"\"", "comm=\"\\777\"", 2, "comm is no string" },
	{ "comm=\"\"", "comm=\"", 2, "a quote is open" },
	{ "comm=\"\"", "comm=\"\"x", 2, "comm is no string" },
	{ "comm=\"\"",
	  "comm=\"01234567890123456789012345678901"
	  "23456789012345678901234567890123\"",
	  2, "comm has 64 bytes, expected less than 64" },
	{ "mergeable=no", "mergeable=maybe", 2, "mergeable=maybe, expected yes or no" },
	{ "lock consistent=proved", "lock consistent", 3,
	  "consistent: no field, expected key=value" },
	{ "torn=0 ", "torn=4294967296 ", 3, "up to 4294967295" },
	{ "close_blocks=source", "close_blocks=x", 4, "expected target or source" },
	{ "ignored_flags=gu,sd", "ignored_flags=gu,", 4, "expected VmFlags codes" },
	{ "ignored_flags=gu,sd", "ignored_flags=gu,s", 4, "expected VmFlags codes" },
	{ "ignored_flags=gu,sd", "ignored_flags=gu,sdx", 4, "expected VmFlags codes" },
	{ "ignored_flags=gu,sd", "ignored_flags=gu,??", 4, "expected VmFlags codes" },
	{ "\nrules ", "\nrule ", 5, "a line vma, expected process, lock and rules first" },
	{ "start=0x10000", "start=10000", 5, "start=10000, expected a hexadecimal number" },
	{ "start=0x10000", "start=0x1000g", 5, "expected a hexadecimal number" },
	{ "start=0x10000", "start=0x", 5, "expected a hexadecimal number" },
	{ "start=0x10000", "start=0x10000000000000000", 5, "of 64 bits" },
	{ "pkey=0", "pkey=16", 5, "up to 15" },
	{ "kind=anon", "kind=anonymous", 5, "kind=anonymous, expected one of anon private-file" },
	{ "file=-", "file=f1", 5, "file=f1, expected the id of a line before this" },
	{ "anon_vma=a1 root=a1 avcs", "anon_vma=b1 root=a1 avcs", 5, "a and a number from 1 on" },
	{ "anon_vma=a1 root=a1 avcs", "anon_vma=a0 root=a1 avcs", 5, "a and a number from 1 on" },
	{ "anon_vma=a1 root=a1 avcs", "anon_vma=a1 root=- avcs", 5, "expected both or none" },
	{ "place=held ksm", "place=here ksm", 5, "expected held, torn or unproved" },
	{ "anon_vma id=a2", "anon_vma id=a1", 11, "id=a1, expected an id of its own" },
	{ "avc start=0x10000", "avc start=0x11000", 13, "start=0x11000 is no VMA's" },
	{ "link=linked", "link=loose", 13, "link=loose, expected linked" },
	{ "link=linked", "link=linked root=-", 13, "avc: root=-, expected a and a number from 1" },
	{ "link=linked", "link=linked parent=7", 13, "parent=7, expected a and a number from 1" },
	{ "link=linked", "link=other-vma", 13, "avc without of, expected of=" },
	{ "link=linked", "link=other-vma of=0x1", 13, "of=0x1 is no VMA's, expected where one" },
	{ "run start=0x10000", "run start=0x90000", 16, "start=0x90000 is no VMA's" },
	{ "run start=0x14000", "run start=0xf000", 17, "start=0xf000 is no VMA's" },
	{ "state=anon", "state=anonymous", 16, "state=anonymous, expected one of none anon" },
	{ "index=match", "index=2", 16, "index=2, expected match" },
	{ "index=match", "index=+", 16, "index=+, expected match" },
	{ "bits=writable,exclusive", "bits=writable,,exclusive", 16, "expected names of bits" },
	{ "order=0", "order=256", 16, "up to 51" },
	{ "state=none order=0 index=- anon_vma=- root=- bits=- place=held",
	  "state=swap order=0 index=- anon_vma=- root=- bits=- place=held swapin=now", 17,
	  "swapin=now, expected read, use, copy or unknown" },
	{ " vma_bytes=0", " vma_bytes=-1", 4, "vma_bytes=-1, expected a decimal number" },
	{ "relocation start=0x10000", "relocation start=0x11000", 49, "start=0x11000 is no VMA's" },
	{ "walk_ns=0", "walk_ns=long", 49, "walk_ns=long, expected a decimal number" },
	{ "\nend vmas=5", "\nend vmas=4", 53, "5 vma lines, expected 5: lines are missing" },
	{ "\nend ", "\nlast ", 53, "no end, expected a line end" },
	{ "\nend ", "\nlock ", 53, "a second line lock, expected one" },
	{ "\ncheck ", "\nend vmas=5 place=held\nvma ", 24, "a line vma behind the end" },
	{ "\nksm ", "\nvma ", 22, "a line vma, expected it before the lines run" },
	{ "sections=vmas,anon_vmas,", "sections=vmas,", 10, "a line anon_vma, expected none" },
	{ "sections=vmas,anon_vmas,folios,", "sections=vmas,anon_vmas,", 16,
	  "a line run, expected none: sections= is without folios" },
};

static void spoilt_reports(void **state)
{
	struct reading *f = *state;
	unsigned int i;

	unit_world(&f->written, K_7_2);
	for (i = 0; i < MSC_ARRAY_SIZE(spoilt); i++)
		reading_assert_spoilt(f, &spoilt[i]);
}

/* Where addresses are shown, every object has one, and what is none has none. */
static const struct reading_spoilt spoilt_addresses[] = {
	{ " ptr.vma=0x100", "", 5, "vma without ptr.vma" },
	{ " ptr.vma=0x100", " ptr.vma=0x0", 5, "ptr.vma=0x0, expected an address" },
	{ " ptr.anon_vma=0x5000", " ptr.anon_vma=0x0", 5, "ptr.anon_vma=0x0, expected an address" },
	{ " ptr.anon_vma=0x0", " ptr.anon_vma=0x9", 6, "ptr.anon_vma=0x9, expected 0x0" },
	{ " ptr.uffd=0x0", " ptr.uffd=0x9", 5, "ptr.uffd=0x9, expected 0x0" },
};

static void spoilt_pointers(void **state)
{
	struct reading *f = *state;
	unsigned int i;

	unit_world(&f->written, K_7_2);
	f->written.facts.pointers = 1;
	for (i = 0; i < MSC_ARRAY_SIZE(spoilt_addresses); i++)
		reading_assert_spoilt(f, &spoilt_addresses[i]);
}

static void empty_and_binary(void **state)
{
	static const char nul[] = "mergescope format=1\0 x=1\n";
	struct reading *f = *state;
	struct msc_reader_error error;
	FILE *in = fopen("/dev/null", "r");

	assert_non_null(in);
	assert_int_equal(msc_reader_read(in, &f->read, &error), -1);
	fclose(in);
	assert_string_equal(error.text, "empty, expected a report");
	assert_int_equal(reading_bytes(f, nul, sizeof(nul) - 1, &error), -1);
	assert_string_equal(error.text, "a NUL byte, expected text");
}

/* Cut off anywhere: never taken for whole, and nothing is left behind. */
static void cut_off(void **state)
{
	struct reading *f = *state;
	struct msc_reader_error error;
	size_t len;

	unit_world(&f->written, K_7_3);
	reading_write(&f->sink, &f->written);
	for (len = 1; len < f->sink.len; len++)
		assert_int_equal(reading_bytes(f, f->sink.text, len, &error), -1);
	assert_int_equal(reading_bytes(f, f->sink.text, len, &error), 0);
}

/* A byte changed anywhere: read or refused, and what is read can be judged and written. */
static void damaged(void **state)
{
	struct reading *f = *state;
	struct msc_reader_error error;
	uint64_t random = 7;
	unsigned int i;

	unit_world(&f->written, K_7_3);
	reading_write(&f->sink, &f->written);
	for (i = 0; i < 3000; i++) {
		size_t at = unit_random(&random) % f->sink.len;
		char kept = f->sink.text[at];

		f->sink.text[at] = "0179afx,-=\" \n\\?+\xff"[unit_random(&random) % 17];
		if (!reading_bytes(f, f->sink.text, f->sink.len, &error))
			reading_write(&f->again, &f->read);
		f->sink.text[at] = kept;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		reader_test(worlds),
		reader_test(avcs_of_other_vmas),
		reader_test(address_spaces),
		reader_test(random_snapshots),
		reader_test(overlapping_vmas),
		reader_test(out_of_memory),
		reader_test(unknown_names_are_ignored),
		reader_test(keys_that_are_there_twice),
		reader_test(spoilt_reports),
		reader_test(spoilt_pointers),
		reader_test(empty_and_binary),
		reader_test(cut_off),
		reader_test(damaged),
	};

	return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
