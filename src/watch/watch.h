#ifndef COWTOP_WATCH_WATCH_H
#define COWTOP_WATCH_WATCH_H

/*
 * Watches a pool's page faults through perf_event_open(2) and gathers the stacks behind them. Only
 * looks: nothing is stopped or written. New workers and threads are covered as they appear.
 *
 *	watch_open(&fs, &target, &setup, &w, &err);
 *	while (...) {
 *		poll(watch_fd(w))
 *		watch_is_over(w)	// the master has gone
 *	}
 *	watch_take(w, &stacks);	// what came since the last call, named; the watch goes on
 *	watch_close(w);
 *
 * Threads of its own empty the rings and unwind, so nothing is lost while the caller is busy.
 * `fs` is used until the end.
 */
#include "base/err.h"
#include "find/target.h"
#include "model/stacks.h"

struct watch;

struct watch_setup {
	uint32_t period;      /* one sample in so many faults; 0: watch_period() */
	uint32_t stack_bytes; /* captured of each stack, a multiple of 8 up to 65528; 0: the default */
	/* Exact counts, no stacks. A few bare samples still tell whose of all that one event covers
	 * a copy was, and how many of the allocations were no copies. */
	bool count_only;
	bool software; /* the software event even where tracepoints could be had */
};

/*
 * One sample in 256 KiB copied: 64 pages of 4 KiB, 16 of 16 KiB, 4 of 64 KiB. Each thread counts by itself on
 * each CPU, so with larger pages, of which there are fewer, a constant number finds nothing any more. What it
 * costs is what the kernel takes for its event (make bench): a worker that does nothing but break pages becomes
 * slower by some 10 %.
 */
uint32_t watch_period(void);
#define WATCH_COUNTED 4 /* with count_only, one in so many of these */
#define WATCH_BYTES 8192

/* STATUS_DENIED with what to grant when no event at all can be opened. */
int watch_open(const struct procfs *fs, const struct target *target, const struct watch_setup *setup,
	       struct watch **ret, struct err *err);
/* Readable once the master has gone. */
int watch_fd(const struct watch *w);
bool watch_is_over(struct watch *w);
/* The span since open or the last call: empties the rings, reads the counters, names functions, hands over. */
void watch_take(struct watch *w, struct stacks *ret);

struct watch_progress {
	uint64_t samples, lost; /* since the watch was opened */
	size_t processes;       /* that are alive */
};

void watch_progress(struct watch *w, struct watch_progress *ret);
void watch_close(struct watch *w); /* NULL is fine */

#endif
