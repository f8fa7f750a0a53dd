// SPDX-License-Identifier: GPL-2.0
/* Each call of a scenario, as the agent is told it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenario_call.h"
#include "scenario_play.h"
#include "scenario_settings.h"

/* What older headers lack; the numbers are those of x86-64. */
#define PR_MERGE_ANY 67
#define PR_VMA 0x53564d41
#define PR_VMA_NAME 0
#define PR_MM 35
#define PR_MM_START_BRK 6
#define PR_MM_BRK 7
#define UFFD_API_VERSION 0xaaUL
#define UFFD_IOC_API 0xc018aa3fUL
#define UFFD_IOC_REGISTER 0xc020aa00UL
#define UFFD_IOC_UNREGISTER 0x8010aa01UL
#define UFFD_IOC_MOVE 0xc028aa05UL

/* Places in the agent's scratch memory. */
#define AT_TEXT 0
#define AT_WORDS 1024

/* struct step - one that is being played */
struct step {
	struct scn_player *player;
	const struct scn_line *line;
	struct scn_agent *agent;
	long value;		/* what the agent answered */
	char *got;		/* for a result that no number tells */
	unsigned long size;
};

static const struct scn_arg *arg(const struct step *step, unsigned int i)
{
	return &step->line->args[i];
}

static unsigned long start_of(const struct step *step, unsigned int i)
{
	return scn_address(arg(step, i)->range.first);
}

static unsigned long length_of(const struct step *step, unsigned int i)
{
	return arg(step, i)->range.pages << SCN_PAGE_SHIFT;
}

#define tell(step, ...) scn_agent_tell((step)->agent, &(step)->value, __VA_ARGS__)

static bool put_text(struct step *step, unsigned int i, long *address)
{
	const char *text = arg(step, i)->text;

	return scn_agent_put(step->agent, AT_TEXT, text, strlen(text) + 1, address);
}

/* A mapping must be where it was asked for: the kernel takes a hint if the place is free. */
static bool check_place(struct step *step)
{
	unsigned long expected = scn_address(step->line->region.first);

	if (step->value < 0 || (unsigned long)step->value == expected)
		return true;
	snprintf(step->got, step->size, "a mapping at %#lx", (unsigned long)step->value);
	return true;
}

static bool play_mmap(struct step *step)
{
	long fd = arg(step, 4)->given ? step->player->fds[arg(step, 4)->number] : -1;

	return tell(step, "call mmap %lu %lu %lu %lu %ld %lu", start_of(step, 0),
		    length_of(step, 1), arg(step, 2)->number, arg(step, 3)->number, fd,
		    length_of(step, 5)) &&
	       check_place(step);
}

static bool play_mremap(struct step *step)
{
	unsigned long flags = arg(step, 2)->given ? MREMAP_MAYMOVE | MREMAP_FIXED : 0;

	flags |= arg(step, 3)->number;
	return tell(step, "call mremap %lu %lu %lu %lu %lu", start_of(step, 0), length_of(step, 0),
		    length_of(step, 1), flags, start_of(step, 2)) &&
	       check_place(step);
}

static bool play_mbind(struct step *step)
{
	uint64_t nodes = 1ULL << arg(step, 2)->number;
	long mask = 0;

	if (arg(step, 2)->given &&
	    !scn_agent_put(step->agent, AT_WORDS, &nodes, sizeof(nodes), &mask))
		return false;
	return tell(step, "call mbind %lu %lu %lu %ld %d 0", start_of(step, 0), length_of(step, 0),
		    arg(step, 1)->number, mask, mask ? 64 : 0);
}

/* brk() answers with where the heap ends then, also if it does not move it. */
static bool play_brk(struct step *step)
{
	long end = (long)(scn_address(SCN_HEAP) + length_of(step, 0));

	if (!tell(step, "call brk %ld", end))
		return false;
	step->value = step->value == end ? 0 : -ENOMEM;
	return true;
}

static bool play_anon_name(struct step *step)
{
	long name = 0;

	if (arg(step, 1)->given && !put_text(step, 1, &name))
		return false;
	return tell(step, "call prctl %d %d %lu %lu %ld", PR_VMA, PR_VMA_NAME, start_of(step, 0),
		    length_of(step, 0), name);
}

