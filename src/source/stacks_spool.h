#ifndef COWTOP_SOURCE_STACKS_SPOOL_H
#define COWTOP_SOURCE_STACKS_SPOOL_H

/*
 * What the kernel writes into the rings is moved into memory the moment it comes, by a thread that
 * does nothing else and goes before all others if it may. To find out what a sample means takes far
 * longer than to move it, at times very long (the tables of an object that is new): a ring would be
 * full by then, and what finds no room in it is lost.
 *
 *	stack_spool_start(&spool, &events);
 *	while (stack_spool_wait(&spool, ms)) {	// one thread at a time
 *		stack_spool_turn(&spool);
 *		while (stack_spool_next(&spool, &record))
 *			...
 *	}
 *	stack_spool_stop(&spool);
 *
 * What is held is bounded; beyond that it stays in the rings.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include "source/stacks_events.h"

struct spool_chunk;

/* Of one ring, in its order. */
struct spool_lane {
	struct spool_chunk *first, *last;    /* records that were moved */
	struct spool_chunk *reading, *spent; /* those of the last turn; the one of the record given last */
	size_t at;                           /* in `reading` */
	struct perf_record next;
	bool there;                          /* `next` is one */
};

struct stack_spool {
	const struct stack_events *events;
	struct spool_lane *lanes; /* one a ring */
	size_t chunks;            /* of all of them */
	pthread_mutex_t lock;     /* the rings, what waits, `chunks` */
	pthread_cond_t more;
	pthread_t thread;
	int stop;                 /* eventfd */
	bool started, stopping;
};

/* `events` are used until the end. 0 or an errno value. */
int stack_spool_start(struct stack_spool *s, const struct stack_events *events);
/* Who waits is told to end. */
void stack_spool_interrupt(struct stack_spool *s);
/* Its thread has ended, what waits is forgotten. A zeroed one is fine. */
void stack_spool_stop(struct stack_spool *s);

/* Until something waits, or so long. False: interrupted. */
bool stack_spool_wait(struct stack_spool *s, int ms);
/* All that the kernel has written until now is to be read; what was not read before is dropped. */
void stack_spool_turn(struct stack_spool *s);
/* The next record in the order of time, valid until the next call. False: there is none. */
bool stack_spool_next(struct stack_spool *s, struct perf_record *ret);

#endif
