#include "cmd/live_stacks.h"

#include <stdlib.h>
#include "analysis/stack_report.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "model/stacks_fold.h"

/* Bytes of stacks that are kept of a watch which is left on. Beyond it the rarest ones become one. */
#define KEPT_BYTES (8 << 20)

void live_stacks_free(struct live_stacks *s)
{
	if (!s)
		return;
	stack_report_release(&s->report);
	stacks_release(&s->facts);
	free(s);
}

void live_stacks_report(struct live_stacks *s)
{
	stack_report_make(&s->facts, &s->report);
	s->known = true;
}

void watcher_release(struct watcher *w)
{
	watch_close(w->watch);
	stacks_release(&w->all);
	w->watch = NULL;
	w->failed = false;
}

static uint64_t samples_of(const struct stacks *s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s->ncounts; i++)
		for (size_t e = 0; e < PAGE_EVENTS; e++)
			n += s->counts[i].samples[e];
	return n;
}

/* Add the stacks since the last call to those that are kept, and report on all. */
static void add_span(struct watcher *w, struct live_stacks *ret)
{
	cleanup(stacks_release) struct stacks span = { 0 };

	watch_take(w->watch, &span);
	ret->per_s = (figure)samples_of(&span) / ((figure)span.span_ns / SECOND);
	ret->cpu = (figure)span.cost_ns / (figure)span.span_ns;
	stacks_merge(&w->all, &span);
	stacks_trim(&w->all, KEPT_BYTES);
	stacks_copy(&ret->facts, &w->all);
	live_stacks_report(ret);
}

struct live_stacks *watcher_take(struct watcher *w, const struct stacks_wish *wish)
{
	const struct watch_setup setup = { 0 };
	struct live_stacks *ret;

	if (!wish->on || wish->again != w->again)
		watcher_release(w);
	w->again = wish->again;
	if (!wish->on)
		return NULL;
	ret = xcalloc(1, sizeof(*ret));
	ret->again = wish->again;
	if (!w->watch && !w->failed)
		w->failed = watch_open(w->fs, w->target, &setup, &w->watch, &w->err) < 0;
	if (w->failed)
		ret->err = w->err;
	else
		add_span(w, ret);
	return ret;
}
