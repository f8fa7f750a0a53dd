/* SPDX-License-Identifier: GPL-2.0 */
/* What-if in sums: what each policy would save, and what keeps memory from being relocated. */
#ifndef MSC_GAINS_H
#define MSC_GAINS_H

#include <json-c/json.h>
#include <stdint.h>
#include <stdio.h>

#include "../module/core/model.h"

/* struct msc_gain - one policy's outcome */
struct msc_gain {
	msc_u64 then;			/* VMAs */
	/* As in struct msc_whatif: VMAs, pairs of neighbours that are tried, and VMAs and edges. */
	msc_u64 concerned, pairs, unknown;
	int64_t saved;			/* bytes; less than none if it costs some */
};

/* struct msc_obstructed - what one obstacle stands in the way of */
struct msc_obstructed {
	msc_u64 vmas, moved;		/* VMAs, and those of them that were moved */
	msc_u64 count;			/* as in struct msc_tally */
};

/* struct msc_gains - of one process, or the sum of several */
struct msc_gains {
	msc_u64 vmas;			/* there are now */
	struct msc_gain by[MSC_NR_WHATIFS];
	msc_u64 asked[MSC_NR_SAFES];	/* VMAs with a relocation, by enum msc_safe */
	msc_u64 moved[MSC_NR_SAFES];	/* those that were moved */
	struct msc_obstructed obstacles[MSC_NR_OBSTACLES];
	/* To be relocated, where it is safe and of use: pages, their folios, and a walk so long. */
	msc_u64 pages, folios, walk_ns;
};

/* Those of @s, of which what-if has been worked out. */
void msc_gains_count(const struct msc_snapshot *s, struct msc_gains *gains);

void msc_gains_add(struct msc_gains *to, const struct msc_gains *from);

/* As two tables: by policy, and by obstacle. */
void msc_gains_print(FILE *out, const struct msc_gains *gains);

/* As members "whatif" (by policy) and "relocation" of @object. */
void msc_gains_json(struct json_object *object, const struct msc_gains *gains);

#endif
