// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common.h"

pid_t child;

void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	if (child > 0)
		kill(child, SIGKILL);
	exit(1);
}

char *map(char *at, unsigned long len, int prot)
{
	char *got = mmap(at, len, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (got == MAP_FAILED)
		die("mmap");
	return got;
}

void touch(char *at, unsigned long len)
{
	for (unsigned long i = 0; i < len; i += PAGE)
		at[i] = 1;
}

int open_in(const char *format, ...)
{
	char path[128];
	va_list args;
	int fd;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		die(path);
	return fd;
}

void read_all(int fd)
{
	static char buffer[1 << 20];
	ssize_t n;

	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		;
	if (n < 0)
		die("read");
	close(fd);
}

void write_number(const char *path, const char *format, long value)
{
	FILE *file = fopen(path, "w");

	if (!file || fprintf(file, format, value) < 0 || fclose(file))
		die(path);
}

double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

unsigned long start_child(unsigned long (*make)(void))
{
	unsigned long len;
	int ready[2];

	if (pipe(ready))
		die("pipe");
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		len = make();
		if (write(ready[1], &len, sizeof(len)) != sizeof(len))
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &len, sizeof(len)) != sizeof(len))
		die("the child");
	close(ready[0]);
	write_number(PARAMETERS "/targets", "+%ld", child);
	return len;
}

void stop_child(void)
{
	write_number(PARAMETERS "/targets", "-%ld", child);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}
