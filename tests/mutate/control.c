// SPDX-License-Identifier: GPL-2.0
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "control.h"
#include "mutation.h"
#include "rmap_item.h"

#define MAX_COMMAND 128
#define MAX_WORDS 4

static const struct mutate_kind *const tables[] = {
	mutate_vma_kinds, mutate_anon_kinds, mutate_folio_kinds, mutate_pte_kinds,
	mutate_entry_kinds, mutate_ksm_kinds,
};

static struct dentry *folder;

static const struct mutate_kind *find_kind(const char *name)
{
	const struct mutate_kind *kind;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		for (kind = tables[i]; kind->name; kind++) {
			if (!strcmp(kind->name, name))
				return kind;
		}
	}
	return NULL;
}

static int split(char *text, char **words)
{
	char *word;
	int nr = 0;

	while ((word = strsep(&text, " \n"))) {
		if (!*word)
			continue;
		if (nr == MAX_WORDS)
			return -E2BIG;
		words[nr++] = word;
	}
	return nr;
}

static int mutate(char **words, int nr)
{
	const struct mutate_kind *kind = find_kind(words[0]);
	bool pin = nr == MAX_WORDS - 1 && !strcmp(words[0], "pin");
	unsigned long addr, other = 0;
	int err, pid;

	if (!kind && !pin)
		return -ENOENT;
	err = kstrtoint(words[1], 0, &pid);
	if (!err)
		err = kstrtoul(words[2], 0, &addr);
	if (!err && nr == MAX_WORDS)
		err = kstrtoul(words[3], 0, &other);
	if (err)
		return err;
	return pin ? mutate_pin(pid, addr) : mutate_apply(kind, pid, addr, other);
}

/* hold [PID]: ksm_thread_mutex, or the mmap_lock of a process. */
static int hold(char **words, int nr)
{
	int pid, err;

	if (nr == 1)
		return mutate_hold_ksm();
	err = kstrtoint(words[1], 0, &pid);
	return err ? err : mutate_hold_mm(pid);
}

static int command(char *text)
{
	char *words[MAX_WORDS];
	int nr = split(text, words);

	if (nr == 1 && !strcmp(words[0], "undo"))
		return mutate_undo();
	if (nr == 1 && !strcmp(words[0], "unpin")) {
		mutate_unpin();
		return 0;
	}
	if ((nr == 1 || nr == 2) && !strcmp(words[0], "hold"))
		return hold(words, nr);
	if (nr == 1 && !strcmp(words[0], "release")) {
		mutate_release();
		return 0;
	}
	if (nr == MAX_WORDS - 1 || nr == MAX_WORDS)
		return mutate(words, nr);
	return nr < 0 ? nr : -EINVAL;
}

static ssize_t control_write(struct file *file, const char __user *from, size_t count,
			     loff_t *offset)
{
	char text[MAX_COMMAND];
	int err;

	if (count >= sizeof(text))
		return -E2BIG;
	if (copy_from_user(text, from, count))
		return -EFAULT;
	text[count] = '\0';
	err = command(text);
	return err ? err : count;
}

static int control_show(struct seq_file *seq, void *unused)
{
	const struct mutate_kind *kind = mutate_current();

	seq_printf(seq, "%s%s\n", kind ? kind->name : "none",
		   mutate_is_holding() ? " holding" : "");
	return 0;
}

static int control_open(struct inode *inode, struct file *file)
{
	return single_open(file, control_show, NULL);
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.open = control_open,
	.read = seq_read,
	.write = control_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int kinds_show(struct seq_file *seq, void *unused)
{
	const struct mutate_kind *kind;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		for (kind = tables[i]; kind->name; kind++)
			seq_printf(seq, "%s%s\n", kind->name,
				   kind->needs & MUTATE_OTHER ? " other" : "");
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(kinds);

int mutate_control_init(void)
{
	folder = debugfs_create_dir("mergescope_mutate", NULL);
	if (IS_ERR(folder))
		return PTR_ERR(folder);
	debugfs_create_file("control", 0600, folder, NULL, &control_fops);
	debugfs_create_file("kinds", 0400, folder, NULL, &kinds_fops);
	return 0;
}

void mutate_control_exit(void)
{
	debugfs_remove_recursive(folder);
}