/* Remember the descriptor in value, and give the file its size. */
static bool keep_fd(struct step *step, unsigned long length)
{
	long fd = step->value;

	if (fd < 0)
		return true;
	step->player->fds[step->line->object] = fd;
	step->value = 0;
	return !length || tell(step, "call ftruncate %ld %lu", fd, length);
}

static bool play_memfd(struct step *step)
{
	long name;

	return put_text(step, 0, &name) && tell(step, "call memfd_create %ld 0", name) &&
	       keep_fd(step, length_of(step, 1));
}

/* A name without a slash is a new file's, whose name goes as soon as it is open. */
static bool play_open(struct step *step)
{
	const char *name = arg(step, 0)->text;
	bool is_new = !strchr(name, '/'), good;
	char path[256];
	long address;

	snprintf(path, sizeof(path), "%s%s%s", is_new ? step->player->options->files : "",
		 is_new ? "/mergescope-" : "", name);
	good = scn_agent_put(step->agent, AT_TEXT, path, strlen(path) + 1, &address) &&
	       tell(step, "call open %ld %d %d", address,
		    is_new ? O_RDWR | O_CREAT | O_EXCL : O_RDONLY, 0600);
	if (good && is_new && step->value >= 0)
		unlink(path);
	return good && keep_fd(step, length_of(step, 1));
}

static bool uffd_ioctl(struct step *step, long fd, unsigned long request, const uint64_t *words,
		       unsigned int nr)
{
	long address;

	return scn_agent_put(step->agent, AT_WORDS, words, nr * sizeof(*words), &address) &&
	       tell(step, "call ioctl %ld %lu %ld", fd, request, address);
}

static bool play_uffd(struct step *step)
{
	const uint64_t api[3] = { UFFD_API_VERSION };

	if (!tell(step, "call userfaultfd 0"))
		return false;
	if (!keep_fd(step, 0) || step->value < 0)
		return step->value < 0;
	return uffd_ioctl(step, step->player->fds[step->line->object], UFFD_IOC_API, api, 3);
}

static bool play_uffd_range(struct step *step)
{
	const uint64_t words[5] = { start_of(step, 1), length_of(step, 1), arg(step, 2)->number };
	const uint64_t move[5] = { start_of(step, 2), start_of(step, 1), length_of(step, 1) };
	long fd = step->player->fds[arg(step, 0)->number];

	switch (step->line->call->id) {
	case SCN_UFFD_REGISTER:
		return uffd_ioctl(step, fd, UFFD_IOC_REGISTER, words, 4);
	case SCN_UFFD_UNREGISTER:
		return uffd_ioctl(step, fd, UFFD_IOC_UNREGISTER, words, 2);
	default:
		return uffd_ioctl(step, fd, UFFD_IOC_MOVE, move, 5);
	}
}

static bool play_access(struct step *step, const char *command)
{
	bool fills = step->line->call->id == SCN_FILL;
	char byte[8] = "";

	if (fills)
		snprintf(byte, sizeof(byte), " %u", (unsigned int)arg(step, 1)->number);
	if (!tell(step, "%s %lu %lu%s", command, start_of(step, 0), length_of(step, 0), byte))
		return false;
	if (step->value < 0)
		step->value = step->value == -EFAULT ? SIGSEGV : SIGBUS;
	return true;
}

static bool play_exit(struct step *step)
{
	struct scn_process *processes = step->player->processes;
	pid_t pid = step->agent->pid;
	unsigned int i;
	long unused;

	scn_target_remove(pid);
	if (!scn_agent_exit(step->agent))
		return false;
	/* Whoever forked it buries it; of the others wait4() just fails. */
	for (i = 0; i < SCN_MAX_PROCESSES; i++) {
		if (processes[i].agent.pid > 0)
			scn_agent_tell(&processes[i].agent, &unused, "call wait4 %d 0 0 0", pid);
	}
	step->value = 0;
	return true;
}

static bool play_clear_soft_dirty(struct step *step)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/clear_refs", step->agent->pid);
	step->value = scn_setting_write(path, "4");
	return true;
}

