#include "cmd/push_queue.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/stop.h"

#define ATTEMPT_NS (5 * SECOND)
#define PAUSE_MS 500
/* So long who ends waits for a thread that was told to give up. */
#define LEAVE_NS (250 * MILLISECOND)
#define LOOK_MS 20

struct parcel {
	char *url, *type, *bytes;
	size_t len;
};

struct push_queue {
	pthread_t thread;
	int news;    /* eventfd: not 0 while there is something to look at */
	int give_up; /* eventfd: not 0 when the thread is to leave */
	/* both sides', under the lock */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct parcel waiting[PUSH_QUEUE_MOST]; /* the oldest first */
	size_t n, bytes;
	bool ending, ended;
	struct push_state state;
};

static void parcel_release(struct parcel *p)
{
	free(p->url);
	free(p->type);
	free(p->bytes);
	*p = (struct parcel){ 0 };
}

static void raise_fd(int fd)
{
	uint64_t one = 1;

	/* Cannot fail: the counter is small. */
	while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
		continue;
}

/* Under the lock. */
static struct parcel take_oldest(struct push_queue *q)
{
	struct parcel p = q->waiting[0];

	q->n--;
	q->bytes -= p.len;
	memmove(q->waiting, q->waiting + 1, q->n * sizeof(*q->waiting));
	return p;
}

/* ---- the thread */

static bool is_given_up(const struct push_queue *q, int wait_ms)
{
	struct pollfd p = { .fd = q->give_up, .events = POLLIN };

	return poll(&p, 1, wait_ms) > 0;
}

static bool is_ending(struct push_queue *q)
{
	bool ending;

	pthread_mutex_lock(&q->lock);
	ending = q->ending;
	pthread_mutex_unlock(&q->lock);
	return ending;
}

/* Would it be the same once more? */
static bool is_final(int status)
{
	return status >= 200 && status < 500 && status != 408 && status != 429;
}

static bool send_parcel(struct push_queue *q, const struct parcel *p, struct buf *why)
{
	const struct http_body body = { p->type, p->bytes, p->len };
	const struct http_limit limit = { ATTEMPT_NS, q->give_up };
	int status = 0;

	for (int i = 0; i < PUSH_QUEUE_TRIES && !is_final(status); i++) {
		if (i && (is_ending(q) || is_given_up(q, PAUSE_MS)))
			break;
		buf_reset(why);
		status = http_post(p->url, &body, &limit, why);
		if (status > 0)
			buf_printf(why, "it answered with status %d%s", status,
				   status >= 300 && status < 400 ? ", and is not followed elsewhere" : "");
	}
	return status >= 200 && status < 300;
}

/* Under the lock. */
static void count(struct push_state *state, bool sent, const char *why)
{
	size_t len = strnlen(why, sizeof(state->why) - 1);

	state->down = !sent;
	state->sent += sent;
	state->dropped += !sent;
	if (sent)
		return;
	memcpy(state->why, why, len);
	state->why[len] = '\0';
}

static void *send_all(void *data)
{
	struct push_queue *q = data;

	pthread_mutex_lock(&q->lock);
	for (;;) {
		cleanup(buf_release) struct buf why = { .limit = 200 };
		struct parcel p;
		bool sent;

		while (!q->n && !q->ending)
			pthread_cond_wait(&q->wake, &q->lock);
		if (!q->n || is_given_up(q, 0))
			break;
		p = take_oldest(q);
		pthread_mutex_unlock(&q->lock);
		sent = send_parcel(q, &p, &why);
		parcel_release(&p);
		pthread_mutex_lock(&q->lock);
		count(&q->state, sent, why.len ? why.data : "no answer");
		raise_fd(q->news);
	}
	q->ended = true;
	raise_fd(q->news);
	pthread_mutex_unlock(&q->lock);
	return NULL;
}

/* ---- the other side */

/* The thread takes no signal: they are for the one that runs. */
static int start_thread(struct push_queue *q)
{
	sigset_t all, before;
	int e;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	e = pthread_create(&q->thread, NULL, send_all, q);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return e;
}

static void queue_free(struct push_queue *q)
{
	while (q->n) {
		struct parcel p = take_oldest(q);

		parcel_release(&p);
	}
	pthread_cond_destroy(&q->wake);
	pthread_mutex_destroy(&q->lock);
	if (q->news >= 0)
		close(q->news);
	if (q->give_up >= 0)
		close(q->give_up);
	free(q);
}

int push_queue_start(struct push_queue **ret, struct err *err)
{
	struct push_queue *q = xcalloc(1, sizeof(*q));
	int e;

	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->wake, NULL);
	q->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	q->give_up = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	e = q->news < 0 || q->give_up < 0 ? errno : start_thread(q);
	if (e) {
		queue_free(q);
		return err_errno(err, STATUS_FAILED, e, "cannot start a thread that sends");
	}
	*ret = q;
	return 0;
}

int push_queue_fd(const struct push_queue *q)
{
	return q->news;
}

void push_queue_look(struct push_queue *q, struct push_state *ret)
{
	uint64_t taken;

	pthread_mutex_lock(&q->lock);
	while (read(q->news, &taken, sizeof(taken)) < 0 && errno == EINTR)
		continue;
	*ret = q->state;
	pthread_mutex_unlock(&q->lock);
}

/* Under the lock. */
static void make_room(struct push_queue *q, size_t len)
{
	while (q->n && (q->n == PUSH_QUEUE_MOST || q->bytes + len > PUSH_QUEUE_BYTES)) {
		struct parcel p = take_oldest(q);

		parcel_release(&p);
		count(&q->state, false, "it takes them slower than they come");
		raise_fd(q->news);
	}
}

void push_queue_add(struct push_queue *q, const char *url, const struct http_body *body)
{
	struct parcel p = { xstrdup(url), xstrdup(body->type), xmemdupz(body->bytes, body->len), body->len };

	pthread_mutex_lock(&q->lock);
	make_room(q, p.len);
	q->waiting[q->n++] = p;
	q->bytes += p.len;
	pthread_cond_signal(&q->wake);
	pthread_mutex_unlock(&q->lock);
}

static bool has_ended(struct push_queue *q)
{
	bool ended;

	pthread_mutex_lock(&q->lock);
	ended = q->ended;
	pthread_mutex_unlock(&q->lock);
	return ended;
}

/* Until then, or one more signal that asks to stop. */
static bool await_end(struct push_queue *q, int64_t until_ns)
{
	struct pollfd news = { .fd = q->news, .events = POLLIN };
	unsigned int asked = stop_asked();
	struct push_state seen;

	while (!has_ended(q)) {
		if (stop_asked() != asked || clock_now() >= until_ns)
			return false;
		if (poll(&news, 1, LOOK_MS) > 0)
			push_queue_look(q, &seen);
	}
	return true;
}

void push_queue_end(struct push_queue *q, int64_t patience_ns, struct push_state *ret)
{
	bool ended;

	if (!q)
		return;
	pthread_mutex_lock(&q->lock);
	q->ending = true;
	pthread_cond_signal(&q->wake);
	pthread_mutex_unlock(&q->lock);
	ended = await_end(q, clock_now() + patience_ns);
	if (!ended) {
		raise_fd(q->give_up);
		ended = await_end(q, clock_now() + LEAVE_NS);
	}
	push_queue_look(q, ret);
	pthread_mutex_lock(&q->lock);
	ret->dropped += q->n + !ended;
	pthread_mutex_unlock(&q->lock);
	if (!ended)
		return;
	pthread_join(q->thread, NULL);
	queue_free(q);
}
