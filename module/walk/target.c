// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/lockdep.h>
#include <linux/pid_namespace.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/string.h>

#include "../compat/compat.h"
#include "../compat/symbols.h"
#include "target.h"

/* Is @task a process that has an address space? */
static int check_task(struct task_struct *task)
{
	struct mm_struct *mm;

	if (task->flags & PF_KTHREAD)
		return -EINVAL;
	if (!thread_group_leader(task))
		return -EINVAL;
	mm = get_task_mm(task);
	if (!mm)
		return -ESRCH;
	mmput(mm);
	return 0;
}

struct pid *msc_target_find(pid_t nr)
{
	struct task_struct *task;
	struct pid *pid;
	int err;

	rcu_read_lock();
	pid = get_pid(find_pid_ns(nr, &init_pid_ns));
	rcu_read_unlock();
	if (!pid)
		return ERR_PTR(-ESRCH);

	task = get_pid_task(pid, PIDTYPE_PID);
	err = task ? check_task(task) : -ESRCH;
	if (task)
		put_task_struct(task);
	if (err) {
		put_pid(pid);
		return ERR_PTR(err);
	}
	return pid;
}

/* Caller holds exec_update_lock of @task. */
static int get_mm(struct task_struct *task, struct mm_struct **mm)
{
	lockdep_assert_held_read(&task->signal->exec_update_lock);
	*mm = get_task_mm(task);
	if (!*mm)
		return -ESRCH;
	if (msc_compat_ptrace_capable(task, *mm) && msc_compat_ptrace_may_read(task))
		return 0;
	mmput(*mm);
	return -EPERM;
}

static void describe(struct msc_target *target, struct task_struct *task,
		     const struct mm_struct *mm)
{
	target->pid = task_tgid_nr(task);
	strscpy(target->comm, task->comm, sizeof(target->comm));
	target->merge_any = msc_compat_mm_merge_any(mm);
	target->mergeable = msc_compat_mm_mergeable(mm);
}

int msc_target_get_mm(struct pid *pid, struct msc_target *target, struct mm_struct **mm)
{
	struct task_struct *task = get_pid_task(pid, PIDTYPE_TGID);
	int err;

	if (!task)
		return -ESRCH;
	err = down_read_killable(&task->signal->exec_update_lock);
	if (err)
		goto put_task;
	err = get_mm(task, mm);
	if (!err)
		describe(target, task, *mm);
	up_read(&task->signal->exec_update_lock);
put_task:
	put_task_struct(task);
	return err;
}
