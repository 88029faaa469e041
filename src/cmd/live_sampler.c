#include "cmd/live_sampler.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include "analysis/analysis.h"
#include "base/alloc.h"
#include "base/cleanup.h"

struct sampler {
	pthread_t thread;
	int ready; /* eventfd: not 0 while there is a frame */
	/* the thread's own */
	struct live *live;
	struct analysis *analysis;
	/* both sides', under the lock */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
	bool asked;      /* a sample is wanted or being made */
	bool look;       /* the watched process is a new one */
	pid_t watched;
	struct live_frame *done;
};

void live_frame_free(struct live_frame *f)
{
	if (!f)
		return;
	address_space_release(&f->space);
	snapshot_release(&f->snap);
	sample_release(&f->sample);
	free(f);
}

/* ---- the thread */

static struct live_frame *make_frame(struct sampler *s, bool sample, pid_t watched)
{
	struct live_frame *f = xcalloc(1, sizeof(*f));
	int got = 1;

	sample_init(&f->sample);
	f->kind = sample ? FRAME_SAMPLE : FRAME_SPACE;
	if (sample)
		got = live_sample(s->live, &f->sample, &f->err);
	if (got <= 0)
		f->kind = got < 0 ? FRAME_FAILED : FRAME_GONE;
	else if (sample)
		analysis_next(s->analysis, &f->sample, &f->snap);
	/* A process that went away in between has no address space: no failure of the sample. */
	if (got > 0 && watched)
		f->has_space = live_address_space(s->live, watched, &f->space, &f->err) == 0;
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
		pid_t watched = s->watched;

		if (s->done || !(s->asked || s->look)) {
			pthread_cond_wait(&s->wake, &s->lock);
			continue;
		}
		s->look = false;
		pthread_mutex_unlock(&s->lock);
		f = make_frame(s, sample, watched);
		pthread_mutex_lock(&s->lock);
		if (sample)
			s->asked = false;
		s->done = f;
		/* Cannot fail: the counter is 0 or 1. */
		if (write(s->ready, &one, sizeof(one)) < 0)
			break;
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* ---- the other side */

int sampler_start(struct live *live, struct sampler **ret, struct err *err)
{
	struct sampler *s = xcalloc(1, sizeof(*s));
	int e;

	s->live = live;
	s->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->ready < 0) {
		e = errno;
		free(s);
		return err_errno(err, STATUS_FAILED, e, "cannot open an eventfd");
	}
	s->analysis = analysis_new();
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, NULL);
	e = pthread_create(&s->thread, NULL, sample_on_demand, s);
	if (e) {
		analysis_free(s->analysis);
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

bool sampler_ask(struct sampler *s)
{
	bool idle;

	pthread_mutex_lock(&s->lock);
	idle = !s->asked && !s->done;
	if (idle) {
		s->asked = true;
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

void sampler_stop(struct sampler *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	live_frame_free(s->done);
	analysis_free(s->analysis);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	close(s->ready);
	free(s);
}
