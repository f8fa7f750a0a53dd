// SPDX-License-Identifier: GPL-2.0
/* 6.16: a driver may set up a VMA through f_op->mmap_prepare, before the merge attempt. */
#include <linux/fs.h>

bool msc_probe(const struct file *file);
bool msc_probe(const struct file *file)
{
	return file->f_op->mmap_prepare;
}
