#ifndef COWTOP_CMD_TICKS_H
#define COWTOP_CMD_TICKS_H

/*
 * The pace of a run, and the signals that end it. Ticks lie on a grid of absolute times
 * (CLOCK_MONOTONIC), so a run does not drift; a tick that was missed is not made up for. SIGINT,
 * SIGTERM and SIGHUP are blocked and let through only while waiting: a document that was begun is
 * finished, unless it takes too long (base/stop.h).
 */
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

struct ticks {
	int64_t interval_ns;
	int64_t next_ns;  /* when the next tick is due; 0 before the first */
	int64_t end_ns;   /* when no more ticks are wanted; INT64_MAX: never */
	int64_t least_ns; /* a longer interval that is needed now; set before ticks_next() */
};

enum tick {
	TICK_NOW,
	TICK_OVER,    /* the duration is over */
	TICK_STOPPED, /* a signal asked to stop */
};

/* stop_guard(), with the terminal put back; the second time nothing. Whatever waits with ppoll(2) and an empty mask from now on is interrupted
 * by the signals; a child unblocks them for itself. */
void ticks_guard(void);
/* Set the pace; `duration_ns` 0: no end. The first tick is now. */
void ticks_start(struct ticks *t, int64_t interval_ns, int64_t duration_ns);
/*
 * Go on to the next tick, and say when it is due (CLOCK_MONOTONIC), or the end if that comes first:
 * for those who wait on other things as well.
 */
int64_t ticks_next(struct ticks *t);
/* Wait for it. */
enum tick ticks_wait(struct ticks *t);

enum pause {
	PAUSE_OVER,    /* the time has come */
	PAUSE_STOPPED, /* a signal asked to stop, now or before */
	PAUSE_WOKEN,   /* something has happened to `fds`, or another signal was handled */
};

/* Wait until this time of CLOCK_MONOTONIC, and meanwhile for `fds`, as poll(2) takes them. */
enum pause ticks_pause(int64_t until_ns, struct pollfd *fds, nfds_t n);
/* Has a signal asked to stop? */
bool ticks_stopped(void);

#endif