static bool play_ksm_setting(struct step *step)
{
	const struct scn_word *word = scn_word_of(&scn_ksm_settings, arg(step, 0)->number);
	char path[64], text[24];

	snprintf(path, sizeof(path), SCN_KSM "%s", word->name);
	snprintf(text, sizeof(text), "%lu", arg(step, 1)->number);
	step->value = scn_setting_write(path, text);
	return true;
}

bool scn_step_heap(struct scn_agent *agent)
{
	unsigned long heap = scn_address(SCN_HEAP);
	long value;

	/* The end first: the start may never lie behind it. */
	return scn_agent_tell(agent, &value, "call prctl %d %d %lu", PR_MM, PR_MM_BRK, heap) &&
	       !value &&
	       scn_agent_tell(agent, &value, "call prctl %d %d %lu", PR_MM, PR_MM_START_BRK,
			      heap) &&
	       !value;
}

bool scn_step_merge_any(struct scn_agent *agent)
{
	long value;

	return scn_agent_tell(agent, &value, "call prctl %d 1", PR_MERGE_ANY) && !value;
}

static bool play_exec(struct step *step)
{
	return tell(step, "exec") && (step->value || scn_step_heap(step->agent));
}

/* Calls that pass a range and at most a number on. */
static bool play_simple(struct step *step)
{
	const char *name = step->line->call->name;

	return tell(step, "call %s %lu %lu %lu", name, start_of(step, 0), length_of(step, 0),
		    arg(step, 1)->number);
}

static bool play_call(struct step *step)
{
	switch (step->line->call->id) {
	case SCN_MMAP:
		return play_mmap(step);
	case SCN_MREMAP:
		return play_mremap(step);
	case SCN_MBIND:
		return play_mbind(step);
	case SCN_BRK:
		return play_brk(step);
	case SCN_MERGE_ANY:
		return tell(step, "call prctl %d %lu", PR_MERGE_ANY, arg(step, 0)->number);
	case SCN_ANON_NAME:
		return play_anon_name(step);
	case SCN_MLOCKALL:
		return tell(step, "call mlockall %lu", arg(step, 0)->number);
	case SCN_MUNLOCKALL:
		return tell(step, "call munlockall");
	case SCN_MEMFD:
		return play_memfd(step);
	case SCN_OPEN:
		return play_open(step);
	case SCN_UFFD:
		return play_uffd(step);
	case SCN_UFFD_REGISTER:
	case SCN_UFFD_UNREGISTER:
	case SCN_UFFD_MOVE:
		return play_uffd_range(step);
	case SCN_TOUCH:
		return play_access(step, "stamp");
	case SCN_READ:
		return play_access(step, "read");
	case SCN_FILL:
		return play_access(step, "fill");
	case SCN_EXEC:
		return play_exec(step);
	case SCN_EXIT:
		return play_exit(step);
	case SCN_CLEAR_SOFT_DIRTY:
		return play_clear_soft_dirty(step);
	case SCN_KSM_SETTING:
		return play_ksm_setting(step);
	case SCN_MUNMAP:
	case SCN_MPROTECT:
	case SCN_MADVISE:
	case SCN_MLOCK:
	case SCN_MLOCK2:
	case SCN_MUNLOCK:
		return play_simple(step);
	}
	return false;
}

bool scn_step(struct scn_player *player, const struct scn_line *line, int *result, char *got,
	      unsigned long size)
{
	struct step step = {
		.player = player,
		.line = line,
		.agent = &player->processes[line->process].agent,
		.got = got,
		.size = size,
	};

	got[0] = 0;
	if (!play_call(&step))
		return false;
	/* What is no error and no signal is fine: an address, a descriptor, a count. */
	*result = 0;
	if (step.value < 0 && step.value > -4096)
		*result = (int)step.value;
	else if (step.value == SIGSEGV || step.value == SIGBUS)
		*result = line->call->id == SCN_TOUCH || line->call->id == SCN_READ ||
				  line->call->id == SCN_FILL ?
				  (int)step.value :
				  0;
	return true;
}
