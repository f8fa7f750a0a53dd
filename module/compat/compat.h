/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything in which kernels differ. Nothing outside this folder tests a version, a MSC_HAVE_* or
 * a CONFIG_*; a call that goes through here says so by its name, msc_compat_*.
 *
 * The accessors of a VMA want mmap_lock held at least for reading; where one asks for less it says
 * so. Those of an mm read one word, and want a reference to it.
 */
#ifndef MSC_COMPAT_H
#define MSC_COMPAT_H

#include "msc_config.h"

#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/ksm.h>
#include <linux/lockdep.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/coredump.h>
#ifdef MSC_HAVE_TASK_EXEC_STATE
#include <linux/sched/exec_state.h>
#endif

/* mmap_assert_locked() of the VMA's mm, which since 6.12 costs something without lockdep, too. */
static inline void msc_compat_vma_assert_locked(const struct vm_area_struct *vma)
{
	lockdep_assert_held(&vma->vm_mm->mmap_lock);
}

/*
 * vm_flags, read once: VM_MAYBE_GUARD may be set under the read lock (7.x, VM_ATOMIC_SET_ALLOWED).
 * All bits of 7.x's vma_flags_t that are in use lie in its first word, which vm_flags overlays.
 */
static inline unsigned long msc_compat_vma_flags(const struct vm_area_struct *vma)
{
	msc_compat_vma_assert_locked(vma);
	return READ_ONCE(vma->vm_flags);
}

/* Does this kernel keep the offset of anonymous pages apart from vm_pgoff? (7.3) */
static inline bool msc_compat_has_anon_pgoff(void)
{
	return __is_defined(MSC_HAVE_VMA_ANON_PGOFF);
}

/*
 * That offset, in pages; 0 where there is none. The rwsem of the root of an anon_vma in whose tree
 * the VMA is will do.
 */
static inline pgoff_t msc_compat_vma_anon_pgoff(const struct vm_area_struct *vma)
{
#ifdef MSC_HAVE_VMA_ANON_PGOFF
	return vma_start_anon_pgoff(vma);
#else
	return 0;
#endif
}

/*
 * The page offset by which the reverse map of anonymous pages knows the start of @vma: the key of
 * the anon_vmas' interval trees and the origin of folio->index (mm/interval_tree.c,
 * linear_page_index()). Locks as above.
 */
static inline pgoff_t msc_compat_vma_rmap_pgoff(const struct vm_area_struct *vma)
{
	return msc_compat_has_anon_pgoff() ? msc_compat_vma_anon_pgoff(vma) : vma->vm_pgoff;
}

/*
 * Does the mm count its writers? If so msc_compat_mm_lock_seq(), read under mmap_read_lock, is the
 * same at two moments only if nobody held the lock for writing in between. (6.4, with
 * CONFIG_PER_VMA_LOCK)
 */
static inline bool msc_compat_has_mm_lock_seq(void)
{
	return __is_defined(MSC_HAVE_MM_LOCK_SEQCOUNT) || __is_defined(MSC_HAVE_MM_LOCK_SEQ_INT);
}

static inline unsigned int msc_compat_mm_lock_seq(const struct mm_struct *mm)
{
	lockdep_assert_held_read(&mm->mmap_lock);
#if defined(MSC_HAVE_MM_LOCK_SEQCOUNT)
	return READ_ONCE(mm->mm_lock_seq.sequence);
#elif defined(MSC_HAVE_MM_LOCK_SEQ_INT)
	return READ_ONCE(mm->mm_lock_seq);
#else
	return 0;
#endif
}

/*
 * Do others hold mmap_lock for reading beside the caller? kernel/locking/rwsem.c counts readers in
 * units of RWSEM_READER_BIAS, 1 << 8 from 6.1 to 7.3. With PREEMPT_RT it is another lock: maybe.
 * The caller holds it so.
 */
static inline bool msc_compat_mmap_lock_is_shared(const struct mm_struct *mm)
{
	lockdep_assert_held_read(&mm->mmap_lock);
#ifdef CONFIG_PREEMPT_RT
	return true;
#else
	return atomic_long_read(&mm->mmap_lock.count) >> 8 > 1;
#endif
}

/*
 * Has the caller CAP_SYS_PTRACE over the user namespace in which @task last called exec? The caller
 * holds exec_update_lock of @task, so that @mm is the one of that exec:
 * kernel/ptrace.c:__ptrace_may_access().
 */
static inline bool msc_compat_ptrace_capable(struct task_struct *task, const struct mm_struct *mm)
{
#ifdef MSC_HAVE_TASK_EXEC_STATE
	bool capable;

	rcu_read_lock();
	capable = ns_capable(rcu_dereference(task->exec_state)->user_ns, CAP_SYS_PTRACE);
	rcu_read_unlock();
	return capable;
#else
	return ns_capable(mm->user_ns, CAP_SYS_PTRACE);
#endif
}

/* MMF_VM_MERGEABLE: the mm has been entered with ksmd. */
static inline bool msc_compat_mm_mergeable(const struct mm_struct *mm)
{
#ifdef MSC_HAVE_MM_FLAGS_TEST
	return mm_flags_test(MMF_VM_MERGEABLE, mm);
#else
	return test_bit(MMF_VM_MERGEABLE, &mm->flags);
#endif
}

/* Is there PR_SET_MEMORY_MERGE? (6.4) */
static inline bool msc_compat_has_merge_any(void)
{
	return __is_defined(MSC_HAVE_MMF_VM_MERGE_ANY);
}

