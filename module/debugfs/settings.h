/* SPDX-License-Identifier: GPL-2.0 */
/* The module parameters that shape a report. */
#ifndef MSC_DEBUGFS_SETTINGS_H
#define MSC_DEBUGFS_SETTINGS_H

#include <linux/types.h>

/* Longest stretch under a target's mmap_lock, in microseconds; 0 never lets go. */
extern unsigned int msc_hold_us;

/* Count the mappings of each anonymous folio, and judge folio-mapcount. */
extern bool msc_deep;

/* Add kernel addresses to reports, for readers with CAP_SYSLOG. */
extern bool msc_pointers;

#endif
