/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /sys/kernel/debug/mergescope_mutate/
 *   control	write "KIND PID ADDR [OTHER]" or "undo", "pin PID ADDR" or "unpin", or
 *		"hold" or "hold PID", which has ksm_thread_mutex or a process's mmap_lock until the
 *		write returns, and "release", at which it does; read the kind in force, or "none",
 *		and "holding"
 *   kinds	a line each: the kind, and "other" if it takes OTHER
 */
#ifndef MUTATE_CONTROL_H
#define MUTATE_CONTROL_H

int mutate_control_init(void);
void mutate_control_exit(void);

#endif
