// SPDX-License-Identifier: GPL-2.0
/*
 * What reports cost beside ksmd at full speed: how much longer its full scans take while a process
 * that it scans is looked at, and how much of a processor that takes. Needs mergescope loaded, and
 * root.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

#define PAGES 16384UL
#define SCANS 20
#define KSM "/sys/kernel/mm/ksm/"

/* Reports that were read, counted by the reader. */
static volatile unsigned long *reports;

/* Pages of which three in four are alike, and the others alike to none. */
static unsigned long make_mergeable(void)
{
	map(BASE, PAGES * PAGE, PROT_READ | PROT_WRITE);
	if (madvise(BASE, PAGES * PAGE, MADV_MERGEABLE))
		die("MADV_MERGEABLE");
	for (unsigned long i = 0; i < PAGES; i++) {
		unsigned long mark = i % 4 ? 1 : i + 2;

		memcpy(BASE + i * PAGE, &mark, sizeof(mark));
	}
	return PAGES * PAGE;
}

static unsigned long full_scans(void)
{
	FILE *file = fopen(KSM "full_scans", "r");
	unsigned long scans;

	if (!file || fscanf(file, "%lu", &scans) != 1 || fclose(file))
		die(KSM "full_scans");
	return scans;
}

/* Wait until so many more scans have ended; the milliseconds that took. */
static double wait_for_scans(unsigned long count)
{
	unsigned long until = full_scans() + count;
	double begin = now_ms();

	while (full_scans() < until)
		usleep(500);
	return now_ms() - begin;
}

static pid_t start_reader(unsigned int pause_ms)
{
	pid_t reader = fork();

	if (reader < 0)
		die("fork");
	if (reader)
		return reader;
	for (;;) {
		read_all(open_in(DEBUGFS "/%d/report", child));
		++*reports;
		usleep(pause_ms * 1000);
	}
}

static double stop_reader(pid_t reader)
{
	struct rusage usage;

	kill(reader, SIGKILL);
	if (wait4(reader, NULL, 0, &usage) != reader)
		die("wait4");
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

/* How long a full scan takes; from the end of one on. */
static double scan_ms(void)
{
	wait_for_scans(1);
	return wait_for_scans(SCANS) / SCANS;
}

static void beside(const char *name, unsigned int pause_ms, double alone)
{
	double begin = now_ms(), scan, cpu, took;
	pid_t reader;

	*reports = 0;
	reader = start_reader(pause_ms);
	scan = scan_ms();
	cpu = stop_reader(reader);
	took = now_ms() - begin;
	printf("%-22s %10.2f ms %8.1f %% %8lu %10.1f %%\n", name, scan,
	       100 * (scan - alone) / alone, *reports, 100 * cpu / took);
}

int main(void)
{
	double alone;

	reports = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (reports == MAP_FAILED)
		die("mmap");
	start_child(make_mergeable);
	write_number(KSM "sleep_millisecs", "%ld", 0);
	if (!access(KSM "smart_scan", F_OK))
		write_number(KSM "smart_scan", "%ld", 0);
	write_number(KSM "run", "%ld", 1);
	/* Merged, and as it will stay. */
	wait_for_scans(4);
	alone = scan_ms();
	printf("%-22s %13s %10s %8s %12s\n", "beside ksmd", "full scan", "slower", "reports",
	       "of a CPU");
	printf("%-22s %10.2f ms\n", "nothing", alone);
	beside("a report each second", 1000, alone);
	beside("report after report", 0, alone);
	write_number(KSM "run", "%ld", 2);
	stop_child();
	return 0;
}
