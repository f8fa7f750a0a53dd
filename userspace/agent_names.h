/* SPDX-License-Identifier: GPL-2.0 */
/* The system calls that the agent knows by name. X(name): SYS_name of <sys/syscall.h>. */
#ifndef MSC_AGENT_NAMES_H
#define MSC_AGENT_NAMES_H

#define MSC_AGENT_CALLS(X)                                                                      \
	X(brk) X(clone) X(close) X(dup2) X(execve) X(exit) X(fcntl) X(fork) X(ftruncate)        \
	X(getpid) X(getppid) X(ioctl) X(kill) X(madvise) X(mbind) X(memfd_create) X(mincore)    \
	X(mlock) X(mlock2) X(mlockall) X(mmap) X(mprotect) X(mremap) X(munlock) X(munlockall)   \
	X(munmap) X(open) X(pause) X(pipe2) X(pkey_alloc) X(pkey_mprotect) X(prctl) X(read)     \
	X(remap_file_pages) X(set_mempolicy) X(setsid) X(shmat) X(shmctl) X(shmdt) X(shmget)    \
	X(socket) X(unlink) X(unshare) X(userfaultfd) X(wait4) X(write)

#endif
