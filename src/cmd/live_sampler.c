#include "cmd/live_sampler.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"

/* So long who leaves waits for what is being made. */
#define PATIENCE_NS (250 * MILLISECOND)

struct sampler {
	pthread_t thread;
	int ready; /* eventfd: not 0 while there is a frame */
	struct frame_maker maker;
	/* both sides', under the lock */
	pthread_mutex_t lock;
	pthread_cond_t wake, gone;
	bool stop, ended;
	bool asked; /* a sample is wanted or being made */
	struct wish wish;
	bool look; /* another address space or other stacks are watched */
	pid_t watched;
	struct stacks_wish stacks;
	bool why;
	struct live_frame *done;
};

void live_frame_free(struct live_frame *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->recording.nmarks; i++)
		free(f->recording.marks[i].text);
	free(f->recording.marks);
	timeline_free(f->history);
	address_space_release(&f->space);
	live_stacks_free(f->stacks);
	pool_list_free(f->pools);
	sample_view_release(&f->view);
	free(f);
}

/* ---- the thread */

/* `wish` NULL: no sample, but the address space and the call stacks that are watched. */
static struct live_frame *make_frame(struct sampler *s, const struct wish *wish, pid_t watched,
				     const struct stacks_wish *stacks)
{
	struct live_frame *f = xcalloc(1, sizeof(*f));

	f->kind = LIVE_FRAME_SPACE;
	if (wish) {
		f->wish = wish->kind;
		s->maker.make(s->maker.data, wish, f);
	}
	/* A process that went away in between has no address space: no failure of the sample. */
	if ((f->kind == LIVE_FRAME_SAMPLE || f->kind == LIVE_FRAME_SPACE) && watched)
		f->has_space = s->maker.space(s->maker.data, watched, &f->space, &f->err) == 0;
	/* A master that has gone broke pages as it went: its stacks are worth having. */
	if (f->kind != LIVE_FRAME_FAILED)
		f->stacks = s->maker.stacks(s->maker.data, stacks);
	return f;
}

static void *sample_on_demand(void *data)
{
	struct sampler *s = data;
	uint64_t one = 1;

	pthread_mutex_lock(&s->lock);
	while (!s->stop) {
		struct live_frame *f;
		bool sample = s->asked;
		struct wish wish = s->wish;
		pid_t watched = s->watched;
		struct stacks_wish stacks = s->stacks;

		wish.why = s->why;
		if (s->done || !(s->asked || s->look)) {
			pthread_cond_wait(&s->wake, &s->lock);
			continue;
		}
		s->look = false;
		pthread_mutex_unlock(&s->lock);
		f = make_frame(s, sample ? &wish : NULL, watched, &stacks);
		pthread_mutex_lock(&s->lock);
		if (sample)
			s->asked = false;
		s->done = f;
		/* Cannot fail: the counter is 0 or 1. */
		if (write(s->ready, &one, sizeof(one)) < 0)
			break;
	}
	s->ended = true;
	pthread_cond_signal(&s->gone);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* ---- the other side */

static void make_conditions(struct sampler *s)
{
	pthread_condattr_t monotonic;

	pthread_cond_init(&s->wake, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&s->gone, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

int sampler_start(const struct frame_maker *maker, struct sampler **ret, struct err *err)
{
	struct sampler *s = xcalloc(1, sizeof(*s));
	int e;

	s->maker = *maker;
	s->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->ready < 0) {
		e = errno;
		free(s);
		return err_errno(err, STATUS_FAILED, e, "cannot open an eventfd");
	}
	pthread_mutex_init(&s->lock, NULL);
	make_conditions(s);
	e = pthread_create(&s->thread, NULL, sample_on_demand, s);
	if (e) {
		close(s->ready);
		free(s);
		return err_errno(err, STATUS_FAILED, e, "cannot start a thread");
	}
	*ret = s;
	return 0;
}

int sampler_fd(const struct sampler *s)
{
	return s->ready;
}

bool sampler_ask(struct sampler *s, const struct wish *wish)
{
	bool idle;

	pthread_mutex_lock(&s->lock);
	idle = !s->asked && !(s->done && s->done->kind != LIVE_FRAME_SPACE);
	if (idle) {
		s->asked = true;
		s->wish = *wish;
		pthread_cond_signal(&s->wake);
	}
	pthread_mutex_unlock(&s->lock);
	return idle;
}

void sampler_watch(struct sampler *s, pid_t pid)
{
	pthread_mutex_lock(&s->lock);
	if (s->watched != pid) {
		s->watched = pid;
		s->look = pid != 0;
		pthread_cond_signal(&s->wake);
	}
	pthread_mutex_unlock(&s->lock);
}

void sampler_stacks(struct sampler *s, const struct stacks_wish *wish)
{
	pthread_mutex_lock(&s->lock);
	if (s->stacks.on != wish->on || s->stacks.again != wish->again) {
		s->stacks = *wish;
		s->look = true;
		pthread_cond_signal(&s->wake);
	}
	pthread_mutex_unlock(&s->lock);
}

void sampler_why(struct sampler *s, bool on)
{
	pthread_mutex_lock(&s->lock);
	s->why = on;
	pthread_mutex_unlock(&s->lock);
}

struct live_frame *sampler_take(struct sampler *s)
{
	struct live_frame *f;
	uint64_t count;

	pthread_mutex_lock(&s->lock);
	f = s->done;
	s->done = NULL;
	if (f && read(s->ready, &count, sizeof(count)) < 0)
		s->stop = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	return f;
}

bool sampler_stop(struct sampler *s)
{
	struct timespec until = clock_timespec(clock_now() + PATIENCE_NS);
	bool ended;

	if (!s)
		return true;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_signal(&s->wake);
	while (!s->ended && pthread_cond_timedwait(&s->gone, &s->lock, &until) != ETIMEDOUT)
		continue;
	ended = s->ended;
	pthread_mutex_unlock(&s->lock);
	if (!ended)
		return false;
	pthread_join(s->thread, NULL);
	live_frame_free(s->done);
	pthread_cond_destroy(&s->wake);
	pthread_cond_destroy(&s->gone);
	pthread_mutex_destroy(&s->lock);
	close(s->ready);
	free(s);
	return true;
}
