// SPDX-License-Identifier: GPL-2.0
/*
 * A second opinion on a process's VMAs that shares nothing with the module: a task_vma iterator,
 * whose view of the kernel's structs comes from the running kernel's own BTF. Prints a line per VMA
 * of the process whose PID is in the map "wanted":
 *
 *	START END PGOFF ANON_PGOFF AVCS VMA ANON_VMA ROOT FILE UFFD
 *
 * in hex, the last five being addresses of objects (0: none) and AVCS at most MAX_AVCS. ANON_PGOFF
 * is ffffffffffffffff where the kernel keeps none.
 */
#include <linux/types.h>
#include <stdbool.h>

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#define MAX_AVCS 64

char _license[] SEC("license") = "GPL";

/* What is used of the kernel's structs; the loader finds the true offsets. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
	struct list_head *next;
};

struct anon_vma {
	struct anon_vma *root;
};

struct userfaultfd_ctx;

struct vm_userfaultfd_ctx {
	struct userfaultfd_ctx *ctx;
};

struct vm_area_struct {
	unsigned long vm_start, vm_end, vm_pgoff;
	unsigned int __vm_anon_pgoff_lo, __vm_anon_pgoff_hi;
	struct list_head anon_vma_chain;
	struct anon_vma *anon_vma;
	struct file *vm_file;
	struct vm_userfaultfd_ctx vm_userfaultfd_ctx;
};

struct task_struct {
	int pid, tgid;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task_vma {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	struct vm_area_struct *vma;
};

#pragma clang attribute pop

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} wanted SEC(".maps");

static __always_inline __u64 anon_pgoff(const struct vm_area_struct *vma)
{
	if (!bpf_core_field_exists(vma->__vm_anon_pgoff_lo))
		return ~0ULL;
	return ((__u64)BPF_CORE_READ(vma, __vm_anon_pgoff_hi) << 32) |
	       BPF_CORE_READ(vma, __vm_anon_pgoff_lo);
}

/* The length of anon_vma_chain. */
static __always_inline __u64 count_avcs(struct vm_area_struct *vma)
{
	struct list_head *head = __builtin_preserve_access_index(&vma->anon_vma_chain);
	struct list_head *p = BPF_CORE_READ(head, next);
	__u64 n;

	for (n = 0; n < MAX_AVCS && p != head; n++)
		p = BPF_CORE_READ(p, next);
	return n;
}

SEC("iter/task_vma")
int dump_vma(struct bpf_iter__task_vma *ctx)
{
	struct vm_area_struct *vma = ctx->vma;
	struct task_struct *task = ctx->task;
	__u32 zero = 0;
	__u32 *pid = bpf_map_lookup_elem(&wanted, &zero);
	static const char format[] =
		"%llx %llx %llx %llx %llx %llx %llx %llx %llx %llx\n";
	struct anon_vma *av;
	__u64 words[10];

	if (!vma || !task || !pid || task->tgid != *pid || task->pid != *pid)
		return 0;
	av = BPF_CORE_READ(vma, anon_vma);
	words[0] = BPF_CORE_READ(vma, vm_start);
	words[1] = BPF_CORE_READ(vma, vm_end);
	words[2] = BPF_CORE_READ(vma, vm_pgoff);
	words[3] = anon_pgoff(vma);
	words[4] = count_avcs(vma);
	words[5] = (__u64)vma;
	words[6] = (__u64)av;
	words[7] = av ? (__u64)BPF_CORE_READ(av, root) : 0;
	words[8] = (__u64)BPF_CORE_READ(vma, vm_file);
	words[9] = (__u64)BPF_CORE_READ(vma, vm_userfaultfd_ctx.ctx);
	bpf_seq_printf(ctx->meta->seq, format, sizeof(format), words, sizeof(words));
	return 0;
}
