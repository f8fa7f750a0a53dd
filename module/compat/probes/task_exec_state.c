// SPDX-License-Identifier: GPL-2.0
/*
 * 7.2: the user namespace that guards an address space moved from the mm to the task's exec state.
 */
#include <linux/sched.h>
#include <linux/sched/exec_state.h>

struct user_namespace *msc_probe(const struct task_struct *task);
struct user_namespace *msc_probe(const struct task_struct *task)
{
	return rcu_dereference(task->exec_state)->user_ns;
}
