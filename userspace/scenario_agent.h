/* SPDX-License-Identifier: GPL-2.0 */
/* The runner's side of the agent (agent.c): processes that do as they are told. */
#ifndef MSC_SCENARIO_AGENT_H
#define MSC_SCENARIO_AGENT_H

#include <stdbool.h>
#include <sys/types.h>

/* struct scn_agent - one process; zeroed before its first use */
struct scn_agent {
	pid_t pid;		/* 0: there is none */
	int to, from;		/* commands and answers */
	long scratch;		/* address of memory that is free for a command's own use */
	char trouble[128];	/* why it cannot be told anything any more */
};

/*
 * Start the agent at @path, its address space not randomised. It dies with the caller. Returns 0
 * or -ERRNO.
 */
int scn_agent_start(struct scn_agent *agent, const char *path);

/* Kill the agent, if there is one, and forget it. */
void scn_agent_stop(struct scn_agent *agent);

/* Fork it; @child is the new one. Returns 0, or -ERRNO of fork or of what was needed for it. */
int scn_agent_fork(struct scn_agent *agent, struct scn_agent *child);

/*
 * Tell it a command (agent.c has them), as printf(). False if it is gone, or did not understand:
 * @trouble says which. Else *@value is what it answered.
 */
bool scn_agent_tell(struct scn_agent *agent, long *value, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Copy @len bytes into its scratch memory at @offset; *@address is where they are then. */
bool scn_agent_put(struct scn_agent *agent, long offset, const void *data, unsigned long len,
		   long *address);

/* Let it leave by itself, and wait until it has. */
bool scn_agent_exit(struct scn_agent *agent);

#endif
