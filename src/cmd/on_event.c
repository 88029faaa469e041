#include "cmd/on_event.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cmd/output.h"
#include "cmd/ticks.h"
#include "find/shell.h"
#include "sink/json.h"

/* Kinds of failure that were said. */
enum { SAID_START = 1 << 0, SAID_STATUS = 1 << 1, SAID_LIMIT = 1 << 2, SAID_DROPPED = 1 << 3 };

struct on_event {
	const char *command;
	struct buf queue[ON_EVENT_QUEUE];
	size_t first, n;
	uint64_t dropped; /* since the last one that was queued */
	struct shell *shell;
	int64_t began_ns;
	bool killed;
	int64_t paid_ns; /* each start pays a second of CLOCK_MONOTONIC; this is up to when they are paid */
	unsigned said;
};

struct on_event *on_event_open(const char *command)
{
	struct on_event *o = xcalloc(1, sizeof(*o));

	o->command = command;
	return o;
}

static bool is_new(struct on_event *o, unsigned kind)
{
	bool is = !(o->said & kind);

	o->said |= kind;
	return is;
}

/* ---- one command */

static void start(struct on_event *o)
{
	struct buf *bytes = &o->queue[o->first];
	int64_t now = clock_now(), since = now - (ON_EVENT_BURST - 1) * SECOND;
	int r = shell_start_fed(o->command, bytes, &o->shell);

	buf_release(bytes);
	o->first = (o->first + 1) % ON_EVENT_QUEUE;
	o->n--;
	o->began_ns = now;
	o->killed = false;
	o->paid_ns = (o->paid_ns > since ? o->paid_ns : since) + SECOND;
	if (r >= 0)
		return;
	o->shell = NULL;
	if (is_new(o, SAID_START))
		say("--on-event: cannot run %.300s: %s", o->command, strerror(-r));
}

static void reap(struct on_event *o)
{
	int status = shell_end(o->shell);

	o->shell = NULL;
	if (o->killed || status == 0 || !is_new(o, SAID_STATUS))
		return;
	if (status > 0 && WIFSIGNALED(status))
		say("--on-event: killed by signal %d: %.300s", WTERMSIG(status), o->command);
	else if (status > 0)
		say("--on-event: ended with status %d: %.300s", WEXITSTATUS(status), o->command);
	else
		say("--on-event: %s: %.300s", strerror(-status), o->command);
}

static void limit(struct on_event *o)
{
	if (o->killed || clock_now() < o->began_ns + ON_EVENT_LIMIT)
		return;
	shell_kill(o->shell);
	o->killed = true;
	if (is_new(o, SAID_LIMIT))
		say("--on-event: killed after %d s: %.300s", (int)(ON_EVENT_LIMIT / SECOND), o->command);
}

void on_event_step(struct on_event *o)
{
	if (!o)
		return;
	if (o->shell && shell_is_over(o->shell))
		reap(o);
	if (o->shell)
		limit(o);
	else if (o->n && clock_now() >= o->paid_ns)
		start(o);
}

int on_event_fd(const struct on_event *o)
{
	return o && o->shell ? shell_fd(o->shell) : -1;
}

int64_t on_event_due(const struct on_event *o)
{
	if (o && o->shell)
		return o->killed ? INT64_MAX : o->began_ns + ON_EVENT_LIMIT;
	return o && o->n ? o->paid_ns : INT64_MAX;
}

/* ---- the queue */

static void push(struct on_event *o, const struct snapshot *s, const struct event *e)
{
	if (o->n == ON_EVENT_QUEUE) {
		o->dropped++;
		if (is_new(o, SAID_DROPPED))
			say("--on-event: more events than can be told are dropped");
		return;
	}
	json_event(&o->queue[(o->first + o->n++) % ON_EVENT_QUEUE], s, e, o->dropped);
	o->dropped = 0;
}

void on_event_tell(struct on_event *o, const struct snapshot *s)
{
	if (!o)
		return;
	for (size_t i = 0; i < s->nevents; i++)
		push(o, s, &s->events[i]);
	on_event_step(o);
}

/* ---- the end */

void on_event_finish(struct on_event *o)
{
	int64_t end = clock_now() + ON_EVENT_LIMIT, due;

	while (o && (o->n || o->shell) && clock_now() < end) {
		struct pollfd over = { .fd = on_event_fd(o), .events = POLLIN };

		due = on_event_due(o);
		if (ticks_pause(due < end ? due : end, &over, 1) == PAUSE_STOPPED)
			return;
		on_event_step(o);
	}
}

void on_event_close(struct on_event *o)
{
	if (!o)
		return;
	if (o->shell) {
		shell_kill(o->shell);
		shell_end(o->shell);
	}
	for (; o->n; o->n--, o->first = (o->first + 1) % ON_EVENT_QUEUE)
		buf_release(&o->queue[o->first]);
	free(o);
}
