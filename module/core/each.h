/* SPDX-License-Identifier: GPL-2.0 */
/* To go over all records of a kind, or to find one: there may be tens of millions. */
#ifndef MSC_CORE_EACH_H
#define MSC_CORE_EACH_H

#include "model.h"

/* So many records take less than a millisecond. */
#define MSC_REST_EVERY 4096u

/* @done records were gone over: give way when it is time to. */
static inline void msc_rest_after(const struct msc_snapshot *s, msc_size done)
{
	if (!(done % MSC_REST_EVERY) && s->alloc->rest)
		s->alloc->rest();
}

/*
 * For each of the snapshot's @array (runs, avcs, ...), in order, with @record pointing at it. May
 * sleep.
 */
#define msc_for_each(record, s, array)                                             \
	for ((record) = (s)->array; (record) < (s)->array + (s)->nr_##array;       \
	     ++(record), msc_rest_after((s), (msc_size)((record) - (s)->array)))

/*
 * The index of the first of the snapshot's @array whose @member, by which they are in order, is not
 * below @value; their number if there is none.
 */
#define msc_first_from(s, array, member, value)				\
	({								\
		msc_u32 msc_low = 0, msc_high = (s)->nr_##array, msc_mid;\
									\
		while (msc_low < msc_high) {				\
			msc_mid = msc_low + (msc_high - msc_low) / 2;	\
			if ((s)->array[msc_mid].member < (value))	\
				msc_low = msc_mid + 1;			\
			else						\
				msc_high = msc_mid;			\
		}							\
		msc_low;						\
	})

#endif
