// SPDX-License-Identifier: GPL-2.0
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "scenario_machine.h"

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif
#ifndef PR_GET_MEMORY_MERGE
#define PR_GET_MEMORY_MERGE 68
#endif

enum answer { NO, YES, UNKNOWN };

static bool file_exists(const char *path)
{
	return !access(path, F_OK);
}

/* Does a line of @path contain @text? */
static enum answer file_says(const char *path, const char *text)
{
	FILE *file = fopen(path, "re");
	enum answer answer = NO;
	char line[512];

	if (!file)
		return UNKNOWN;
	while (answer == NO && fgets(line, sizeof(line), file)) {
		if (strstr(line, text))
			answer = YES;
	}
	fclose(file);
	return answer;
}

static bool has_anon_names(void)
{
	void *page = mmap(NULL, SCN_PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool has;

	if (page == MAP_FAILED)
		return false;
	has = !prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, page, SCN_PAGE, "probe");
	munmap(page, SCN_PAGE);
	return has;
}

/* Every new VMA is soft-dirty where the kernel tracks that. */
static bool has_soft_dirty(void)
{
	return file_says("/proc/self/smaps", " sd") == YES;
}

static bool has_swap(void)
{
	return file_says("/proc/swaps", "/") == YES;
}

/* Did the module find the lists of KSM, which are private to mm/ksm.c? */
static bool has_rmap_items(void)
{
	return file_says("/sys/kernel/debug/mergescope/status", "sections ksm=on") == YES;
}

static const char *files_folder = "/";

void scn_machine_files(const char *folder)
{
	files_folder = folder;
}

/* Is the folder for new files on the file system of that number (linux/magic.h)? */
static bool files_are_on(unsigned long magic)
{
	struct statfs stat;

	return !statfs(files_folder, &stat) && (unsigned long)stat.f_type == magic;
}

const char *scn_machine_path(const char *word)
{
	static const struct {
		const char *word, *path;
	} files[] = {
		{ "device", "/dev/mergescope-device" },
		{ "ksm", "/sys/kernel/mm/ksm/run" },
		{ "numa", "/proc/self/numa_maps" },
		{ "thp", "/sys/kernel/mm/transparent_hugepage/enabled" },
		{ "userfaultfd", "/proc/sys/vm/unprivileged_userfaultfd" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (!strcmp(files[i].word, word))
			return files[i].path;
	}
	return NULL;
}

static bool has(const char *word)
{
	const char *path = scn_machine_path(word);

	if (path)
		return file_exists(path);
	if (!strcmp(word, "anon-name"))
		return has_anon_names();
	if (!strcmp(word, "ext4"))
		return files_are_on(EXT4_SUPER_MAGIC);
	if (!strcmp(word, "overlayfs"))
		return files_are_on(OVERLAYFS_SUPER_MAGIC);
	if (!strcmp(word, "rmap-items"))
		return has_rmap_items();
	return strcmp(word, "swap") ? has_soft_dirty() : has_swap();
}

static enum answer has_option(const char *option)
{
	char path[SCN_TEXT_MAX + 16], line[SCN_NAME_MAX + 16];
	struct utsname system;

	if (uname(&system))
		return UNKNOWN;
	snprintf(path, sizeof(path), "/boot/config-%.80s", system.release);
	snprintf(line, sizeof(line), "CONFIG_%s=", option);
	return file_says(path, line);
}

static bool kernel_is(const struct scn_guard *guard)
{
	unsigned int major = 0, minor = 0;
	struct utsname system;
	int order;

	if (uname(&system) || sscanf(system.release, "%u.%u", &major, &minor) != 2)
		return false;
	order = major != guard->major ? (major < guard->major ? -1 : 1) :
		minor != guard->minor ? (minor < guard->minor ? -1 : 1) : 0;
	switch (guard->compare) {
	case SCN_EQ:
		return order == 0;
	case SCN_NE:
		return order != 0;
	case SCN_LT:
		return order < 0;
	case SCN_LE:
		return order <= 0;
	case SCN_GT:
		return order > 0;
	case SCN_GE:
		return order >= 0;
	}
	return false;
}

static enum answer judge(const struct scn_guard *guard, const char *variant)
{
	enum answer answer = NO;

	switch (guard->kind) {
	case SCN_GUARD_KERNEL:
		answer = kernel_is(guard);
		break;
	case SCN_GUARD_ROOT:
		answer = !geteuid();
		break;
	case SCN_GUARD_CONFIG:
		answer = has_option(guard->word);
		break;
	case SCN_GUARD_HAS:
		answer = has(guard->word);
		break;
	case SCN_GUARD_VARIANT:
		answer = !strcmp(guard->word, variant);
		break;
	}
	if (answer == UNKNOWN || !guard->negated)
		return answer;
	return answer == YES ? NO : YES;
}

static void say_why(const struct scn_guard *guard, enum answer answer, char *why,
		    unsigned long size)
{
	static const char *const signs[] = { "==", "!=", "<", "<=", ">", ">=" };
	static const char *const names[] = { "kernel", "root", "config", "has", "variant" };
	const char *not = guard->negated ? "not " : "";

	if (answer == UNKNOWN)
		snprintf(why, size, "config %s is not known: no /boot/config of this kernel",
			 guard->word);
	else if (guard->kind == SCN_GUARD_KERNEL)
		snprintf(why, size, "wants %skernel %s %u.%u", not, signs[guard->compare],
			 guard->major, guard->minor);
	else
		snprintf(why, size, "wants %s%s%s%s", not, names[guard->kind],
			 guard->word[0] ? " " : "", guard->word);
}

bool scn_guards_hold(const struct scn_guards *guards, const char *variant, char *why,
		     unsigned long size)
{
	enum answer answer;
	bool holds = true;
	unsigned int i;

	for (i = 0; i < guards->nr; i++) {
		if (guards->list[i].alternative && holds)
			continue;
		/* What does not hold, and has no alternative that does, ends it. */
		if (!guards->list[i].alternative && !holds)
			return false;
		answer = judge(&guards->list[i], variant);
		holds = answer == YES;
		if (!holds)
			say_why(&guards->list[i], answer, why, size);
	}
	return holds;
}

bool scn_variant_exists(const char *variant, char *why, unsigned long size)
{
	if (!strcmp(variant, "merge-any") && prctl(PR_GET_MEMORY_MERGE, 0, 0, 0, 0) < 0)
		snprintf(why, size, "no PR_SET_MEMORY_MERGE");
	else if (!strcmp(variant, "thp") && !has("thp"))
		snprintf(why, size, "no transparent huge pages");
	else
		return true;
	return false;
}
