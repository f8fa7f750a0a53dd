/* SPDX-License-Identifier: GPL-2.0 */
/* From a struct pid to an mm that the reader may see. */
#ifndef MSC_WALK_TARGET_H
#define MSC_WALK_TARGET_H

#include <linux/pid.h>

#include "../core/model.h"

struct mm_struct;

/*
 * Find the process with @nr in the initial PID namespace. Returns a reference to its struct pid, or
 *   -ESRCH   no such process, or it has exited (a zombie has no mm either)
 *   -EINVAL  a kernel thread; or a thread that is not its process's leader
 */
struct pid *msc_target_find(pid_t nr);

/*
 * Get the mm of @pid for reading, and describe the process in @target. Needs CAP_SYS_PTRACE over
 * the mm's user namespace of the caller, and ptrace_may_access() where it could be found; both are
 * asked under exec_update_lock, so that the answer is about this mm (kernel/fork.c:mm_access()).
 * Returns 0 and an mm whose reference the caller drops with mmput(), or
 *   -ESRCH   the process has exited
 *   -EPERM   the caller may not look at it
 *   -EINTR   the caller was killed while it waited
 */
int msc_target_get_mm(struct pid *pid, struct msc_target *target, struct mm_struct **mm);

#endif
