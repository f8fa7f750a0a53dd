// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "scenario_agent.h"

/* Long enough for a step on an emulated machine that does much else. */
#define PATIENCE_MS 120000

/*
 * On one processor, whichever it is: what the kernel keeps for each (pages on their way to an LRU
 * list, say) is then where a system call of the agent's looks for it.
 */
static int stay_here(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

/* The child's side of scn_agent_start(). */
static _Noreturn void become_agent(const char *path, int in, int out)
{
	char *const args[] = { (char *)path, NULL };
	char *const environment[] = { NULL };

	/* A pipe's end must not lie where the other belongs, else dup2() would close it. */
	in = fcntl(in, F_DUPFD, 3);
	out = fcntl(out, F_DUPFD, 3);
	if (in < 0 || out < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) || stay_here() ||
	    personality(ADDR_NO_RANDOMIZE) < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 ||
	    close_range(3, ~0U, 0))
		_exit(126);
	execve(path, args, environment);
	_exit(127);
}

int scn_agent_start(struct scn_agent *agent, const char *path)
{
	int to[2], from[2];

	*agent = (struct scn_agent){ 0 };
	if (access(path, X_OK) || pipe2(to, O_CLOEXEC))
		return -errno;
	if (pipe2(from, O_CLOEXEC)) {
		close(to[0]);
		close(to[1]);
		return -ENFILE;
	}
	agent->pid = fork();
	if (!agent->pid)
		become_agent(path, to[0], from[1]);
	close(to[0]);
	close(from[1]);
	agent->to = to[1];
	agent->from = from[0];
	if (agent->pid < 0 || !scn_agent_tell(agent, &agent->scratch, "scratch")) {
		scn_agent_stop(agent);
		return -ECHILD;
	}
	return 0;
}

/*
 * Kill it and wait until its memory and its files are gone, also those of an agent's child, which
 * is not ours to reap: what it still maps would keep KSM's settings and file systems busy.
 */
static void end_process(pid_t pid)
{
	struct pollfd exited = { .fd = pidfd_open(pid, 0), .events = POLLIN };

	kill(pid, SIGKILL);
	if (exited.fd >= 0) {
		poll(&exited, 1, PATIENCE_MS);
		close(exited.fd);
	}
	waitpid(pid, NULL, 0);
}

void scn_agent_stop(struct scn_agent *agent)
{
	if (!agent->pid)
		return;
	close(agent->to);
	close(agent->from);
	if (agent->pid > 0)
		end_process(agent->pid);
	*agent = (struct scn_agent){ 0 };
}

static bool give_up(struct scn_agent *agent, const char *why)
{
	int status;

	snprintf(agent->trouble, sizeof(agent->trouble), "%s", why);
	if (waitpid(agent->pid, &status, WNOHANG) == agent->pid && WIFSIGNALED(status))
		snprintf(agent->trouble, sizeof(agent->trouble), "killed by SIG%s",
			 sigabbrev_np(WTERMSIG(status)));
	return false;
}

static bool send_line(struct scn_agent *agent, const char *line, size_t len)
{
	ssize_t sent;

	for (; len; line += sent, len -= (size_t)sent) {
		sent = write(agent->to, line, len);
		if (sent <= 0)
			return give_up(agent, "the agent is gone");
	}
	return true;
}

/* One line, without its end, into @line. */
static bool receive_line(struct scn_agent *agent, char *line, size_t size)
{
	struct pollfd poll_fd = { .fd = agent->from, .events = POLLIN };
	size_t len = 0;

	for (;;) {
		if (poll(&poll_fd, 1, PATIENCE_MS) <= 0)
			return give_up(agent, "the agent does not answer");
		if (read(agent->from, line + len, 1) != 1)
			return give_up(agent, "the agent is gone");
		if (line[len] == '\n')
			break;
		if (++len == size)
			return give_up(agent, "an answer without end");
	}
	line[len] = 0;
	return true;
}

bool scn_agent_tell(struct scn_agent *agent, long *value, const char *format, ...)
{
	char line[2048];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(line) - 1)
		return give_up(agent, "a command that is too long");
	strcpy(line + len, "\n");
	if (!send_line(agent, line, (size_t)len + 1) || !receive_line(agent, line, sizeof(line)))
		return false;
	if (line[0] != '=')
		return give_up(agent, line);
	*value = strtol(line + 1, NULL, 10);
	return true;
}

bool scn_agent_put(struct scn_agent *agent, long offset, const void *data, unsigned long len,
		   long *address)
{
	const unsigned char *bytes = data;
	char hex[1024] = "";
	unsigned long i;
	long unused;

	for (i = 0; i < len && 2 * i + 2 < sizeof(hex); i++)
		sprintf(hex + 2 * i, "%02x", bytes[i]);
	*address = agent->scratch + offset;
	return scn_agent_tell(agent, &unused, "poke %ld %s", *address, hex);
}

/* Both ends of the FIFOs that a fork talks through; opened in the order that neither waits. */
static int open_fifos(struct scn_agent *child, const char *in, const char *out)
{
	struct timespec pause = { .tv_nsec = 1000000 };
	int tries;

	child->from = open(out, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (child->from < 0)
		return -errno;
	/* ENXIO until the child has opened its end. */
	for (tries = 0; tries < PATIENCE_MS; tries++) {
		child->to = open(in, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		if (child->to >= 0)
			return fcntl(child->from, F_SETFL, 0) || fcntl(child->to, F_SETFL, 0) ?
				       -errno :
				       0;
		nanosleep(&pause, NULL);
	}
	return -ETIMEDOUT;
}

static int fork_with(struct scn_agent *agent, struct scn_agent *child, const char *in,
		     const char *out)
{
	long pid, own;
	int err;

	if (mkfifo(in, 0600) || mkfifo(out, 0600))
		return -errno;
	if (!scn_agent_tell(agent, &pid, "fork %s %s", in, out))
		return -ECHILD;
	if (pid < 0)
		return (int)pid;
	child->pid = (pid_t)pid;
	child->scratch = agent->scratch;
	err = open_fifos(child, in, out);
	if (err)
		return err;
	return scn_agent_tell(child, &own, "call getpid") && own == pid ? 0 : -ECHILD;
}

int scn_agent_fork(struct scn_agent *agent, struct scn_agent *child)
{
	char folder[] = "/tmp/mergescope-XXXXXX", in[40], out[40];
	int err;

	*child = (struct scn_agent){ .to = -1, .from = -1 };
	if (!mkdtemp(folder))
		return -errno;
	snprintf(in, sizeof(in), "%s/in", folder);
	snprintf(out, sizeof(out), "%s/out", folder);
	err = fork_with(agent, child, in, out);
	unlink(in);
	unlink(out);
	rmdir(folder);
	if (err)
		scn_agent_stop(child);
	return err;
}

bool scn_agent_exit(struct scn_agent *agent)
{
	struct pollfd poll_fd = { .fd = agent->from };
	char rest;

	if (!send_line(agent, "exit 0\n", 7))
		return false;
	/* Its end of the pipe is closed when it has gone. */
	if (poll(&poll_fd, 1, PATIENCE_MS) <= 0 || read(agent->from, &rest, 1) != 0)
		return give_up(agent, "the agent does not exit");
	scn_agent_stop(agent);
	return true;
}
