// SPDX-License-Identifier: GPL-2.0
/*
 * mergescope-agent: a process whose memory nothing changes but the commands it is given.
 *
 * Linked without a C library, whose start would make a heap, and register an area in it (rseq)
 * that the kernel writes when it moves the process to another processor. All it needs is in .bss,
 * and every system call is raw: nothing is mapped, written or locked behind a test's back.
 * Commands come in on descriptor 0, a line each; every command is answered on descriptor 1 by
 * exactly one line:
 *
 *	= VALUE ...	it was done; VALUE is what the system call returned, also if that is -ERRNO
 *	? TEXT		the command was not understood, and nothing was done
 *
 * Numbers are decimal, hex with 0x, or negative decimal. The commands:
 *
 *	call NR A0..A5		a system call by name or number; up to six arguments, the rest 0
 *	repeat N NR A0..A5 + S0..S5
 *				the same N times; after each, Si is added to Ai. Stops at the first
 *				error: "= -ERRNO I" with the index of that call, else "= VALUE N"
 *	touch ADDR LEN		write a byte into each page, the same into all
 *	stamp ADDR LEN		write its address into each page: no two are equal
 *	fill ADDR LEN BYTE	write all of each page
 *	read ADDR LEN		read a byte of each page
 *	poke ADDR HEX		write bytes
 *	peek ADDR LEN		"= HEX"
 *	scratch			address and length of memory free for a test's own use
 *	fork IN OUT		fork; the child takes commands from FIFO IN and answers to FIFO
 *				OUT, and may fork on. "= PID" comes from the parent alone
 *	thread pause		a thread that sleeps; "= TID"
 *	thread map ADDR		a thread that maps and unmaps a page at ADDR for ever
 *	exec			execute the agent again; "= 0" comes from the new one
 *	exit N			leave at once, without an answer
 *
 * An access that ends with SIGSEGV is answered by "= -14" (EFAULT), with SIGBUS by "= -5" (EIO).
 * End of input ends the agent.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "agent_names.h"
#include "agent_text.h"

#define PAGE 4096UL
#define MAX_THREADS 8
#define STACK_SIZE 4096
#define EIO 5
#define EFAULT 14
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* A command's words: WORD(0) is its name. */
#define WORD(i) (agent_words[i])

struct call {
	long nr;
	long args[6];
};

static _Alignas(16) char stacks[MAX_THREADS][STACK_SIZE];
static int nr_threads;
static _Alignas(4096) char scratch[16 * 4096];

