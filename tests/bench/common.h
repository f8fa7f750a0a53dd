/* SPDX-License-Identifier: GPL-2.0 */
/* What the benches have in common: a child that has the memory, and who looks at it. */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#include <sys/types.h>

#define PAGE 4096UL
/* Where the child's memory begins. */
#define BASE ((char *)0x100000000000)
#define DEBUGFS "/sys/kernel/debug/mergescope"
#define PARAMETERS "/sys/module/mergescope/parameters"

extern pid_t child;

/* Say what failed, with errno, and end; the child too. */
_Noreturn void die(const char *what);

/* Fresh anonymous memory at @at; a byte in each page. */
char *map(char *at, unsigned long len, int prot);
void touch(char *at, unsigned long len);

/* Open a file to read; read it to its end and close it. */
int open_in(const char *format, ...) __attribute__((format(printf, 1, 2)));
void read_all(int fd);

/* Write a number into a file of the kernel's. */
void write_number(const char *path, const char *format, long value);

double now_ms(void);

/* Start the child: it makes its memory, whose bytes are returned, sleeps, and is a target. */
unsigned long start_child(unsigned long (*make)(void));
void stop_child(void);

#endif
