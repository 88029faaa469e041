#ifndef COWTOP_CMD_LIVE_STACKS_H
#define COWTOP_CMD_LIVE_STACKS_H

/*
 * Call stacks for the live view: those of a pool, watched as long as they are wanted, as a report on
 * all since then. Runs in the sampler's thread.
 *
 *	struct watcher w = { .fs = &fs, .target = &target };
 *	struct live_stacks *s = watcher_take(&w, &wish); // NULL: not wanted, and nothing is watched
 *	...
 *	live_stacks_free(s);
 *	watcher_release(&w);
 */
#include "base/err.h"
#include "model/snapshot.h"
#include "model/stack_report.h"
#include "watch/watch.h"

struct stacks_wish {
	bool on;
	unsigned int again; /* another number: begin again */
};

struct live_stacks {
	unsigned int again; /* of the wish */
	bool known;         /* there is a report; else `err` says why not, or there are no stacks */
	struct stacks facts;
	struct stack_report report; /* borrows the facts */
	figure per_s, cpu;          /* of the last span: samples, cowtop's share of a CPU for them */
	struct err err;
};

void live_stacks_free(struct live_stacks *s); /* NULL is fine */
/* Make the report of `facts`. */
void live_stacks_report(struct live_stacks *s);

struct watcher {
	const struct procfs *fs;
	const struct target *target;
	struct watch *watch;
	struct stacks all; /* since it was begun */
	unsigned int again;
	bool failed;    /* it could not begin */
	struct err err; /* why */
};

struct live_stacks *watcher_take(struct watcher *w, const struct stacks_wish *wish);
/* Nothing is watched any more. */
void watcher_release(struct watcher *w);

#endif
