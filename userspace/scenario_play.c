// SPDX-License-Identifier: GPL-2.0
/* The lines of a scenario, one after the other. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "emit_c.h"
#include "reader.h"
#include "scenario_call.h"
#include "scenario_machine.h"
#include "scenario_play.h"
#include "scenario_settings.h"

/* Of the explanations of what is true instead. */
#define GOT_MAX 256

/* Once for each step: what the last one has done to the arena. */
static void draw_step(struct scn_player *player, const struct scn_line *line)
{
	const struct scn_process *process = &player->processes[line->process];

	if (player->drawn == player->step)
		return;
	player->drawn = player->step;
	if (process->before.nr_vmas) {
		fprintf(player->out, "#   before\n");
		scn_draw(player->out, player->scenario, line->process, line->line - 1,
			 &process->before);
	}
	if (process->now.nr_vmas) {
		fprintf(player->out, "#   after\n");
		scn_draw(player->out, player->scenario, line->process, line->line, &process->now);
	}
}

void scn_failed(struct scn_player *player, const struct scn_line *line, const char *expected,
		const char *got)
{
	player->failures++;
	fprintf(player->out, "# %s:%d: expected %s, got %s\n", player->file, line->line, expected,
		got);
	draw_step(player, line);
}

/* Make it a target, and take the report that its counters are counted from. */
static bool begin_process(struct scn_player *player, struct scn_process *process,
			  const struct scn_line *line)
{
	int err = scn_target_add(process->agent.pid);

	if (err) {
		scn_failed(player, line, "a new target of the module", strerror(-err));
		return false;
	}
	return scn_report_take(player, process, line);
}

static void end_process(struct scn_process *process)
{
	if (process->agent.pid > 0) {
		scn_target_remove(process->agent.pid);
		scn_agent_stop(&process->agent);
	}
	msc_snapshot_free(&process->now);
	msc_snapshot_free(&process->before);
}

/* Rules that the expectations behind @line, the last step, say are broken in process @index. */
static uint64_t allowed_after(const struct scn_player *player, const struct scn_line *line,
			      unsigned int index)
{
	const struct scn_line *end = player->scenario->lines + player->scenario->nr_lines;
	uint64_t allowed = 0;
	char why[GOT_MAX];

	for (line++; line < end; line++) {
		if (!scn_guards_hold(&line->guards, player->variant, why, sizeof(why)))
			continue;
		if (scn_is_step(line))
			break;
		if (line->kind == SCN_EXPECT && line->condition.kind == SCN_VIOLATES &&
		    line->process == index)
			allowed |= 1ULL << line->condition.rule;
	}
	return allowed;
}

/* After a step: the report of one process, unless it was taken, and the invariants. */
static bool look(struct scn_player *player, unsigned int index, const struct scn_line *line)
{
	struct scn_process *process = &player->processes[index];

	if (process->taken != player->step && !scn_report_take(player, process, line))
		return false;
	scn_report_check(player, process, line, allowed_after(player, line, index));
	return scn_report_keep(player, process, line);
}

/* What one process does, others may see: pages that a fork shares, and what KSM makes of them. */
static bool look_at_all(struct scn_player *player, const struct scn_line *line)
{
	unsigned int i;

	for (i = 0; i < player->scenario->nr_processes; i++) {
		if (player->processes[i].agent.pid > 0 && !look(player, i, line))
			return false;
	}
	return true;
}

/* A copy may see what was done just now as well as any other process; and what was wrong stays. */
static bool look_at_copy(struct scn_player *player, const struct scn_line *line)
{
	if (player->copy.agent.pid <= 0)
		return true;
	if (!scn_report_take(player, &player->copy, line))
		return false;
	scn_report_check(player, &player->copy, line,
			 player->copy_allowed | allowed_after(player, line, player->copy_of));
	return true;
}

/* Variant fork: after each step there is a fork of who played it, until the next has been. */
static bool make_copy(struct scn_player *player, const struct scn_line *line)
{
	struct scn_process *process = &player->processes[line->process];
	int err;

	if (strcmp(player->variant, "fork") != 0)
		return true;
	if (!look_at_copy(player, line))
		return false;
	end_process(&player->copy);
	if (process->agent.pid <= 0)
		return true;
	err = scn_agent_fork(&process->agent, &player->copy.agent);
	if (err) {
		scn_failed(player, line, "a fork for the variant", strerror(-err));
		return false;
	}
	if (!begin_process(player, &player->copy, line))
		return false;
	player->copy_of = line->process;
	player->copy_allowed = allowed_after(player, line, line->process);
	scn_report_check(player, &player->copy, line, player->copy_allowed);
	return true;
}

static bool play_call(struct scn_player *player, const struct scn_line *line)
{
	struct scn_process *process = &player->processes[line->process];
	char got[GOT_MAX];
	int result;

	player->step++;
	if (!scn_step(player, line, &result, got, sizeof(got))) {
		scn_failed(player, line, line->text, process->agent.trouble);
		return false;
	}
	if (line->call->id == SCN_EXIT)
		return look_at_all(player, line);
	if (!scn_report_take(player, process, line))
		return false;
	if (result != line->result || got[0]) {
		scn_failed(player, line, scn_result_name(line->result),
			   got[0] ? got : scn_result_name(result));
		return false;
	}
	return look_at_all(player, line);
}

static bool play_fork(struct scn_player *player, const struct scn_line *line)
{
	struct scn_process *parent = &player->processes[line->process];
	struct scn_process *child = &player->processes[line->child];
	int err;

	player->step++;
	err = scn_agent_fork(&parent->agent, &child->agent);
	if (err) {
		scn_failed(player, line, line->text, strerror(-err));
		return false;
	}
	child->first = parent->first;
	return begin_process(player, child, line) && look_at_all(player, line);
}

