// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/printk.h>

#include "../core/range.h"
#include "range.h"
#include "targets.h"

static int range_set(const char *val, const struct kernel_param *kp)
{
	static const char *const expected[] = {
		[MSC_RANGE_NO_PID] = "a PID and a colon",
		[MSC_RANGE_NOT_HEX] = "hexadecimal addresses",
		[MSC_RANGE_NO_DASH] = "START-END behind the colon",
		[MSC_RANGE_UNALIGNED] = "addresses of pages",
		[MSC_RANGE_EMPTY] = "an END behind START",
	};
	struct msc_range range;
	enum msc_range_error error = msc_range_parse(&range, val);
	int err;

	if (error) {
		pr_err("range: \"%.64s\": expected %s\n", val, expected[error]);
		return -EINVAL;
	}
	err = msc_targets_set_range(range.pid, (struct msc_walk_range){ range.start, range.end });
	if (err)
		pr_err("range: %d: is not a target\n", range.pid);
	return err;
}

static int range_get(char *buffer, const struct kernel_param *kp)
{
	return msc_targets_get_ranges(buffer, PAGE_SIZE);
}

const struct kernel_param_ops msc_range_ops = { .set = range_set, .get = range_get };
