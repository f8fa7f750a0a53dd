// SPDX-License-Identifier: GPL-2.0
#include <linux/capability.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../core/report.h"
#include "../core/whatif.h"
#include "../walk/alloc.h"
#include "../walk/snapshot.h"
#include "files.h"
#include "settings.h"

/* struct seq_sink - report text into a seq_file */
struct seq_sink {
	struct msc_sink sink;
	struct seq_file *m;
};

/* A report comes in pieces of a few bytes: most fit; seq_write() is for the one that may not. */
static void seq_sink_write(struct msc_sink *sink, const char *text, msc_size len)
{
	struct seq_file *m = container_of(sink, struct seq_sink, sink)->m;

	if (m->size - m->count > len) {
		memcpy(m->buf + m->count, text, len);
		m->count += len;
	} else {
		seq_write(m, text, len);
	}
}

/*
 * A report's parts are the seq_file's elements; the position counts them, and is the element too.
 */
static void *part_start(struct seq_file *m, loff_t *pos)
{
	return *pos < msc_report_parts(m->private) ? pos : NULL;
}

static void *part_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return part_start(m, pos);
}

static void part_stop(struct seq_file *m, void *v)
{
}

static int part_show(struct seq_file *m, void *v)
{
	struct seq_sink to = { .sink.write = seq_sink_write, .m = m };

	msc_report_part(&to.sink, m->private, *(loff_t *)v);
	/* A rule is one part, and looks at all that was recorded. */
	cond_resched();
	return 0;
}

static const struct seq_operations report_seq_ops = {
	.start = part_start,
	.next = part_next,
	.stop = part_stop,
	.show = part_show,
};

static void free_snapshot(struct msc_snapshot *s)
{
	msc_snapshot_free(s);
	kfree(s);
}

/* Takes the snapshot; all that reads of the file see is this one. */
static int open_sections(struct inode *inode, struct file *file, u32 shown)
{
	const struct msc_source *source = inode->i_private;
	struct msc_walk_options options = {
		.hold_us = READ_ONCE(msc_hold_us),
		.range.start = READ_ONCE(source->range.start),
		.range.end = READ_ONCE(source->range.end),
		.deep = READ_ONCE(msc_deep),
		.pointers = READ_ONCE(msc_pointers) && capable(CAP_SYSLOG),
	};
	struct msc_snapshot *s = kmalloc(sizeof(*s), GFP_KERNEL);
	int err;

	if (!s)
		return -ENOMEM;
	msc_snapshot_init(s, &msc_walk_alloc, shown);
	err = msc_walk_snapshot(s, source->pid ?: task_tgid(current), &options);
	if (!err && (shown & MSC_SECTION_WHATIF) && msc_whatif_work_out(s))
		err = -ENOMEM;
	if (!err)
		err = seq_open(file, &report_seq_ops);
	if (err) {
		free_snapshot(s);
		return err;
	}
	((struct seq_file *)file->private_data)->private = s;
	return 0;
}

static int report_release(struct inode *inode, struct file *file)
{
	free_snapshot(((struct seq_file *)file->private_data)->private);
	return seq_release(inode, file);
}

/* A file for each set of sections. */
#define MSC_REPORT_FILE(name, shown)                                             \
	static int name##_open(struct inode *inode, struct file *file)           \
	{                                                                        \
		return open_sections(inode, file, shown);                          \
	}                                                                        \
	static const struct file_operations name##_fops = {                      \
		.owner = THIS_MODULE,                                            \
		.open = name##_open,                                             \
		.read = seq_read,                                                \
		.llseek = seq_lseek,                                             \
		.release = report_release,                                       \
	}

MSC_REPORT_FILE(report, MSC_SECTION_ALL);
MSC_REPORT_FILE(vmas, MSC_SECTION_VMAS);
MSC_REPORT_FILE(anon_vmas, MSC_SECTION_ANON_VMAS);
MSC_REPORT_FILE(folios, MSC_SECTION_FOLIOS);
MSC_REPORT_FILE(ksm, MSC_SECTION_KSM);
MSC_REPORT_FILE(check, MSC_SECTION_CHECK);
MSC_REPORT_FILE(whatif, MSC_SECTION_WHATIF);

void msc_files_create(struct dentry *dir, const struct msc_source *source)
{
	debugfs_create_file("report", 0400, dir, (void *)source, &report_fops);
	debugfs_create_file("vmas", 0400, dir, (void *)source, &vmas_fops);
	debugfs_create_file("anon_vmas", 0400, dir, (void *)source, &anon_vmas_fops);
	debugfs_create_file("folios", 0400, dir, (void *)source, &folios_fops);
	debugfs_create_file("ksm", 0400, dir, (void *)source, &ksm_fops);
	debugfs_create_file("check", 0400, dir, (void *)source, &check_fops);
	debugfs_create_file("whatif", 0400, dir, (void *)source, &whatif_fops);
}
