#include "cmd/run.h"

#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "cmd/output.h"
#include "cmd/taken.h"
#include "cmd/target_hint.h"
#include "cmd/ticks.h"
#include "find/await.h"
#include "find/word.h"

/* How long a started command must stand still to count as ready, and how long it may take. */
#define QUIET SECOND
#define PATIENCE (60 * SECOND)
/* A pool that is busy from its first fork on is one all the same, and may not last. */
#define RESTLESS (2 * SECOND)
/* One that has said that it is ready may still fork a worker or two, for so long. */
#define READY_QUIET_NS (SECOND / 5)
#define READY_RESTLESS_NS (SECOND / 2)

void run_close(struct run *r)
{
	live_close(r->live);
	command_stop(r->command);
	child_stderr_stop(r->talk);
	target_release(&r->target);
	procfs_release(&r->fs);
}

void run_leave(struct run *r, const struct err *err)
{
	command_stop(r->command);
	child_stderr_stop(r->talk);
	output_leave(err);
}

/* The pool's stderr must not go into the view, but to the terminal afterwards. */
static int start_command(struct run *r, const struct spawn *how, bool view, struct err *err)
{
	int e;

	if (!view || !isatty(STDERR_FILENO))
		return command_start(&r->fs, how, &r->command, err);
	if (child_stderr_start(&r->talk, err) < 0)
		return -1;
	child_stderr_lend(r->talk);
	e = command_start(&r->fs, how, &r->command, err);
	child_stderr_lend_end(r->talk);
	return e;
}

/* How to wait for the pool, once `ready` has been waited for. */
static struct command_patience patience_of(const struct run_how *how, enum ready_kind ready)
{
	struct command_patience p = {
		.quiet_ns = QUIET,
		.restless_ns = how->series ? RESTLESS : INT64_MAX,
		.timeout_ns = how->wait ? how->wait_ns : PATIENCE,
	};

	if (ready != READY_QUIET) {
		p.quiet_ns = ready == READY_TIME ? 0 : READY_QUIET_NS;
		p.restless_ns = READY_RESTLESS_NS;
	}
	return p;
}

static int open_command(struct run *r, char **command, const struct run_how *how, struct err *err)
{
	const struct ready quiet = { .kind = READY_QUIET }, *ready = how->ready ?: &quiet;
	const struct command_patience patience = patience_of(how, ready->kind);
	struct spawn start = SPAWN_WORDS(command);

	if (how->start) {
		start = *how->start;
		start.argv = command;
	}
	if (start_command(r, &start, how->view, err) < 0 ||
	    command_wait_ready(r->command, ready, patience.timeout_ns, err) < 0)
		return -1;
	return command_wait_pool(r->command, &patience, &r->target, err);
}

static int find_pool(struct run *r, const char *target, const struct run_how *how, struct err *err)
{
	struct err why, meant;

	if (target_find(&r->fs, target, &r->target, &why) == 0)
		return 0;
	meant = why;
	if ((target && target_hint(&r->fs, target, &meant)) || !how->wait || !target_may_come(target, &why)) {
		*err = meant;
		return -1;
	}
	say("%s; waiting for the first worker", why.msg);
	return target_await(&r->fs, target, how->wait_ns, &r->target, err);
}

int run_open(struct run *r, const struct operands *rest, const struct run_how *how, struct err *err)
{
	int e = procfs_open(&r->fs, "/proc");

	if (e < 0)
		return err_errno(err, STATUS_FAILED, -e, "cannot open /proc");
	ticks_guard();
	r->asked = rest->command ? NULL : rest->target;
	if ((rest->command ? open_command(r, rest->command, how, err) :
			     find_pool(r, rest->target, how, err)) < 0)
		return -1;
	if (r->target.note.len && !how->again)
		say("%s", r->target.note.data);
	return live_open(&r->fs, &r->target, &r->live, err);
}

/* The pool that what was asked for means now. */
static bool find_again(struct run *r, bool gone, struct target *ret)
{
	/* One look at all processes may miss what is handed over while it is taken. */
	const struct command_patience soon = { .timeout_ns = gone ? SECOND / 2 : 1 };

	if (r->command)
		return command_wait_pool(r->command, &soon, ret, NULL) == 0;
	return r->asked && !word_is_pid(r->asked) && target_find(&r->fs, r->asked, ret, NULL) == 0;
}

int run_follow(struct run *r, bool gone, struct err *err)
{
	struct target next;
	struct live *live;

	if (!find_again(r, gone, &next))
		return 0;
	if (next.master == r->target.master && next.start_ticks == r->target.start_ticks) {
		target_release(&next);
		return 0;
	}
	if (live_open(&r->fs, &next, &live, err) < 0) {
		target_release(&next);
		return -1;
	}
	say("process %d %s: going on with %d", (int)r->target.master,
	    gone ? "is gone" : "has no workers any more", (int)next.master);
	live_inherit(live, r->live);
	live_close(r->live);
	target_release(&r->target);
	r->live = live;
	r->target = next;
	return 1;
}

static bool is_verb(const char *word)
{
#define NAME(name) #name,
	static const char *const names[] = { VERBS(NAME) };
#undef NAME

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(names[i], word) == 0)
			return true;
	return false;
}

int run_check_target(const struct verb *verb, const struct operands *rest, struct err *err)
{
	if (rest->target && is_verb(rest->target))
		return usage_error(verb, err,
				   "a verb comes first: cowtop %s [OPTIONS]; "
				   "a process of that name is given by its pid",
				   rest->target);
	return taken_check(verb, rest, err);
}
