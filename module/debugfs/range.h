/* SPDX-License-Identifier: GPL-2.0 */
/* The module parameter "range". */
#ifndef MSC_DEBUGFS_RANGE_H
#define MSC_DEBUGFS_RANGE_H

#include <linux/moduleparam.h>

/*
 * PID:START-END looks only at pages of a target in that range (bytes, hexadecimal, the end
 * exclusive) in the sections folios and check; PID: at all of them again. With insmod, after
 * "targets".
 *   -EINVAL  not that; the kernel log says what is wrong
 *   -ENOENT  PID is not a target
 */
extern const struct kernel_param_ops msc_range_ops;

#endif
