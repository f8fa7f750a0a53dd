/* SPDX-License-Identifier: GPL-2.0 */
/* What the machine that a scenario is played on has: guards are judged by it. */
#ifndef MSC_SCENARIO_MACHINE_H
#define MSC_SCENARIO_MACHINE_H

#include "scenario.h"

/*
 * Do all of @guards hold, under @variant? If not, @why (of @size bytes) says which does not. An
 * option of the kernel that cannot be found out does not hold, negated or not.
 */
bool scn_guards_hold(const struct scn_guards *guards, const char *variant, char *why,
		     unsigned long size);

/* Where open() makes files: "has ext4" and "has overlayfs" ask what is mounted there. */
void scn_machine_files(const char *folder);

/* The file by which "has @word" is judged; NULL if it is no file that says it. */
const char *scn_machine_path(const char *word);

/* Can @variant be had here? If not, @why says what is missing. */
bool scn_variant_exists(const char *variant, char *why, unsigned long size);

#endif
