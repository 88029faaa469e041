#include "watch/watch_spool.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"

/* 256 MiB, 32 000 samples of 8 KiB: what one worker breaks in a second at most, with every copy sampled. */
#define CHUNKS_MOST 256
#define CHUNK ((size_t)1 << 20)
#define RECORD_MOST 65536 /* its size is 16 bits */
#define WAIT_MS 100

/* ---- rings to memory */

/* Records one behind the other. Nothing that was moved is moved again, as in a buffer that grows. */
struct spool_chunk {
	struct spool_chunk *next;
	size_t len;
	uint8_t bytes[CHUNK];
};

/* The last chunk of a lane, with room for a record; NULL: too much is held. */
static struct spool_chunk *room(struct watch_spool *s, struct spool_queue *l)
{
	struct spool_chunk *c;

	if (l->last && l->last->len + RECORD_MOST <= CHUNK)
		return l->last;
	if (s->chunks == CHUNKS_MOST)
		return NULL;
	c = xreallocarray(NULL, 1, sizeof(*c));
	c->next = NULL;
	c->len = 0;
	if (l->last)
		l->last->next = c;
	else
		l->first = c;
	s->chunks++;
	return l->last = c;
}

/* Takes what is there, as far as there is room. */
static void move_ring(struct watch_spool *s, size_t i)
{
	struct perf_ring *ring = &s->events->rings[i];
	struct spool_queue *l = &s->queues[i];
	uint64_t head = perf_ring_head(ring);
	struct spool_chunk *to;
	const uint8_t *bytes;
	size_t len;

	while (ring->tail < head && (to = room(s, l)) && perf_ring_peek(ring, head, &bytes, &len)) {
		memcpy(to->bytes + to->len, bytes, len);
		to->len += len;
		l->moved += len;
		perf_ring_skip(ring, len);
	}
	perf_ring_done(ring);
	l->given = ring->tail;
	l->looked = false; /* what was found is elsewhere now */
}

static bool half_full(const struct perf_ring *ring)
{
	return perf_ring_head(ring) - ring->tail >= ring->size / 2;
}

static void relieve_rings(struct watch_spool *s)
{
	for (size_t i = 0; i < s->events->nrings; i++)
		if (half_full(&s->events->rings[i]))
			move_ring(s, i);
}

/* Is there something to read? */
static bool waits(const struct watch_spool *s)
{
	size_t i;

	for (i = 0; i < s->events->nrings; i++)
		if (s->queues[i].first || perf_ring_head(&s->events->rings[i]) != s->events->rings[i].tail)
			return true;
	return false;
}

/* It only copies: a processor that is busy with something else is to do this first. Not everybody
 * may ask for that. */
static void go_first(void)
{
	struct sched_param p = { .sched_priority = sched_get_priority_min(SCHED_RR) };

	pthread_setschedparam(pthread_self(), SCHED_RR, &p);
}

/* Wakes who reads; what that one is too late for it moves. */
static void *move_all(void *data)
{
	struct watch_spool *s = data;
	struct epoll_event ready[16];
	bool stopping;

	go_first();
	do {
		epoll_wait(s->events->epoll, ready, 16, WAIT_MS);
		pthread_mutex_lock(&s->lock);
		relieve_rings(s);
		stopping = s->stopping;
		s->ready = waits(s);
		if (s->ready)
			pthread_cond_signal(&s->more);
		pthread_mutex_unlock(&s->lock);
	} while (!stopping);
	return NULL;
}

/* ---- start and stop */

