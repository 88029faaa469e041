#include "source/stacks_spool.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"

/* 32 000 samples of 8 KiB: what one worker breaks in a second at most, with every copy sampled. */
#define HELD_MOST ((size_t)256 << 20)
/* More than this is given back when it was read. */
#define KEPT_MOST ((size_t)1 << 20)
#define RECORD_MOST 65536 /* its size is 16 bits */
#define WAIT_MS 100

/* ---- rings to memory */

/* Takes what is there, as far as there is room. */
static void move_ring(struct stack_spool *s, size_t i)
{
	struct perf_ring *ring = &s->events->rings[i];
	struct buf *to = &s->lanes[i].waiting;
	uint64_t head = perf_ring_head(ring);
	const uint8_t *bytes;
	size_t len;

	while (s->waiting + s->reading + RECORD_MOST <= HELD_MOST &&
	       perf_ring_next(ring, head, &bytes, &len)) {
		buf_add(to, bytes, len);
		s->waiting += len;
	}
	perf_ring_done(ring);
}

static void move_rings(struct stack_spool *s)
{
	size_t i;

	for (i = 0; i < s->events->nrings; i++)
		move_ring(s, i);
}

/* It only copies: a processor that is busy with something else is to do this first. Not everybody
 * may ask for that. */
static void go_first(void)
{
	struct sched_param p = {.sched_priority = sched_get_priority_min(SCHED_RR)};

	pthread_setschedparam(pthread_self(), SCHED_RR, &p);
}

static void *move_all(void *data)
{
	struct stack_spool *s = data;
	struct epoll_event ready[16];
	bool stopping;

	go_first();
	do {
		epoll_wait(s->events->epoll, ready, 16, WAIT_MS);
		pthread_mutex_lock(&s->lock);
		move_rings(s);
		stopping = s->stopping;
		if (s->waiting)
			pthread_cond_signal(&s->more);
		pthread_mutex_unlock(&s->lock);
	} while (!stopping);
	return NULL;
}

/* ---- start and stop */

/* Signals are for the thread that started it all. */
static int start_thread(struct stack_spool *s)
{
	struct epoll_event in = {.events = EPOLLIN, .data.fd = s->stop};
	sigset_t all, before;
	int r;

	if (s->stop < 0 || epoll_ctl(s->events->epoll, EPOLL_CTL_ADD, s->stop, &in) < 0)
		return errno;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&s->thread, NULL, move_all, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

/* Who reads and holds the lock goes as first as the thread that waits for it. */
static void make_lock(struct stack_spool *s)
{
	pthread_mutexattr_t inherit;
	pthread_condattr_t monotonic;

	pthread_mutexattr_init(&inherit);
	pthread_mutexattr_setprotocol(&inherit, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&s->lock, &inherit);
	pthread_mutexattr_destroy(&inherit);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&s->more, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

int stack_spool_start(struct stack_spool *s, const struct stack_events *events)
{
	int r;

	*s = (struct stack_spool){.events = events, .stop = eventfd(0, EFD_CLOEXEC)};
	s->lanes = xcalloc(events->nrings, sizeof(*s->lanes));
	for (size_t i = 0; i < events->nrings; i++)
		s->lanes[i].waiting.limit = s->lanes[i].reading.limit = HELD_MOST;
	make_lock(s);
	r = start_thread(s);
	s->started = r == 0;
	return r;
}

void stack_spool_interrupt(struct stack_spool *s)
{
	uint64_t one = 1;

	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	pthread_cond_broadcast(&s->more);
	pthread_mutex_unlock(&s->lock);
	/* cannot fail: the counter is 0 */
	if (write(s->stop, &one, sizeof(one)) < 0)
		return;
}

void stack_spool_stop(struct stack_spool *s)
{
	if (!s->lanes)
		return;
	if (s->started) {
		stack_spool_interrupt(s);
		pthread_join(s->thread, NULL);
	}
	for (size_t i = 0; i < s->events->nrings; i++) {
		buf_release(&s->lanes[i].waiting);
		buf_release(&s->lanes[i].reading);
	}
	free(s->lanes);
	cleanup_closep(&s->stop);
	pthread_cond_destroy(&s->more);
	pthread_mutex_destroy(&s->lock);
	*s = (struct stack_spool){0};
}

/* ---- to read */

static struct timespec in_ms(int ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += ms * 1000000L;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

bool stack_spool_wait(struct stack_spool *s, int ms)
{
	struct timespec until = in_ms(ms);
	bool stopping;
	int r = 0;

	pthread_mutex_lock(&s->lock);
	while (!s->waiting && !s->stopping && r != ETIMEDOUT)
		r = pthread_cond_timedwait(&s->more, &s->lock, &until);
	stopping = s->stopping;
	pthread_mutex_unlock(&s->lock);
	return !stopping;
}

/* The next record that can be understood. */
static void step(struct stack_spool *s, struct spool_lane *l)
{
	const uint8_t *bytes;
	size_t len;

	l->there = false;
	while (!l->there && l->at < l->reading.len) {
		bytes = (const uint8_t *)l->reading.data + l->at;
		len = perf_record_size(bytes, l->reading.len - l->at);
		l->at = len ? l->at + len : l->reading.len;
		l->there = parse_perf_record(bytes, len, &s->events->sampling.layout, &l->next) == 0;
	}
}

static void forget(struct spool_lane *l)
{
	if (l->reading.cap > KEPT_MOST)
		buf_release(&l->reading);
	buf_reset(&l->reading);
	l->at = 0;
}

static void swap(struct spool_lane *l)
{
	struct buf empty = l->reading;

	l->reading = l->waiting;
	l->waiting = empty;
}

void stack_spool_turn(struct stack_spool *s)
{
	size_t n = s->events->nrings, i;

	for (i = 0; i < n; i++)
		forget(&s->lanes[i]);
	pthread_mutex_lock(&s->lock);
	s->reading = 0;
	move_rings(s);
	for (i = 0; i < n; i++)
		swap(&s->lanes[i]);
	s->reading = s->waiting;
	s->waiting = 0;
	pthread_mutex_unlock(&s->lock);
	for (i = 0; i < n; i++)
		step(s, &s->lanes[i]);
}

/* Of different CPUs: a child's fork comes before its samples. */
bool stack_spool_next(struct stack_spool *s, struct perf_record *ret)
{
	struct spool_lane *first = NULL;
	size_t i;

	for (i = 0; i < s->events->nrings; i++) {
		struct spool_lane *l = &s->lanes[i];

		if (l->there && (!first || l->next.time < first->next.time))
			first = l;
	}
	if (!first)
		return false;
	*ret = first->next;
	step(s, first);
	return true;
}
