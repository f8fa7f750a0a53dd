// SPDX-License-Identifier: GPL-2.0
/*
 * A module that does wrong what a debug kernel watches for, one thing at a time, as its parameter
 * says; a kernel that keeps quiet about one of them is not the kernel it claims to be. It never
 * stays loaded.
 */
#include <linux/delay.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

static char *fault = "";
module_param(fault, charp, 0400);
MODULE_PARM_DESC(fault, "what to do wrong");

static DEFINE_SPINLOCK(spin);
static DEFINE_MUTEX(one);
static DEFINE_MUTEX(other);
static int __rcu *pointer;
/* What is behind the table is not out of bounds for KASAN, which reports no more than once. */
static struct {
	int table[4];
	int behind[4];
} row;

static void sleep_in_atomic(void)
{
	spin_lock(&spin);
	might_sleep();
	spin_unlock(&spin);
}

static void dereference_outside_rcu(void)
{
	WARN_ON(rcu_dereference(pointer));
}

static void assert_what_is_not_held(void)
{
	lockdep_assert_held(&one);
}

static void lock_both_ways(void)
{
	mutex_lock(&one);
	mutex_lock(&other);
	mutex_unlock(&other);
	mutex_unlock(&one);
	mutex_lock(&other);
	mutex_lock(&one);
	mutex_unlock(&one);
	mutex_unlock(&other);
}

static void on_time(struct timer_list *timer)
{
}

static void free_active_timer(void)
{
	struct timer_list *timer = kmalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, on_time, 0);
	mod_timer(timer, jiffies + 1000 * HZ);
	kfree(timer);
}

static void delete_twice(void)
{
	LIST_HEAD(head);
	struct list_head entry;

	list_add(&entry, &head);
	list_del(&entry);
	list_del(&entry);
}

static void shift_too_far(void)
{
	int bits = 40;

	OPTIMIZER_HIDE_VAR(bits);
	WRITE_ONCE(row.table[0], 1 << bits);
}

static void index_too_far(void)
{
	int index = ARRAY_SIZE(row.table);

	OPTIMIZER_HIDE_VAR(index);
	pr_info("%d\n", row.table[index]);
}

/* Of the last few, SLUB's sheaves (7.0) keep pointers, which kmemleak takes for references. */
static void lose_memory(void)
{
	void *lost;
	int i;

	for (i = 0; i < 500; i++) {
		lost = kmalloc(300, GFP_KERNEL);
		OPTIMIZER_HIDE_VAR(lost);
	}
}

static void read_freed(void)
{
	int *p = kmalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return;
	kfree(p);
	OPTIMIZER_HIDE_VAR(p);
	pr_info("%d\n", READ_ONCE(*p));
}

static const struct {
	const char *name;
	void (*run)(void);
} faults[] = {
	{ "atomic", sleep_in_atomic },
	{ "rcu", dereference_outside_rcu },
	{ "held", assert_what_is_not_held },
	{ "locks", lock_both_ways },
	{ "timer", free_active_timer },
	{ "list", delete_twice },
	{ "shift", shift_too_far },
	{ "index", index_too_far },
	{ "leak", lose_memory },
	{ "freed", read_freed },
};

static int __init broken_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (strcmp(fault, faults[i].name))
			continue;
		faults[i].run();
		return -EAGAIN;
	}
	return -EINVAL;
}
module_init(broken_init);

MODULE_DESCRIPTION("Faults for a debug kernel to find");
MODULE_LICENSE("GPL");
