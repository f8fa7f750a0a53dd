/* SPDX-License-Identifier: GPL-2.0 */
/* The agent's line protocol (see agent.c): lines and numbers in, answers out; no C library. */
#ifndef MSC_AGENT_TEXT_H
#define MSC_AGENT_TEXT_H

#define AGENT_MAX_LINE 16384
#define AGENT_MAX_WORDS 32

/* The words of the command at hand. */
extern char *agent_words[AGENT_MAX_WORDS];
extern int agent_nr_words;

static inline long agent_raw(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

_Noreturn void agent_leave(int status);

/* An answer: agent_put*() add to its line, agent_reply() ends and sends it. */
void agent_put(const char *text);
void agent_put_number(long value);	/* after a blank */
void agent_put_hex(const volatile unsigned char *bytes, long len);
void agent_reply(void);

/* "= VALUE", and "? WORD: WHAT". */
void agent_answer(long value);
void agent_complain(const char *what, const char *word);

int agent_same(const char *a, const char *b);

/* The value of a hex digit, of one below 10 for decimal; 99 if it is none. */
int agent_digit(char c);

/* Complains and returns 0 if @word is no number. */
int agent_number(const char *word, long *value);

/* Words from @first up to a "+" or the end, six at most, into @values: the index after, or -1. */
int agent_numbers(int first, long *values);

/* The next command into agent_words. Returns 0 at the end of the input. */
int agent_next(void);

/* Forget what was read ahead. */
void agent_drop_input(void);

#endif
