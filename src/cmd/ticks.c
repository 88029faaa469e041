#include "cmd/ticks.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>
#include "base/clock.h"
#include "base/stop.h"
#include "tui/terminal.h"

/* Between two looks where nothing can be waited for. */
#define LOOK_NS (20 * MILLISECOND)

void ticks_guard(void)
{
	static bool guarded;

	if (!guarded)
		stop_guard(terminal_rescue);
	guarded = true;
}

void ticks_start(struct ticks *t, int64_t interval_ns, int64_t duration_ns)
{
	t->interval_ns = interval_ns;
	t->next_ns = clock_now();
	t->end_ns = duration_ns ? t->next_ns + duration_ns : INT64_MAX;
}

/* Put next_ns onto the grid point that comes after `now`. */
static void advance(struct ticks *t, int64_t now)
{
	int64_t step = t->least_ns > t->interval_ns ? t->least_ns : t->interval_ns;
	int64_t missed = (now - t->next_ns) / step;

	t->next_ns += (1 + (missed > 0 ? missed : 0)) * step;
}

bool ticks_stopped(void)
{
	return stop_asked();
}

enum pause ticks_pause(int64_t until_ns, struct pollfd *fds, nfds_t n)
{
	int64_t left = until_ns - clock_now();
	struct timespec ts = clock_timespec(left > 0 ? left : 0);
	sigset_t none;
	int ready;

	/* Also when the time has come: blocked signals are let through here. */
	sigemptyset(&none);
	ready = ppoll(fds, n, &ts, &none);
	if (stop_asked())
		return PAUSE_STOPPED;
	/* the kernel has no memory to wait with */
	if (ready < 0 && errno != EINTR) {
		ts = clock_timespec(left > LOOK_NS ? LOOK_NS : left > 0 ? left : 0);
		nanosleep(&ts, NULL);
		return clock_now() < until_ns ? PAUSE_WOKEN : PAUSE_OVER;
	}
	return ready ? PAUSE_WOKEN : PAUSE_OVER;
}

int64_t ticks_next(struct ticks *t)
{
	advance(t, clock_now());
	/* The end comes when it is due, not one interval early. */
	return t->next_ns < t->end_ns ? t->next_ns : t->end_ns;
}

enum tick ticks_wait(struct ticks *t)
{
	int64_t until = ticks_next(t);
	enum pause pause;

	do
		pause = ticks_pause(until, NULL, 0);
	while (pause == PAUSE_WOKEN);
	if (pause == PAUSE_STOPPED)
		return TICK_STOPPED;
	return t->next_ns > t->end_ns ? TICK_OVER : TICK_NOW;
}
