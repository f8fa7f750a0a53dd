/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a run changes outside its own processes: settings of KSM, of huge pages, and of the module.
 *
 * All of it is put back by a keeper, a process that waits for the runner to end, however it ends.
 */
#ifndef MSC_SCENARIO_SETTINGS_H
#define MSC_SCENARIO_SETTINGS_H

#include <stdbool.h>
#include <sys/types.h>

#define SCN_KSM "/sys/kernel/mm/ksm/"
#define SCN_THP "/sys/kernel/mm/transparent_hugepage/"
#define SCN_PARAMETERS "/sys/module/mergescope/parameters/"

/* Read the settings, and start the keeper. Returns 0 or -ERRNO: -EBUSY if another run has them. */
int scn_settings_init(void);

/* Let the keeper put everything back, and wait for it. */
void scn_settings_uninit(void);

/* Write @value to the file @path. Returns 0 or -ERRNO; a file that is not there is -ENOENT. */
int scn_setting_write(const char *path, const char *value);

/*
 * The same if another value is there (in brackets, if there are several). What KSM does not change
 * while pages are merged, -EBUSY, it does after run=2, which takes all of them apart and stops it;
 * for those of a process that is exiting it waits, a minute at most.
 */
int scn_setting_change(const char *path, const char *value);

/* The first line of @path into @text, without its end. Returns 0 or -ERRNO. */
int scn_setting_read(const char *path, char *text, unsigned long size);

/* Make @pid a target of the module, whose pages are looked at in the arena only, or no longer. */
int scn_target_add(pid_t pid);
void scn_target_remove(pid_t pid);

#endif