static struct scn_view view_of(const struct scn_player *player, const struct scn_line *line)
{
	const struct scn_process *process = &player->processes[line->process];

	return (struct scn_view){ &process->now, &process->first, player->lets };
}

static bool play_expect(struct scn_player *player, const struct scn_line *line)
{
	const struct scn_view view = view_of(player, line);
	char got[GOT_MAX];

	if (!scn_holds(&line->condition, &view, got, sizeof(got)))
		scn_failed(player, line, line->condition.text, got);
	return true;
}

static bool play_let(struct scn_player *player, const struct scn_line *line)
{
	const struct scn_view view = view_of(player, line);
	struct scn_value *value = &player->lets[line->let];
	char got[GOT_MAX];

	if (!scn_evaluate(&line->condition.left, &view, value, got, sizeof(got))) {
		scn_failed(player, line, line->text, got);
		return false;
	}
	if (!value->text)
		return true;
	free(player->texts[line->let]);
	value->text = player->texts[line->let] = strdup(value->text);
	if (!value->text)
		scn_failed(player, line, line->text, "no memory");
	return value->text;
}

static bool play_wait_ksm(struct scn_player *player, const struct scn_line *line)
{
	const char *trouble;

	player->step++;
	trouble = scn_ksm_scan(line->scans);
	if (trouble) {
		scn_failed(player, line, line->text, trouble);
		return false;
	}
	return look_at_all(player, line);
}

static uint64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool play_wait_until(struct scn_player *player, const struct scn_line *line)
{
	struct scn_process *process = &player->processes[line->process];
	const struct timespec pause = { .tv_nsec = 20000000 };
	uint64_t deadline = milliseconds() + line->max_ms;
	unsigned int failures = player->failures;
	struct scn_view view;
	char got[GOT_MAX];

	player->step++;
	for (;;) {
		if (!scn_report_take(player, process, line))
			return false;
		scn_report_check(player, process, line,
				 allowed_after(player, line, line->process));
		if (player->failures != failures)
			return false;
		view = view_of(player, line);
		if (scn_holds(&line->condition, &view, got, sizeof(got)))
			break;
		if (milliseconds() > deadline) {
			scn_failed(player, line, line->text, got);
			return false;
		}
		nanosleep(&pause, NULL);
	}
	return look_at_all(player, line);
}

/* False if what follows cannot be played any more. */
static bool play_line(struct scn_player *player, const struct scn_line *line)
{
	static bool (*const plays[])(struct scn_player *, const struct scn_line *) = {
		[SCN_CALL] = play_call,		  [SCN_FORK] = play_fork,
		[SCN_WAIT_KSM] = play_wait_ksm,	  [SCN_WAIT_UNTIL] = play_wait_until,
		[SCN_EXPECT] = play_expect,	  [SCN_LET] = play_let,
	};
	char why[GOT_MAX];

	if (!scn_guards_hold(&line->guards, player->variant, why, sizeof(why)))
		return true;
	if (!plays[line->kind](player, line))
		return false;
	return !scn_is_step(line) || make_copy(player, line);
}

/* The first process, as the variant has it. */
static bool begin(struct scn_player *player)
{
	const struct scn_line start = { .line = 0 };
	struct scn_process *first = &player->processes[0];
	int err;

	err = scn_agent_start(&first->agent, player->options->agent);
	if (err) {
		fprintf(player->out, "# %s: cannot be started: %s\n", player->options->agent,
			strerror(-err));
		return false;
	}
	if (!scn_step_heap(&first->agent) ||
	    (!strcmp(player->variant, "merge-any") && !scn_step_merge_any(&first->agent))) {
		fprintf(player->out, "# the kernel refuses to set up the agent\n");
		return false;
	}
	scn_setting_write(SCN_THP "enabled",
			  strcmp(player->variant, "thp") ? "madvise" : "always");
	if (!begin_process(player, first, &start))
		return false;
	first->first = first->now.target;
	scn_report_check(player, first, &start, 0);
	return true;
}

int scn_play(struct scn_player *player)
{
	const struct scenario *scenario = player->scenario;
	unsigned int i;
	int ret;

	for (i = 0; i < SCN_MAX_PROCESSES; i++) {
		msc_snapshot_init(&player->processes[i].now, &msc_reader_alloc, 0);
		msc_snapshot_init(&player->processes[i].before, &msc_reader_alloc, 0);
	}
	for (i = 0; i < SCN_MAX_OBJECTS; i++)
		player->fds[i] = -1;
	for (i = 0; i < SCN_MAX_LETS; i++)
		player->lets[i].unknown = true;
	msc_snapshot_init(&player->copy.now, &msc_reader_alloc, 0);
	msc_snapshot_init(&player->copy.before, &msc_reader_alloc, 0);
	ret = scn_ksm_init(scn_has_call(scenario, SCN_KSM_SETTING));
	if (ret)
		fprintf(player->out, "# the settings of KSM cannot be changed: %s\n",
			strerror(-ret));
	else if (!begin(player))
		ret = -ECHILD;
	for (i = 0; !ret && i < scenario->nr_lines; i++) {
		if (!play_line(player, &scenario->lines[i]))
			break;
	}
	end_process(&player->copy);
	for (i = SCN_MAX_PROCESSES; i--;)
		end_process(&player->processes[i]);
	for (i = 0; i < SCN_MAX_LETS; i++)
		free(player->texts[i]);
	return ret ? ret : player->failures != 0;
}
