/* SPDX-License-Identifier: GPL-2.0 */
/* Are two snapshots the same, but for the numbers that stand for addresses? */
#ifndef MSC_UNIT_SAME_SNAPSHOT_H
#define MSC_UNIT_SAME_SNAPSHOT_H

#include "model.h"

/*
 * Every record of @a and @b is equal: fields and ids by value, strings by text; cookies by what
 * they are compared with, and by value where a report shows them.
 */
void unit_assert_same(const struct msc_snapshot *a, const struct msc_snapshot *b);

#endif
