#include <poll.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "find/command_parts.h"

/* From one time of asking to the next. */
#define ASK_NS (SECOND / 10)
/* For one answer, where there is no other limit. */
#define ANSWER_NS (60 * SECOND)

static bool nothing_below(const struct command *c)
{
	cleanup(proctree_release) struct proctree f = { 0 };
	const struct tree_node *self;

	if (proctree_read(c->fs, &f, NULL) < 0)
		return false;
	self = proctree_find(&f, getpid());
	for (size_t i = 0; self && i < f.n; i++)
		if (command_has(c, &f.nodes[i], self))
			return false;
	return true;
}

/* Has all of it ended? As the only child is the command's, that is sure; else what is not seen for a while is gone. */
static bool is_gone(struct command *c, int64_t *seen)
{
	int64_t now = clock_now();
	bool children = command_reap(c);

	if (!c->ended || !children)
		return c->ended;
	if (!nothing_below(c))
		*seen = now;
	return now - *seen >= COMMAND_GONE_NS;
}

/* Until then, in short steps. -1: it is gone, or somebody asks cowtop to stop. */
static int pass_time(struct command *c, int64_t until, int64_t *seen, struct err *err)
{
	for (;;) {
		int64_t left = until - clock_now();

		if (is_gone(c, seen))
			return command_ended(c, 0, err);
		if (spawn_interrupted())
			return err_set(err, STATUS_FAILED, "%s: interrupted while waiting until it is ready",
				       c->name);
		if (left <= 0)
			return 0;
		poll(NULL, 0, left < COMMAND_POLL_MS * MILLISECOND ? 1 : COMMAND_POLL_MS);
	}
}

static int never(const struct command *c, const struct ready *ready, int64_t timeout_ns,
		 const struct buf *answer, struct err *err)
{
	return err_set(err, STATUS_FAILED, "%s: not ready in %.3g s: %.200s: %.300s", c->name,
		       (double)timeout_ns / SECOND, ready->text, answer->len ? answer->data : "no answer");
}

int command_wait_ready(struct command *c, const struct ready *ready, int64_t timeout_ns, struct err *err)
{
	cleanup(buf_release) struct buf answer = { .limit = 512 };
	int64_t seen = clock_now(), end = timeout_ns ? c->started_ns + timeout_ns : INT64_MAX, left;
	int got = 0;

	if (ready->kind == READY_QUIET)
		return 0;
	if (ready->kind == READY_TIME)
		return pass_time(c, c->started_ns + ready->after_ns, &seen, err);
	for (;;) {
		left = end - clock_now();
		if (left <= 0)
			return never(c, ready, timeout_ns, &answer, err);
		got = ready_ask(ready, left < ANSWER_NS ? left : ANSWER_NS, &answer);
		if (got > 0)
			return pass_time(c, 0, &seen, err);
		if (pass_time(c, clock_now() + ASK_NS, &seen, err) < 0)
			return -1;
	}
}