/* Signals are for the thread that started it all. */
static int start_thread(struct watch_spool *s)
{
	struct epoll_event in = { .events = EPOLLIN, .data.fd = s->stop };
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
static void make_lock(struct watch_spool *s)
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

int watch_spool_start(struct watch_spool *s, const struct watch_events *events)
{
	int r;

	*s = (struct watch_spool){ .events = events, .stop = eventfd(0, EFD_CLOEXEC) };
	s->queues = xcalloc(events->nrings, sizeof(*s->queues));
	s->kept = xcalloc(1, RECORD_MOST);
	make_lock(s);
	r = start_thread(s);
	s->started = r == 0;
	return r;
}

void watch_spool_interrupt(struct watch_spool *s)
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

static void free_chunks(struct spool_chunk *c)
{
	struct spool_chunk *next;

	for (; c; c = next) {
		next = c->next;
		free(c);
	}
}

void watch_spool_stop(struct watch_spool *s)
{
	if (!s->queues)
		return;
	if (s->started) {
		watch_spool_interrupt(s);
		pthread_join(s->thread, NULL);
	}
	for (size_t i = 0; i < s->events->nrings; i++)
		free_chunks(s->queues[i].first);
	free(s->queues);
	free(s->kept);
	cleanup_closep(&s->stop);
	pthread_cond_destroy(&s->more);
	pthread_mutex_destroy(&s->lock);
	*s = (struct watch_spool){ 0 };
}

/* ---- to read */

bool watch_spool_wait(struct watch_spool *s, int ms)
{
	struct timespec until = clock_timespec(clock_now() + ms * MILLISECOND);
	bool stopping;
	int r = 0;

	pthread_mutex_lock(&s->lock);
	while (!s->ready && !s->stopping && r != ETIMEDOUT)
		r = pthread_cond_timedwait(&s->more, &s->lock, &until);
	stopping = s->stopping;
	pthread_mutex_unlock(&s->lock);
	return !stopping;
}

/* The one that is read to its end. */
static void drop_chunk(struct watch_spool *s, struct spool_queue *l)
{
	struct spool_chunk *next = l->first->next;

	free(l->first);
	s->chunks--;
	l->first = next;
	l->last = next ? l->last : NULL;
	l->at = 0;
}

static struct perf_ring *ring_of(const struct watch_spool *s, const struct spool_queue *l)
{
	return &s->events->rings[l - s->queues];
}

/* The record that comes next, wherever it is. */
static bool front(struct watch_spool *s, struct spool_queue *l, const uint8_t **ret, size_t *ret_len)
{
	struct perf_ring *ring = ring_of(s, l);

	while (l->first && l->at == l->first->len)
		drop_chunk(s, l);
	if (ring->tail - l->moved >= l->until)
		return false;
	if (!l->first)
		return perf_ring_peek(ring, l->until, ret, ret_len);
	*ret = l->first->bytes + l->at;
	*ret_len = perf_record_size(*ret, l->first->len - l->at);
	return true;
}

/* The kernel has its room back in pieces, so that it seldom meets who reads. */
static void give_back(struct perf_ring *ring, struct spool_queue *l, size_t from)
{
	if (ring->tail - l->given < from)
		return;
	perf_ring_done(ring);
	l->given = ring->tail;
}

static void advance(struct watch_spool *s, struct spool_queue *l, size_t len)
{
	struct perf_ring *ring = ring_of(s, l);

	l->looked = false;
	if (l->first) {
		l->at += len;
		l->moved -= len;
		return;
	}
	perf_ring_skip(ring, len);
	give_back(ring, l, ring->size / 16);
}

/* The next record that can be understood. */
static void look(struct watch_spool *s, struct spool_queue *l)
{
	const uint8_t *bytes;

	l->there = false;
	while (front(s, l, &bytes, &l->next_len)) {
		l->there = parse_perf_record(bytes, l->next_len, &s->events->sampling.layout, &l->next) == 0;
		if (l->there)
			break;
		advance(s, l, l->next_len);
	}
	l->looked = true;
}

/* Of different CPUs: a child's fork comes before its samples. */
static struct spool_queue *earliest(struct watch_spool *s)
{
	struct spool_queue *first = NULL;
	size_t i;

	for (i = 0; i < s->events->nrings; i++) {
		struct spool_queue *l = &s->queues[i];

		if (!l->looked)
			look(s, l);
		if (l->there && (!first || l->next.time < first->next.time))
			first = l;
	}
	return first;
}

/* The lock is held from here on; the record that was given last was read. */
static void begin(struct watch_spool *s)
{
	if (s->in_place) {
		advance(s, s->reading, s->reading->next_len);
		s->reading = NULL;
		s->in_place = false;
		pthread_mutex_unlock(&s->lock); /* the other thread may wait for it */
	}
	pthread_mutex_lock(&s->lock);
	if (s->reading)
		advance(s, s->reading, s->reading->next_len);
	s->reading = NULL;
}

void watch_spool_collect(struct watch_spool *s)
{
	size_t i;

	begin(s);
	for (i = 0; i < s->events->nrings; i++) {
		s->queues[i].until = perf_ring_head(&s->events->rings[i]);
		s->queues[i].looked = false;
	}
	s->ready = false;
	pthread_mutex_unlock(&s->lock);
}

bool watch_spool_next(struct watch_spool *s, struct perf_record *ret)
{
	size_t i;

	begin(s);
	s->reading = earliest(s);
	if (s->reading) {
		*ret = s->reading->next;
		s->in_place = !s->reading->first;
	} else {
		for (i = 0; i < s->events->nrings; i++)
			give_back(&s->events->rings[i], &s->queues[i], 1);
	}
	if (!s->in_place)
		pthread_mutex_unlock(&s->lock);
	return s->reading != NULL;
}

void watch_spool_keep(struct watch_spool *s, struct perf_record *r)
{
	struct spool_queue *l = s->reading;
	const uint8_t *bytes;
	size_t len;

	if (!s->in_place)
		return;
	if (front(s, l, &bytes, &len)) {
		memcpy(s->kept, bytes, len);
		parse_perf_record(s->kept, len, &s->events->sampling.layout, r);
		advance(s, l, len);
	}
	s->reading = NULL;
	s->in_place = false;
	relieve_rings(s);
	pthread_mutex_unlock(&s->lock);
}
