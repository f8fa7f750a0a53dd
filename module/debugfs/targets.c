// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "../core/pidlist.h"
#include "../walk/target.h"
#include "files.h"
#include "targets.h"

/* struct target - a process that has a directory; it stays one when it has exited, until removed */
struct target {
	struct list_head list;
	struct msc_source source;	/* with our reference to the struct pid */
	pid_t nr;		/* in the initial PID namespace; a dead @pid has none */
	bool leaving;		/* a change that is being worked out drops it */
	struct dentry *dir;	/* NULL while insmod's parameters are read: there is no tree yet */
};

static DEFINE_MUTEX(targets_lock);
static LIST_HEAD(targets);
static unsigned int nr_targets;
static struct dentry *tree;
static bool over;	/* the module is on its way out: whoever comes now has nothing to read */

static struct target *find_target(pid_t nr)
{
	struct target *t;

	lockdep_assert_held(&targets_lock);
	list_for_each_entry(t, &targets, list) {
		if (t->nr == nr)
			return t;
	}
	return NULL;
}

static void free_target(struct target *t)
{
	debugfs_remove(t->dir);
	put_pid(t->source.pid);
	kfree(t);
}

static void create_dir(struct target *t)
{
	char name[16];

	snprintf(name, sizeof(name), "%d", t->nr);
	t->dir = debugfs_create_dir(name, tree);
	msc_files_create(t->dir, &t->source);
}

static struct target *new_target(pid_t nr)
{
	struct target *t = kzalloc(sizeof(*t), GFP_KERNEL);
	struct pid *pid;

	if (!t)
		return ERR_PTR(-ENOMEM);
	pid = msc_target_find(nr);
	if (IS_ERR(pid)) {
		kfree(t);
		return ERR_CAST(pid);
	}
	t->source.pid = pid;
	t->source.range = (struct msc_walk_range)MSC_WALK_EVERYWHERE;
	t->nr = nr;
	return t;
}

/* struct change - what a list would do, worked out in full before anything is done */
struct change {
	struct list_head added;		/* targets that are not in the list yet */
	unsigned int nr;		/* targets there would be */
};

static void plan_removal(struct change *c, struct target *t)
{
	t->leaving = true;
	c->nr--;
}

/*
 * A new target under a number that a dead process had takes its place: the number has gone round. A
 * whole list may name what is a target already; "+PID" may not.
 */
static int plan_addition(struct change *c, const struct msc_pid_item *item)
{
	struct target *old = find_target(item->pid);
	struct target *t = new_target(item->pid);

	if (IS_ERR(t))
		return PTR_ERR(t);
	if (old && old->source.pid == t->source.pid) {
		free_target(t);
		if (item->op == MSC_PID_ADD)
			return -EEXIST;
		return 0;
	}
	if (old)
		plan_removal(c, old);
	list_add_tail(&t->list, &c->added);
	return ++c->nr > MSC_MAX_TARGETS ? -E2BIG : 0;
}

static int plan_item(struct change *c, const struct msc_pid_item *item)
{
	struct target *old;

	if (item->op != MSC_PID_REMOVE)
		return plan_addition(c, item);
	old = find_target(item->pid);
	if (!old)
		return -ENOENT;
	plan_removal(c, old);
	return 0;
}

static bool is_listed(const struct msc_pidlist *list, pid_t nr)
{
	u32 i;

	for (i = 0; i < list->nr; i++) {
		if (list->items[i].pid == nr)
			return true;
	}
	return false;
}

/* A whole list drops what it does not name. */
static void plan_replacement(struct change *c, const struct msc_pidlist *list)
{
	struct target *t, *next;

	if (list->nr && list->items[0].op != MSC_PID_SET)
		return;
	list_for_each_entry_safe(t, next, &targets, list) {
		if (!is_listed(list, t->nr))
			plan_removal(c, t);
	}
}

static void drop_all(struct list_head *head)
{
	struct target *t, *next;

	list_for_each_entry_safe(t, next, head, list) {
		list_del(&t->list);
		free_target(t);
	}
}

static void commit(struct change *c)
{
	struct target *t, *next;

	list_for_each_entry_safe(t, next, &targets, list) {
		if (t->leaving) {
			list_del(&t->list);
			free_target(t);
		}
	}
	if (tree) {
		list_for_each_entry(t, &c->added, list)
			create_dir(t);
	}
	list_splice_tail(&c->added, &targets);
	nr_targets = c->nr;
}

static void abandon(struct change *c)
{
	struct target *t;

	drop_all(&c->added);
	list_for_each_entry(t, &targets, list)
		t->leaving = false;
}

static const char *reason(int err)
{
	switch (err) {
	case -ESRCH:
		return "no such process, or it has exited";
	case -EINVAL:
		return "a kernel thread, or a thread that is not its process's leader";
	case -EEXIST:
		return "is a target already";
	case -ENOENT:
		return "is not a target";
	case -E2BIG:
		return "is one target too many";
	default:
		return "could not be added";
	}
}

