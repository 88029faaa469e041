#include "watch/watch_state.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "sys/file_limit.h"
#include "watch/watch_pages.h"

#define WAIT_MS 100
/* Page states are read anew this often while processes come and go, and this often while they do not. */
#define PAGES_STALE_NS (500 * MILLISECOND)
#define PAGES_OLD_NS (4 * PAGES_STALE_NS)

/* CPU time. */
static int64_t thread_ns(pthread_t thread)
{
	clockid_t clock;

	return pthread_getcpuclockid(thread, &clock) ? 0 : clock_ns(clock);
}

static int64_t threads_ns(const struct watch *w)
{
	return thread_ns(w->thread) + thread_ns(w->spool.thread);
}

/* ---- the thread */

static void renew_pages(struct watch *w)
{
	int64_t now = clock_now(), age = now - w->pages_ns;
	size_t i;

	if (w->events.method != STACKS_SOFTWARE || age < (w->pages_stale ? PAGES_STALE_NS : PAGES_OLD_NS))
		return;
	for (i = 0; i < w->threads.nmembers; i++) {
		struct watch_member *m = w->threads.members[i];

		if (!watch_member_gone(m))
			watch_pages_read(m->pages, w->fs, m->pid);
	}
	w->pages_stale = false;
	/* with a large pool the reading takes long: rest as long as twenty of them */
	w->pages_ns = now + 20 * (clock_now() - now) - PAGES_STALE_NS;
	if (w->pages_ns < now)
		w->pages_ns = now;
}

/* It ended, or its pid is another's. */
static bool is_gone(const struct watch *w, pid_t pid, uint64_t start_ticks)
{
	struct proc_stat st;
	int r = procfs_stat(w->fs, pid, &st);

	if (r < 0)
		return r == -ENOENT || r == -ESRCH;
	return st.start_ticks != start_ticks || st.state == 'Z' || st.state == 'X';
}

/* The master, and all that it left. */
static bool pool_is_gone(const struct watch *w)
{
	if (!is_gone(w, w->master, w->start_ticks))
		return false;
	for (size_t i = 0; i < w->threads.nmembers; i++) {
		const struct watch_member *m = w->threads.members[i];

		if (!m->execed && !watch_member_gone(m) && !is_gone(w, m->pid, m->start_ticks))
			return false;
	}
	return true;
}

static void notice_master(struct watch *w)
{
	uint64_t one = 1;

	if (w->master_gone || !pool_is_gone(w))
		return;
	w->master_gone = true;
	/* cannot fail: the counter is 0 */
	if (write(w->gone, &one, sizeof(one)) < 0)
		return;
}

/* Whatever the caller is busy with, and before others if it may. */
static void *follow_all(void *data)
{
	struct watch *w = data;

	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), -10);
	while (watch_spool_wait(&w->spool, WAIT_MS)) {
		pthread_mutex_lock(&w->lock);
		watch_follow(w);
		renew_pages(w);
		notice_master(w);
		pthread_mutex_unlock(&w->lock);
	}
	return NULL;
}

/* Signals are the caller's. */
static int start_threads(struct watch *w)
{
	sigset_t all, before;
	int r = watch_spool_start(&w->spool, &w->events);

	if (r)
		return r;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&w->thread, NULL, follow_all, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	w->started = r == 0;
	return r;
}

static void stop_threads(struct watch *w)
{
	if (w->started) {
		watch_spool_interrupt(&w->spool);
		pthread_join(w->thread, NULL);
		w->started = false;
	}
	watch_spool_stop(&w->spool);
}

/* ---- open and close */

#define BYTES_EACH (256L << 10)

uint32_t watch_period(void)
{
	long pages = BYTES_EACH / sysconf(_SC_PAGESIZE);

	return pages > 1 ? (uint32_t)pages : 1;
}

static void set_up(struct watch *w, const struct procfs *fs, const struct target *target,
		   const struct watch_setup *setup)
{
	w->fs = fs;
	w->master = target->master;
	w->masterless = target->masterless;
	w->start_ticks = target->start_ticks;
	w->setup = *setup;
	if (!w->setup.period)
		w->setup.period = watch_period();
	if (setup->count_only)
		w->setup.period = watch_period() * WATCH_COUNTED;
	if (!w->setup.stack_bytes)
		w->setup.stack_bytes = WATCH_BYTES;
	pthread_mutex_init(&w->lock, NULL);
	w->gone = eventfd(0, EFD_CLOEXEC);
	w->unwinder = unwinder_new(fs, &w->all);
}

static void closep(struct watch **w)
{
	watch_close(*w);
}

int watch_open(const struct procfs *fs, const struct target *target, const struct watch_setup *setup,
	       struct watch **ret, struct err *err)
{
	cleanup(closep) struct watch *w = xcalloc(1, sizeof(*w));
	struct watch_events_setup events;
	int r;

	file_limit_raise(); /* a file for every thread and CPU */
	set_up(w, fs, target, setup);
	if (w->gone < 0)
		return watch_failed(err, errno, "eventfd");
	events = (struct watch_events_setup){
		.period = w->setup.period,
		.stack_bytes = w->setup.stack_bytes,
		.count_only = setup->count_only,
		.software = setup->software,
	};
	if (watch_events_open(fs, w->master, &events, &w->events, &w->all, err) < 0)
		return -1;
	w->since_ns = clock_now();
	/* a large pool takes a while to attach to, and is at work meanwhile */
	r = start_threads(w);
	if (r)
		return watch_failed(err, r, "cannot start a thread");
	if (watch_attach(w, err) < 0)
		return -1;
	*ret = w;
	w = NULL;
	return 0;
}

static void drop_member(void *ctx, struct watch_member *m)
{
	struct watch *w = ctx;

	unwinder_gone(w->unwinder, m->pid);
	watch_pages_free(m->pages);
}

void watch_close(struct watch *w)
{
	size_t i;

	if (!w)
		return;
	stop_threads(w);
	watch_events_release(&w->events);
	for (i = 0; i < w->threads.nmembers; i++)
		watch_pages_free(w->threads.members[i]->pages);
	watch_threads_release(&w->threads);
	watch_firsts_release(&w->firsts);
	unwinder_free(w->unwinder);
	stacks_release(&w->all);
	cleanup_closep(&w->gone);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

/* ---- for the caller */

int watch_fd(const struct watch *w)
{
	return w->gone;
}

bool watch_is_over(struct watch *w)
{
	bool gone;

	pthread_mutex_lock(&w->lock);
	notice_master(w);
	gone = w->master_gone;
	pthread_mutex_unlock(&w->lock);
	return gone;
}

void watch_take(struct watch *w, struct stacks *ret)
{
	int64_t start, spent;

	pthread_mutex_lock(&w->lock);
	start = thread_ns(pthread_self());
	watch_follow(w);
	watch_report(w, ret);
	watch_threads_forget(&w->threads, drop_member, w);
	spent = threads_ns(w);
	ret->cost_ns = thread_ns(pthread_self()) - start + spent - w->cost_ns;
	w->cost_ns = spent;
	pthread_mutex_unlock(&w->lock);
}

void watch_progress(struct watch *w, struct watch_progress *ret)
{
	size_t i;

	pthread_mutex_lock(&w->lock);
	*ret = w->progress;
	for (i = 0; i < w->threads.nmembers; i++)
		ret->processes += !watch_member_gone(w->threads.members[i]) && !w->threads.members[i]->execed;
	pthread_mutex_unlock(&w->lock);
}
