// SPDX-License-Identifier: GPL-2.0
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/rmap.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "../compat/compat.h"
#include "facts.h"
#include "policy.h"
#include "vma.h"

/* "[anon_shmem:" and the 80 bytes of ANON_VMA_NAME_MAX_LEN */
#define ANON_NAME_MAX 100

/*
 * What may change under mmap_lock held for reading changes under page_table_lock. A fault may give
 * a VMA its anon_vma and link the one AVC (mm/rmap.c:__anon_vma_prepare()). Before 6.5 (6.1: before
 * 6.1.37) it may also let a stack grow (mm/mmap.c:expand_downwards()): then the start and the page
 * offset move together, and are read together. Everything else holds mmap_lock for writing.
 */
static void fill_anon_vma(struct msc_vma *to, struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	lockdep_assert_held(&vma->vm_mm->page_table_lock);
	to->avcs = 0;
	if (vma->anon_vma) {
		to->anon_vma = (uintptr_t)vma->anon_vma;
		to->anon_root = (uintptr_t)vma->anon_vma->root;
	}
	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
		to->avcs++;
}

static void fill_place(struct msc_vma *to, struct vm_area_struct *vma)
{
	lockdep_assert_held(&vma->vm_mm->page_table_lock);
	to->start = vma->vm_start;
	to->end = vma->vm_end;
	to->pgoff = vma->vm_pgoff;
	to->anon_pgoff = msc_compat_vma_anon_pgoff(vma);
}

/*
 * mm/shmem.c:shmem_file(), which is not exported in 6.1: devtmpfs has the same superblock type, and
 * what it holds besides regular files is no shmem. Nor is an overlay's file, wherever it lies.
 */
static bool is_shmem(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	return inode->i_sb->s_magic == TMPFS_MAGIC && S_ISREG(inode->i_mode) &&
	       !msc_compat_file_is_backing(file);
}

/*
 * The index of @vma's file, recorded when it is seen first: its path is worked out once per file.
 */
static msc_u32 file_index(struct msc_snapshot *s, struct vm_area_struct *vma, char *path_buf)
{
	struct file *file = vma->vm_file;
	struct msc_file record = { .cookie = (uintptr_t)file };
	msc_u32 known = msc_snapshot_find_file(s, record.cookie);
	const char *path;

	if (known)
		return known;
	path = d_path(msc_compat_file_path(file), path_buf, MSC_NAME_MAX);
	if (IS_ERR(path))
		record.path_cut = 1;
	else
		record.path = msc_snapshot_add_string(s, path, strlen(path));
	if (is_shmem(file))
		record.bits |= MSC_FILE_SHMEM;
	if (vma_is_dax(vma))
		record.bits |= MSC_FILE_DAX;
	if (msc_compat_file_flags_early(file))
		record.bits |= MSC_FILE_FLAGS_EARLY;
	return msc_snapshot_add_file(s, &record);
}

static enum msc_kind kind_of(const struct msc_snapshot *s, const struct msc_vma *to,
			     const struct vm_area_struct *vma)
{
	if (to->flags & MSC_VM(HT))
		return MSC_KIND_HUGETLB;
	if (!vma->vm_ops)
		return MSC_KIND_ANON;
	if (!to->file)
		return MSC_KIND_SPECIAL;
	if (s->files[to->file - 1].bits & MSC_FILE_SHMEM)
		return MSC_KIND_SHMEM;
	return to->flags & MSC_VM(MS) ? MSC_KIND_SHARED_FILE : MSC_KIND_PRIVATE_FILE;
}

static msc_u32 add_name(struct msc_snapshot *s, const char *name)
{
	return msc_snapshot_add_string(s, name, strlen(name));
}

/* What the user named it, in the form in which maps prints that. */
static msc_u32 anon_name(struct msc_snapshot *s, const struct vm_area_struct *vma)
{
	const char *name = msc_compat_vma_anon_name(vma);
	char text[ANON_NAME_MAX];

	if (!name)
		return 0;
	scnprintf(text, sizeof(text), vma->vm_file ? "[anon_shmem:%s]" : "[anon:%s]", name);
	return add_name(s, text);
}

/* The last column of maps, by fs/proc/task_mmu.c:get_vma_name(). */
static void fill_name(struct msc_snapshot *s, struct msc_vma *to, struct vm_area_struct *vma)
{
	const struct msc_file *file = to->file ? &s->files[to->file - 1] : NULL;
	const char *special = NULL;

	to->anon_name = anon_name(s, vma);
	if (file && !to->anon_name) {
		to->name = file->path;
		if (file->path_cut)
			to->bits |= MSC_VMA_NAME_CUT;
		return;
	}
	if (!file && vma->vm_ops && vma->vm_ops->name)
		special = vma->vm_ops->name(vma);
	if (!file && !special && msc_compat_vma_is_heap(vma))
		special = "[heap]";
	if (!file && !special && msc_compat_vma_is_stack(vma))
		special = "[stack]";
	to->name = special ? add_name(s, special) : to->anon_name;
}

void msc_walk_vma(struct msc_snapshot *s, struct vm_area_struct *vma, char *path_buf)
{
	const struct mempolicy *policy = msc_compat_vma_policy(vma);
	struct msc_vma *to = msc_snapshot_add_vma(s);
	struct msc_policy record;

	mmap_assert_locked(vma->vm_mm);
	to->self = (uintptr_t)vma;
	spin_lock(&vma->vm_mm->page_table_lock);
	fill_place(to, vma);
	fill_anon_vma(to, vma);
	spin_unlock(&vma->vm_mm->page_table_lock);
	to->flags = msc_facts_vmflags(msc_compat_vma_flags(vma), &to->other_flags);
	to->uffd = (uintptr_t)msc_compat_vma_uffd(vma);
	if (vma->vm_file)
		to->file = file_index(s, vma, path_buf);
	if (vma->vm_ops && vma->vm_ops->close)
		to->bits |= MSC_VMA_CLOSE;
	if (policy) {
		msc_walk_policy(&record, policy);
		to->policy = msc_snapshot_add_policy(s, &record);
	}
	to->kind = kind_of(s, to, vma);
	fill_name(s, to, vma);
}

void msc_walk_vma_anon(struct msc_snapshot *s, struct vm_area_struct *vma)
{
	spin_lock(&vma->vm_mm->page_table_lock);
	fill_anon_vma(&s->vmas[s->nr_vmas - 1], vma);
	spin_unlock(&vma->vm_mm->page_table_lock);
}
