/* SPDX-License-Identifier: GPL-2.0 */
/* Snapshots of everything that a report can show, at random. */
#ifndef MSC_UNIT_RANDOM_SNAPSHOT_H
#define MSC_UNIT_RANDOM_SNAPSHOT_H

#include <stdint.h>

#include "model.h"

/*
 * Fill the empty @s, numbers given and policies worked out. What it says need not make sense
 * together; but each field has a value that a walk can give it.
 */
void unit_random_snapshot(struct msc_snapshot *s, uint64_t *random);

#endif
