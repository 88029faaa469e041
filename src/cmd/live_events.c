#include "cmd/live_events.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include "base/clock.h"

static int add(const struct events *e, int fd, enum wake wake)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = wake };

	return epoll_ctl(e->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* Those that end a run are wanted when they are blocked: those that were not ignored (cmd/ticks.h). */
static void wanted_signals(sigset_t *ret)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP };
	sigset_t blocked;

	sigemptyset(ret);
	sigaddset(ret, SIGTSTP);
	sigaddset(ret, SIGCONT);
	sigaddset(ret, SIGWINCH);
	sigprocmask(SIG_BLOCK, ret, &blocked);
	for (size_t i = 0; i < sizeof(ending) / sizeof(*ending); i++)
		if (sigismember(&blocked, ending[i]))
			sigaddset(ret, ending[i]);
}

int events_open(struct events *e, struct err *err)
{
	sigset_t set;

	wanted_signals(&set);
	e->epoll = epoll_create1(EPOLL_CLOEXEC);
	e->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	e->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (e->epoll < 0 || e->timer < 0 || e->signals < 0 || add(e, e->timer, WAKE_TICK) < 0 ||
	    add(e, e->signals, WAKE_SIGNAL) < 0 || add(e, STDIN_FILENO, WAKE_KEYS) < 0)
		return err_errno(err, STATUS_FAILED, errno, "cannot wait for keys, time and signals");
	return 0;
}

int events_watch(struct events *e, int frames, struct err *err)
{
	if (add(e, frames, WAKE_FRAME) < 0)
		return err_errno(err, STATUS_FAILED, errno, "cannot wait for samples");
	return 0;
}

void events_close(struct events *e)
{
	sigset_t set;

	if (e->epoll >= 0)
		close(e->epoll);
	if (e->timer >= 0)
		close(e->timer);
	if (e->signals >= 0)
		close(e->signals);
	*e = (struct events){ -1, -1, -1 };
	/* Those that end a run stay blocked: they are the run's (cmd/ticks.h). */
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGCONT);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void events_arm(const struct events *e, int64_t when_ns)
{
	struct itimerspec at = { .it_value = clock_timespec(when_ns) };

	if (when_ns == INT64_MAX)
		at = (struct itimerspec){ 0 };
	timerfd_settime(e->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

unsigned int events_wait(const struct events *e, bool wait)
{
	struct epoll_event events[4];
	unsigned int wake = 0;
	uint64_t expired;
	int n;

	do
		n = epoll_wait(e->epoll, events, 4, wait ? -1 : 0);
	while (n < 0 && errno == EINTR);
	for (int i = 0; i < n; i++) {
		wake |= events[i].data.u32;
		if (events[i].data.u32 == WAKE_KEYS && (events[i].events & (EPOLLHUP | EPOLLERR)))
			wake |= WAKE_HANGUP;
	}
	/* A timer that was armed anew since it went off has nothing to read: that is no tick. */
	if ((wake & WAKE_TICK) && read(e->timer, &expired, sizeof(expired)) < 0)
		wake &= ~(unsigned int)WAKE_TICK;
	return n < 0 ? WAKE_HANGUP : wake;
}

int events_signal(const struct events *e)
{
	struct signalfd_siginfo info;

	if (read(e->signals, &info, sizeof(info)) != sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}

void events_stop_here(void)
{
	static const struct timespec now;
	sigset_t stop, go_on;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	sigemptyset(&go_on);
	sigaddset(&go_on, SIGCONT);
	/*
	 * The kernel ignores SIGTSTP where nobody could continue us (an orphaned process group): then this
	 * is no stop at all, where SIGSTOP would be one for ever.
	 */
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	sigtimedwait(&go_on, NULL, &now);
}
