#include "base/stop.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"

/* So long the run may do nothing, and so long it may do anything, before a signal is obeyed without it. */
#define IDLE_NS SECOND
#define BUSY_NS (5 * SECOND)
#define LOOK_NS (20 * MILLISECOND)
/* Less of a processor than this in IDLE_NS is nothing. */
#define WORK_NS (50 * MILLISECOND)

static const int asking[] = { SIGINT, SIGTERM, SIGHUP };
#define NASKING (sizeof(asking) / sizeof(*asking))

static struct {
	atomic_uint seen;
	sigset_t signals; /* of `asking` those that are not ignored */
	void (*leave)(void);
	clockid_t run; /* what the thread that runs has used of processors */
	int come;      /* signalfd: readable while one is pending */
} stop;

static void on_stop(int sig)
{
	stop.seen++;
}

static int pending(void)
{
	sigset_t set;

	sigpending(&set);
	for (size_t i = 0; i < NASKING; i++)
		if (sigismember(&stop.signals, asking[i]) && sigismember(&set, asking[i]))
			return asking[i];
	return 0;
}

/* A signal is pending: until the run has taken it (0), or for too long. */
static int overdue(void)
{
	const struct timespec look = clock_timespec(LOOK_NS);
	int64_t began = clock_now(), active = began, used = clock_ns(stop.run), now;
	int sig;

	while ((sig = pending())) {
		int64_t cpu = clock_ns(stop.run);

		now = clock_now();
		if (cpu - used >= WORK_NS) {
			used = cpu;
			active = now;
		}
		if (now - active >= IDLE_NS || now - began >= BUSY_NS)
			return sig;
		nanosleep(&look, NULL);
	}
	return 0;
}

static void obey(int sig)
{
	sigset_t set;

	if (stop.leave)
		stop.leave();
	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	raise(sig);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void *keep_watch(void *none)
{
	const struct timespec look = clock_timespec(LOOK_NS);
	struct pollfd come = { .fd = stop.come, .events = POLLIN };
	int sig;

	for (;;) {
		/* The kernel has no memory to wait with: it is looked now and then. */
		if (poll(&come, 1, -1) < 0)
			nanosleep(&look, NULL);
		sig = overdue();
		if (sig)
			obey(sig);
	}
	return none;
}

/* It blocks all but SIGQUIT, and the others SIGQUIT too: it is handled where nothing is waited for. */
static void start_watch(void)
{
	sigset_t all, before;
	pthread_attr_t detached;
	pthread_t thread;
	bool started;

	sigfillset(&all);
	sigdelset(&all, SIGQUIT);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	started = pthread_create(&thread, &detached, keep_watch, NULL) == 0;
	pthread_attr_destroy(&detached);
	if (started)
		sigaddset(&before, SIGQUIT);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void stop_guard(void (*leave)(void))
{
	struct sigaction old, action = { .sa_handler = on_stop };

	sigemptyset(&stop.signals);
	for (size_t i = 0; i < NASKING; i++) {
		if (sigaction(asking[i], NULL, &old) < 0)
			continue;
		if (asking[i] == SIGHUP && old.sa_handler == SIG_IGN)
			continue;
		sigaddset(&stop.signals, asking[i]);
		sigaction(asking[i], &action, NULL);
	}
	pthread_sigmask(SIG_BLOCK, &stop.signals, NULL);
	stop.leave = leave;
	stop.come = signalfd(-1, &stop.signals, SFD_CLOEXEC);
	if (stop.come >= 0 && pthread_getcpuclockid(pthread_self(), &stop.run) == 0)
		start_watch();
}

/* Taken where they are pending: whoever waits for them (ppoll(2)) may be refused every time. */
unsigned int stop_asked(void)
{
	static const struct timespec now;

	while (pending() && sigtimedwait(&stop.signals, NULL, &now) > 0)
		stop.seen++;
	return stop.seen;
}
