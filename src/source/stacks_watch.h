#ifndef COWTOP_SOURCE_STACKS_WATCH_H
#define COWTOP_SOURCE_STACKS_WATCH_H

/*
 * The rooms of source/stacks.c share this.
 *
 *	stacks.c         open and close, the thread that reads what the spool has
 *	stacks_attach.c  from the pool's processes to roots
 *	stacks_follow.c  what a record means
 *	stacks_take.c    from what was counted to struct stacks
 *	stacks_first.h   samples that are dropped
 *	stacks_events.h  the kernel's events; stacks_roots.c on whom they are opened
 *	stacks_spool.h   their records
 *	stacks_family.h  who is there
 *	stacks_pages.h   page states
 */
#include <pthread.h>
#include "source/stacks.h"
#include "source/stacks_events.h"
#include "source/stacks_family.h"
#include "source/stacks_first.h"
#include "source/stacks_spool.h"
#include "source/unwinder.h"

struct stackwatch {
	const struct procfs *fs;
	pid_t master;          /* or who leads in its place */
	bool masterless;
	uint64_t start_ticks;
	struct stackwatch_setup setup;
	struct stack_events events;
	struct stack_spool spool;
	struct stack_family family;
	struct stack_firsts firsts;
	struct stacks all;     /* functions and traces of all time, gaps */
	struct unwinder *unwinder;
	int64_t since_ns;      /* CLOCK_MONOTONIC, of the last take */
	int64_t cost_ns;       /* CPU time of the threads until the last take */
	uint64_t lost;         /* of nobody known, since the last take */
	struct stackwatch_progress progress;
	bool pages_stale;      /* processes came or went: page states are to be read again */
	int64_t pages_ns;      /* when they were */

	pthread_t thread;
	bool started;
	pthread_mutex_t lock;  /* all above, once the thread runs */
	int gone;              /* eventfd: the master went */
	bool master_gone;
};

/* stacks_attach.c. -1: not even the master could be attached to. */
int stackwatch_attach(struct stackwatch *w, struct err *err);
/* Somebody is seen for the first time; `parent` 0: unknown. */
struct stack_member *stackwatch_begin(struct stackwatch *w, pid_t pid, pid_t parent);
int64_t stackwatch_now(void);

/* stacks_follow.c: all that has happened until now */
void stackwatch_follow(struct stackwatch *w);

/* stacks_take.c */
void stackwatch_report(struct stackwatch *w, struct stacks *ret);

#endif