static long do_call(const struct call *c)
{
	const long *a = c->args;

	return agent_raw(c->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static int call_number(const char *word, long *nr)
{
	static const struct {
		const char *name;
		long nr;
	} calls[] = {
#define NAME(name) { #name, SYS_##name },
		MSC_AGENT_CALLS(NAME)
#undef NAME
	};
	unsigned long i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		if (agent_same(word, calls[i].name)) {
			*nr = calls[i].nr;
			return 1;
		}
	}
	return agent_number(word, nr);
}

static void do_one(void)
{
	struct call c;

	if (call_number(WORD(1), &c.nr) && agent_numbers(2, c.args) >= 0)
		agent_answer(do_call(&c));
}

static void do_repeat(void)
{
	long count, i, ret = 0, steps[6];
	struct call c;
	int plus;

	if (!agent_number(WORD(1), &count) || !call_number(WORD(2), &c.nr))
		return;
	plus = agent_numbers(3, c.args);
	if (plus < 0 || agent_numbers(plus + 1, steps) < 0)
		return;
	for (i = 0; i < count; i++) {
		ret = do_call(&c);
		if (ret < 0 && ret > -4096)
			break;
		for (int a = 0; a < 6; a++)
			c.args[a] += steps[a];
	}
	agent_put("=");
	agent_put_number(ret);
	agent_put_number(i);
	agent_reply();
}

static void touch_page(char *page, long unused)
{
	(void)unused;
	*(volatile char *)page = 1;
}

static void stamp_page(char *page, long unused)
{
	(void)unused;
	*(char *volatile *)page = page;
}

static void fill_page(char *page, long byte)
{
	volatile char *p;

	for (p = page; p < page + PAGE; p++)
		*p = (char)byte;
}

static void read_page(char *page, long unused)
{
	(void)unused;
	(void)*(volatile char *)page;
}

/* Where an access that faults goes on; only the one thread that takes commands accesses. */
static void *after_fault[5];
static int fault_signal;
static volatile int accessing;

/* At any other time it is the end, as it would be of any process. */
static void on_fault(int signal)
{
	if (!accessing)
		agent_leave(128 + signal);
	fault_signal = signal;
	__builtin_longjmp(after_fault, 1);
}

/* For both signals; nothing returns from the handler, so that nothing need restore. */
static void catch_faults(void)
{
	const struct {
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(int);
		unsigned long mask;
	} action = { on_fault, SA_NODEFER | 0x04000000 /* SA_RESTORER */, on_fault, 0 };

	agent_raw(SYS_rt_sigaction, SIGSEGV, (long)&action, 0, sizeof(action.mask), 0, 0);
	agent_raw(SYS_rt_sigaction, SIGBUS, (long)&action, 0, sizeof(action.mask), 0, 0);
}

static void access_pages(void (*access)(char *page, long value))
{
	long addr, len, value = 0;
	char *page;

	if (!agent_number(WORD(1), &addr) || !agent_number(WORD(2), &len) ||
	    (agent_nr_words > 3 && !agent_number(WORD(3), &value)))
		return;
	if (__builtin_setjmp(after_fault)) {
		accessing = 0;
		agent_answer(fault_signal == SIGSEGV ? -EFAULT : -EIO);
		return;
	}
	accessing = 1;
	for (page = (char *)addr; page < (char *)(addr + len); page += PAGE)
		access(page, value);
	accessing = 0;
	agent_answer(0);
}

static void do_touch(void)
{
	access_pages(touch_page);
}

static void do_stamp(void)
{
	access_pages(stamp_page);
}

static void do_fill(void)
{
	access_pages(fill_page);
}

static void do_read(void)
{
	access_pages(read_page);
}

static void do_poke(void)
{
	const char *hex = WORD(2);
	volatile char *p;
	long addr;

	if (!agent_number(WORD(1), &addr))
		return;
	for (p = (volatile char *)addr; hex[0]; hex += 2, p++) {
		if (agent_digit(hex[0]) > 15 || agent_digit(hex[1]) > 15) {
			agent_complain("not hex, expected two digits for each byte", WORD(2));
			return;
		}
		*p = (char)(agent_digit(hex[0]) * 16 + agent_digit(hex[1]));
	}
	agent_answer(hex - WORD(2) > 0 ? (hex - WORD(2)) / 2 : 0);
}

static void do_peek(void)
{
	long addr, len;

	if (!agent_number(WORD(1), &addr) || !agent_number(WORD(2), &len))
		return;
	if (len < 0 || len > AGENT_MAX_LINE / 2) {
		agent_complain("a length that no answer can hold", WORD(2));
		return;
	}
	agent_put("= ");
	agent_put_hex((const volatile unsigned char *)addr, len);
	agent_reply();
}

static void do_scratch(void)
{
	agent_put("=");
	agent_put_number((long)scratch);
	agent_put_number(sizeof(scratch));
	agent_reply();
}

/* In the child: what is open under @path becomes descriptor @fd. */
static void redirect(const char *path, int flags, int fd)
{
	long opened = agent_raw(SYS_open, (long)path, flags, 0, 0, 0, 0);

	if (opened < 0)
		agent_leave(3);
	agent_raw(SYS_dup2, opened, fd, 0, 0, 0, 0);
	agent_raw(SYS_close, opened, 0, 0, 0, 0, 0);
}

static void do_fork(void)
{
	long pid = agent_raw(SYS_fork, 0, 0, 0, 0, 0, 0);

	if (pid) {
		agent_answer(pid);
		return;
	}
	/* What the parent was sent beyond this line is not the child's. */
	agent_drop_input();
	redirect(WORD(1), O_RDONLY, 0);
	redirect(WORD(2), O_WRONLY, 1);
	nr_threads = 0;
}

static _Noreturn void thread_pause(long unused)
{
	(void)unused;
	for (;;)
		agent_raw(SYS_pause, 0, 0, 0, 0, 0, 0);
}

static _Noreturn void thread_map(long addr)
{
	for (;;) {
		agent_raw(SYS_mmap, addr, PAGE, PROT_READ,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		agent_raw(SYS_munmap, addr, PAGE, 0, 0, 0, 0);
	}
}

/* clone(2) by hand: the thread starts on its own stack with @run(@arg), and never returns. */
static long start_thread(char *stack_top, void (*run)(long), long arg)
{
	const long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;
	long ret;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "mov %[arg], %%rdi\n\t"
			 "call *%[run]\n\t"
			 "1:"
			 : "=a"(ret)
			 : "a"(SYS_clone), "D"(flags), "S"(stack_top), "d"(0), "r"(r10), "r"(r8),
			   [run] "r"(run), [arg] "r"(arg)
			 : "rcx", "r11", "memory");
	return ret;
}

static void do_thread(void)
{
	int pause = agent_same(WORD(1), "pause");
	long addr = 0, tid;

	if (!pause && !(agent_same(WORD(1), "map") && agent_nr_words == 3)) {
		agent_complain("unknown, expected pause or map ADDR", WORD(1));
		return;
	}
	if (!pause && !agent_number(WORD(2), &addr))
		return;
	if (nr_threads == MAX_THREADS) {
		agent_complain("no stack left for another", WORD(0));
		return;
	}
	tid = start_thread(stacks[nr_threads] + STACK_SIZE, pause ? thread_pause : thread_map,
			   addr);
	if (tid > 0)
		nr_threads++;
	agent_answer(tid);
}

static char *own_path;

static void do_exec(void)
{
	char *const args[] = { own_path, "again", 0 };

	agent_answer(agent_raw(SYS_execve, (long)own_path, (long)args, (long)(args + 2), 0, 0, 0));
}

static void do_exit(void)
{
	long status;

	if (agent_number(WORD(1), &status))
		agent_leave((int)status);
}

static const struct command {
	const char *name;
	int min_words, max_words;
	void (*run)(void);
} commands[] = {
	{ "call", 2, 8, do_one },
	{ "repeat", 3, 16, do_repeat },
	{ "touch", 3, 3, do_touch },
	{ "stamp", 3, 3, do_stamp },
	{ "fill", 4, 4, do_fill },
	{ "read", 3, 3, do_read },
	{ "poke", 3, 3, do_poke },
	{ "peek", 3, 3, do_peek },
	{ "scratch", 1, 1, do_scratch },
	{ "fork", 3, 3, do_fork },
	{ "thread", 2, 3, do_thread },
	{ "exec", 1, 1, do_exec },
	{ "exit", 2, 2, do_exit },
};

static void run_command(void)
{
	unsigned long i;

	if (!agent_nr_words) {
		agent_complain("empty, expected a command", "line");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!agent_same(WORD(0), commands[i].name))
			continue;
		if (agent_nr_words < commands[i].min_words ||
		    agent_nr_words > commands[i].max_words)
			agent_complain("wrong number of words, see the top of agent.c", WORD(0));
		else
			commands[i].run();
		return;
	}
	agent_complain("no such command", WORD(0));
}

/* Where the kernel starts it: with its stack as the ABI says, argc and then argv[]. */
__asm__(".globl _start\n"
	"_start:\n\t"
	"xor %ebp, %ebp\n\t"
	"mov %rsp, %rdi\n\t"
	"call agent_main\n");

_Noreturn void agent_main(const long *stack);

_Noreturn void agent_main(const long *stack)
{
	own_path = (char *)stack[1];
	catch_faults();
	if (stack[0] > 1)
		agent_answer(0);
	while (agent_next())
		run_command();
	agent_leave(0);
}
