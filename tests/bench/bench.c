// SPDX-License-Identifier: GPL-2.0
/*
 * What looking at a process costs, beside the kernel's own ways to look at it. A child has the
 * memory; each reader is run over all of it, several times, and the shortest time counts. Printed
 * in milliseconds, and as a multiple of what smaps_rollup takes. Needs mergescope loaded, and root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common.h"

#define GIB (1UL << 30)
#define HUGE (2UL << 20)
#define NR_VMAS 60000UL
#define REPEATS 5

static char buffer[1 << 20];
/* Where the child's memory is. */
static unsigned long from = (unsigned long)BASE, to;

static unsigned long make_small(void)
{
	if (madvise(map(BASE, GIB, PROT_READ | PROT_WRITE), GIB, MADV_NOHUGEPAGE))
		die("MADV_NOHUGEPAGE");
	touch(BASE, GIB);
	return GIB;
}

static unsigned long make_huge(void)
{
	if (madvise(map(BASE, GIB, PROT_READ | PROT_WRITE), GIB, MADV_HUGEPAGE))
		die("MADV_HUGEPAGE");
	for (unsigned long i = 0; i < GIB; i += HUGE)
		BASE[i] = 1;
	return GIB;
}

/* Moved to where no huge page fits: mapped page by page. */
static unsigned long make_pieces(void)
{
	char *at = BASE + 2 * GIB;

	if (madvise(map(at, GIB, PROT_READ | PROT_WRITE), GIB, MADV_HUGEPAGE))
		die("MADV_HUGEPAGE");
	touch(at, GIB);
	if (mremap(at, GIB, GIB, MREMAP_MAYMOVE | MREMAP_FIXED, BASE + PAGE) == MAP_FAILED)
		die("mremap");
	return GIB + PAGE;
}

static unsigned long make_shmem(void)
{
	char *at = mmap(BASE, GIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED,
			-1, 0);

	if (at == MAP_FAILED)
		die("mmap");
	touch(at, GIB);
	return GIB;
}

/* Side by side, and by their protection unable to merge. */
static unsigned long make_vmas(void)
{
	for (unsigned long i = 0; i < NR_VMAS; i++)
		map(BASE + i * PAGE, PAGE, PROT_READ | PROT_WRITE | (i % 2 ? PROT_EXEC : 0));
	touch(BASE, NR_VMAS * PAGE);
	return NR_VMAS * PAGE;
}

static int read_rollup(void)
{
	read_all(open_in("/proc/%d/smaps_rollup", child));
	return 0;
}

static int read_smaps(void)
{
	read_all(open_in("/proc/%d/smaps", child));
	return 0;
}

static int read_pagemap(void)
{
	int fd = open_in("/proc/%d/pagemap", child);
	unsigned long left = (to - from) / PAGE * 8;
	off_t at = (off_t)(from / PAGE * 8);

	while (left) {
		ssize_t n = pread(fd, buffer, left < sizeof(buffer) ? left : sizeof(buffer), at);

		if (n <= 0)
			die("pagemap");
		left -= (unsigned long)n;
		at += n;
	}
	close(fd);
	return 0;
}

/* linux/fs.h of 6.7 and later. */
struct scan {
	unsigned long long size, flags, start, end, walk_end, vec, vec_len, max_pages;
	unsigned long long inverted, mask, anyof_mask, return_mask;
};

#define SCAN _IOWR('f', 16, struct scan)
/* PAGE_IS_FILE, _PRESENT, _SWAPPED, _PFNZERO, _HUGE */
#define SCAN_RETURN 0x7cULL

static int read_scan(void)
{
	struct scan scan = {
		.size = sizeof(scan),
		.start = from,
		.end = to,
		.vec = (unsigned long)buffer,
		.vec_len = sizeof(buffer) / 24,
		.return_mask = SCAN_RETURN,
	};
	int fd = open_in("/proc/%d/pagemap", child);

	while (scan.start < to) {
		if (ioctl(fd, SCAN, &scan) < 0) {
			close(fd);
			if (errno != ENOTTY && errno != EINVAL)
				die("PAGEMAP_SCAN");
			return -1;
		}
		scan.start = scan.walk_end;
	}
	close(fd);
	return 0;
}

static int read_check(void)
{
	read_all(open_in(DEBUGFS "/%d/check", child));
	return 0;
}

static int read_check_held(void)
{
	write_number(PARAMETERS "/hold_us", "%ld", 0);
	read_check();
	write_number(PARAMETERS "/hold_us", "%ld", 1000);
	return 0;
}

static int read_folios(void)
{
	read_all(open_in(DEBUGFS "/%d/folios", child));
	return 0;
}

static int read_vmas(void)
{
	read_all(open_in(DEBUGFS "/%d/vmas", child));
	return 0;
}

static const struct {
	const char *name;
	int (*read)(void);	/* negative if this kernel has it not */
} readers[] = {
	{ "smaps_rollup", read_rollup },
	{ "smaps", read_smaps },
	{ "pagemap", read_pagemap },
	{ "PAGEMAP_SCAN", read_scan },
	{ "check", read_check },
	{ "check hold_us=0", read_check_held },
	{ "folios", read_folios },
	{ "vmas", read_vmas },
};

/* The shortest of some runs; negative if there is no such reader. */
static double measure(int (*reader)(void))
{
	double best = -1;

	for (int i = 0; i < REPEATS; i++) {
		double start = now_ms(), took;

		if (reader() < 0)
			return -1;
		took = now_ms() - start;
		if (best < 0 || took < best)
			best = took;
	}
	return best;
}

static void bench(const char *name, unsigned long (*make)(void))
{
	double rollup = 0;

	to = from + start_child(make);
	for (unsigned int i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		double took = measure(readers[i].read);

		if (!i)
			rollup = took;
		if (took < 0)
			printf("%-22s %-16s absent\n", name, readers[i].name);
		else
			printf("%-22s %-16s %10.2f ms %8.2f\n", name, readers[i].name, took,
			       took / rollup);
		fflush(stdout);
	}
	stop_child();
}

int main(void)
{
	printf("%-22s %-16s %13s %8s\n", "memory", "reader", "shortest", "/rollup");
	bench("1 GiB, small pages", make_small);
	bench("1 GiB, huge pages", make_huge);
	bench("1 GiB, in pieces", make_pieces);
	bench("1 GiB, shmem", make_shmem);
	bench("60000 VMAs", make_vmas);
	return 0;
}
