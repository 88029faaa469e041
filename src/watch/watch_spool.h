#ifndef COWTOP_WATCH_WATCH_SPOOL_H
#define COWTOP_WATCH_WATCH_SPOOL_H

/*
 * What the kernel writes into the rings, in the order of time. It is read where it lies: most samples are
 * of stacks that are known already, which a few words of each tell, and to move the others through the
 * caches of two processors costs the watched one as much as the kernel's writing does.
 *
 * To find out what a sample means takes far longer at times (the tables of an object that is new): a ring
 * would be full by then, and what finds no room in it is lost. What takes long therefore keeps its record
 * first; and rings that are half full all the same are moved into memory, by a thread that does nothing
 * else and goes before all others if it may.
 *
 *	watch_spool_start(&spool, &events);
 *	while (watch_spool_wait(&spool, ms)) {	// one thread at a time
 *		watch_spool_collect(&spool);
 *		while (watch_spool_next(&spool, &record))
 *			if (!quick(&record)) {
 *				watch_spool_keep(&spool, &record);
 *				...
 *			}
 *	}
 *	watch_spool_stop(&spool);
 *
 * What is held is bounded; beyond that it stays in the rings.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include "watch/watch_events.h"

struct spool_chunk;

/* Of one ring, in its order. */
struct spool_queue {
	struct spool_chunk *first, *last; /* what was moved: older than all that is in the ring */
	size_t at;                        /* read up to here, in `first` */
	size_t moved;                     /* bytes in all of them that were not read */
	uint64_t until;                   /* of the ring: how far this turn goes */
	uint64_t given;                   /* of the ring: what the kernel was given back */
	struct perf_record next;
	size_t next_len;
	bool there, looked; /* `next` is one; is looked for */
};

struct watch_spool {
	const struct watch_events *events;
	struct spool_queue *queues; /* one a ring */
	size_t chunks;              /* of all of them */
	pthread_mutex_t lock;       /* all above, and the rings */
	pthread_cond_t more;
	pthread_t thread;
	int stop; /* eventfd */
	bool started, stopping;
	bool ready; /* something waits that no turn has seen */
	/* of who reads */
	struct spool_queue *reading; /* of the record that was given last, until it is read; NULL */
	bool in_place;               /* it is in its ring, and the lock is held */
	uint8_t *kept;
};

/* `events` are used until the end. 0 or an errno value. */
int watch_spool_start(struct watch_spool *s, const struct watch_events *events);
/* Who waits is told to end. */
void watch_spool_interrupt(struct watch_spool *s);
/* Its thread has ended, what waits is forgotten. A zeroed one is fine. */
void watch_spool_stop(struct watch_spool *s);

/* Until something waits, or so long. False: interrupted. */
bool watch_spool_wait(struct watch_spool *s, int ms);
/* All that the kernel has written until now is to be read. */
void watch_spool_collect(struct watch_spool *s);
/* The next record in the order of time, valid until the next call. False: there is none. Until then, or
 * until it is kept, the rings may stand still. */
bool watch_spool_next(struct watch_spool *s, struct perf_record *ret);
/* What is done with it takes long: `r`, the record given last, is one in memory from now on. */
void watch_spool_keep(struct watch_spool *s, struct perf_record *r);

#endif