static int apply(const struct msc_pidlist *list)
{
	struct change c = {
		.added = LIST_HEAD_INIT(c.added),
		.nr = nr_targets,
	};
	int err = 0;
	u32 i;

	lockdep_assert_held(&targets_lock);
	plan_replacement(&c, list);
	for (i = 0; i < list->nr && !err; i++) {
		err = plan_item(&c, &list->items[i]);
		if (err)
			pr_err("targets: %d: %s\n", list->items[i].pid, reason(err));
	}
	if (err)
		abandon(&c);
	else
		commit(&c);
	return err;
}

/* What the parser found wrong, as an errno; @text has it at list->at. */
static int parse_error(enum msc_pidlist_error error, const struct msc_pidlist *list,
		       const char *text)
{
	static const struct {
		int err;
		const char *what;
	} errors[] = {
		[MSC_PIDLIST_NOT_A_PID] = { -EINVAL, "expected a PID, +PID or -PID" },
		[MSC_PIDLIST_MIXED] = { -EINVAL, "expected a whole list, or only +PID and -PID" },
		[MSC_PIDLIST_TWICE] = { -EEXIST, "is in the list twice" },
		[MSC_PIDLIST_TOO_LONG] = { -E2BIG, "is one member too many" },
	};

	pr_err("targets: \"%.*s\": %s\n", (int)min(list->at_len, 32U), text + list->at,
	       errors[error].what);
	return errors[error].err;
}

static int targets_set(const char *val, const struct kernel_param *kp)
{
	struct msc_pidlist list = { .max = MSC_MAX_TARGETS };
	enum msc_pidlist_error error;
	int err;

	list.items = kcalloc(list.max, sizeof(*list.items), GFP_KERNEL);
	if (!list.items)
		return -ENOMEM;
	error = msc_pidlist_parse(&list, val);
	if (error) {
		err = parse_error(error, &list, val);
	} else {
		mutex_lock(&targets_lock);
		err = over ? -ENODEV : apply(&list);
		mutex_unlock(&targets_lock);
	}
	kfree(list.items);
	return err;
}

static int targets_get(char *buffer, const struct kernel_param *kp)
{
	const char *separator = "";
	struct target *t;
	int len = 0;

	mutex_lock(&targets_lock);
	list_for_each_entry(t, &targets, list) {
		len += scnprintf(buffer + len, PAGE_SIZE - len, "%s%d", separator, t->nr);
		separator = ",";
	}
	mutex_unlock(&targets_lock);
	len += scnprintf(buffer + len, PAGE_SIZE - len, "\n");
	return len;
}

int msc_targets_set_range(pid_t nr, struct msc_walk_range range)
{
	struct target *t;

	mutex_lock(&targets_lock);
	t = find_target(nr);
	if (t) {
		WRITE_ONCE(t->source.range.start, range.start);
		WRITE_ONCE(t->source.range.end, range.end);
	}
	mutex_unlock(&targets_lock);
	return t ? 0 : -ENOENT;
}

static bool is_limited(const struct target *t)
{
	return t->source.range.start || t->source.range.end != PAGE_MASK;
}

int msc_targets_get_ranges(char *buffer, int size)
{
	struct target *t;
	int len = 0;

	mutex_lock(&targets_lock);
	list_for_each_entry(t, &targets, list) {
		if (is_limited(t))
			len += scnprintf(buffer + len, size - len, "%d:%lx-%lx\n", t->nr,
					 t->source.range.start, t->source.range.end);
	}
	mutex_unlock(&targets_lock);
	return len;
}

/* Also for a load that fails after "targets" was read. */
static void targets_free(void *arg)
{
	msc_targets_exit();
}

const struct kernel_param_ops msc_targets_ops = {
	.set = targets_set,
	.get = targets_get,
	.free = targets_free,
};

void msc_targets_init(struct dentry *root)
{
	struct target *t;

	mutex_lock(&targets_lock);
	tree = root;
	list_for_each_entry(t, &targets, list)
		create_dir(t);
	mutex_unlock(&targets_lock);
}

void msc_targets_exit(void)
{
	mutex_lock(&targets_lock);
	drop_all(&targets);
	nr_targets = 0;
	tree = NULL;
	over = true;
	mutex_unlock(&targets_lock);
}

int msc_targets_show(struct seq_file *m, void *unused)
{
	struct task_struct *task;
	struct target *t;
	char comm[TASK_COMM_LEN];

	mutex_lock(&targets_lock);
	list_for_each_entry(t, &targets, list) {
		task = get_pid_task(t->source.pid, PIDTYPE_TGID);
		seq_printf(m, "target pid=%d", t->nr);
		if (is_limited(t))
			seq_printf(m, " range=%lx-%lx", t->source.range.start,
				   t->source.range.end);
		if (task) {
			get_task_comm(comm, task);
			seq_puts(m, " state=present comm=\"");
			/* As the reports do: a name is its process's own to choose. */
			seq_escape_mem(m, comm, strlen(comm),
				       ESCAPE_NP | ESCAPE_OCTAL | ESCAPE_APPEND, "\"\\");
			seq_puts(m, "\"\n");
			put_task_struct(task);
		} else {
			seq_puts(m, " state=exited\n");
		}
	}
	mutex_unlock(&targets_lock);
	return 0;
}