/* MMF_VM_MERGE_ANY: what PR_SET_MEMORY_MERGE set. */
static inline bool msc_compat_mm_merge_any(const struct mm_struct *mm)
{
#if !defined(MSC_HAVE_MMF_VM_MERGE_ANY)
	return false;
#elif defined(MSC_HAVE_MM_FLAGS_TEST)
	return mm_flags_test(MMF_VM_MERGE_ANY, mm);
#else
	return test_bit(MMF_VM_MERGE_ANY, &mm->flags);
#endif
}

/* What /proc/PID/ksm_stat shows: the mm's rmap_items, and those of them that are stable. */
static inline unsigned long msc_compat_mm_ksm_rmap_items(const struct mm_struct *mm)
{
	return READ_ONCE(mm->ksm_rmap_items);
}

static inline unsigned long msc_compat_mm_ksm_merging_pages(const struct mm_struct *mm)
{
	return READ_ONCE(mm->ksm_merging_pages);
}

/* Does the mm count the zero pages that KSM placed? (6.6; as of 6.11 there is a function for it) */
static inline bool msc_compat_has_ksm_zero_pages(void)
{
	return __is_defined(MSC_HAVE_MM_KSM_ZERO_PAGES);
}

static inline unsigned long msc_compat_mm_ksm_zero_pages(struct mm_struct *mm)
{
#ifdef MSC_HAVE_MM_KSM_ZERO_PAGES
	return mm_ksm_zero_pages(mm);
#else
	return 0;
#endif
}

/* The path that maps shows for @file: fs/proc/task_mmu.c:get_vma_name(). */
static inline const struct path *msc_compat_file_path(struct file *file)
{
#ifdef MSC_HAVE_FILE_USER_PATH
	return file_user_path(file);
#else
	return &file->f_path;
#endif
}

/*
 * Did @file take the place of the one that was mapped? (overlayfs, fuse passthrough; 6.5) Then it
 * says nothing of what the mapping's driver is.
 */
static inline bool msc_compat_file_is_backing(const struct file *file)
{
#ifdef MSC_HAVE_FILE_USER_PATH
	return file->f_mode & FMODE_BACKING;
#else
	return false;
#endif
}

/*
 * Has the driver of @file had its say before the merge attempt? mm/vma.c:can_set_ksm_flags_early(),
 * shmem aside. A backing file (overlayfs, fuse passthrough) took the place of one with the old
 * callback, after it.
 */
static inline bool msc_compat_file_flags_early(const struct file *file)
{
#ifdef MSC_HAVE_MMAP_PREPARE
	return file->f_op->mmap_prepare && !msc_compat_file_is_backing(file);
#else
	return false;
#endif
}

/* What names a VMA in maps: fs/proc/task_mmu.c:show_map_vma(). [heap] */
static inline bool msc_compat_vma_is_heap(const struct vm_area_struct *vma)
{
	msc_compat_vma_assert_locked(vma);
#ifdef MSC_HAVE_VMA_IS_INITIAL_HEAP
	return vma_is_initial_heap(vma);
#else
	return vma->vm_start <= vma->vm_mm->brk && vma->vm_end >= vma->vm_mm->start_brk;
#endif
}

/* [stack] */
static inline bool msc_compat_vma_is_stack(const struct vm_area_struct *vma)
{
	msc_compat_vma_assert_locked(vma);
	return vma->vm_start <= vma->vm_mm->start_stack && vma->vm_end >= vma->vm_mm->start_stack;
}

/*
 * The name that PR_SET_VMA_ANON_NAME gave, or NULL. anon_vma_name() is not exported. Before 6.2 the
 * field shares its place with the file mapping's tree node and counts only without a file
 * (mm/madvise.c).
 */
static inline const char *msc_compat_vma_anon_name(const struct vm_area_struct *vma)
{
	msc_compat_vma_assert_locked(vma);
#ifdef CONFIG_ANON_VMA_NAME
	if (vma->vm_file && offsetof(struct vm_area_struct, anon_name) ==
				    offsetof(struct vm_area_struct, shared))
		return NULL;
	return vma->anon_name ? vma->anon_name->name : NULL;
#else
	return NULL;
#endif
}

/* The userfaultfd that @vma is registered with, for its identity only. */
static inline const void *msc_compat_vma_uffd(const struct vm_area_struct *vma)
{
	msc_compat_vma_assert_locked(vma);
#ifdef CONFIG_USERFAULTFD
	return vma->vm_userfaultfd_ctx.ctx;
#else
	return NULL;
#endif
}

/*
 * Does @policy keep the node mask that the user gave, and is that compared? mm/mempolicy.c's
 * mpol_store_user_nodemask(): in 7.2 no longer with MPOL_F_NUMA_BALANCING alone.
 */
static inline bool msc_compat_policy_has_user_nodes(const struct mempolicy *policy)
{
#ifdef CONFIG_NUMA
#ifdef MPOL_USER_NODEMASK_FLAGS
	return policy->flags & MPOL_USER_NODEMASK_FLAGS;
#else
	return policy->flags & MPOL_MODE_FLAGS;
#endif
#else
	return false;
#endif
}

/*
 * Bytes that a VMA takes: from 6.4 to 6.14 its lock is an object of its own
 * (mm/vma_init.c, kernel/fork.c:vma_lock_alloc()).
 */
static inline size_t msc_compat_vma_bytes(void)
{
#ifdef MSC_HAVE_VMA_LOCK_OBJECT
	return sizeof(struct vm_area_struct) + sizeof(struct vma_lock);
#else
	return sizeof(struct vm_area_struct);
#endif
}

/* The memory policy of @vma itself: vma_policy(). */
static inline const struct mempolicy *msc_compat_vma_policy(const struct vm_area_struct *vma)
{
	msc_compat_vma_assert_locked(vma);
#ifdef CONFIG_NUMA
	return vma->vm_policy;
#else
	return NULL;
#endif
}

#endif
