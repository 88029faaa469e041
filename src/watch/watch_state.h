#ifndef COWTOP_WATCH_WATCH_STATE_H
#define COWTOP_WATCH_WATCH_STATE_H

/*
 * The files behind watch.h share this.
 *
 *	watch.c         open and close, the thread that reads what the spool has
 *	watch_attach.c  from the pool's processes to roots
 *	watch_follow.c  what a record means
 *	watch_report.c    from what was counted to struct stacks
 *	watch_first.h   samples that are dropped
 *	watch_events.h  the kernel's events; watch_roots.c on whom they are opened
 *	watch_spool.h   their records
 *	watch_threads.h  who is there
 *	watch_pages.h   page states
 */
#include <pthread.h>
#include "unwind/unwinder.h"
#include "watch/watch.h"
#include "watch/watch_events.h"
#include "watch/watch_first.h"
#include "watch/watch_spool.h"
#include "watch/watch_threads.h"

struct watch {
	const struct procfs *fs;
	pid_t master; /* or who leads in its place */
	bool masterless;
	bool master_begun; /* a member was it */
	uint64_t start_ticks;
	struct watch_setup setup;
	struct watch_events events;
	struct watch_spool spool;
	struct watch_threads threads;
	struct watch_firsts firsts;
	struct stacks all; /* functions and traces of all time, gaps */
	struct unwinder *unwinder;
	int64_t since_ns; /* CLOCK_MONOTONIC, of the last take */
	int64_t cost_ns;  /* CPU time of the threads until the last take */
	uint64_t lost;    /* of nobody known, since the last take */
	struct watch_progress progress;
	bool pages_stale; /* processes came or went: page states are to be read again */
	int64_t pages_ns; /* when they were */

	pthread_t thread;
	bool started;
	pthread_mutex_t lock; /* all above, once the thread runs */
	int gone;             /* eventfd: the master went */
	bool master_gone;
};

/* watch_attach.c. -1: not even the master could be attached to. */
int watch_attach(struct watch *w, struct err *err);

/* watch_follow.c: all that has happened until now */
void watch_follow(struct watch *w);
/* Somebody is seen for the first time; `parent` 0: unknown. */
struct watch_member *watch_begin(struct watch *w, pid_t pid, pid_t parent);

/* watch_report.c */
void watch_report(struct watch *w, struct stacks *ret);

#endif
