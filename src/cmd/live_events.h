#ifndef COWTOP_CMD_LIVE_EVENTS_H
#define COWTOP_CMD_LIVE_EVENTS_H

/*
 * What the live view waits for: one epoll(7) over the keyboard, a timer, signals, and the sampler.
 * Nothing happens in a signal handler.
 */
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"

struct events {
	int epoll, timer, signals;
};

/* Why events_wait() returned; several at once. */
enum wake {
	WAKE_KEYS = 1,
	WAKE_TICK = 2,
	WAKE_SIGNAL = 4,
	WAKE_FRAME = 8,
	WAKE_HANGUP = 16, /* the terminal is gone */
};

/*
 * Block SIGTSTP, SIGCONT and SIGWINCH, and take them and what is blocked of SIGINT, SIGTERM and
 * SIGHUP as events. A thread that is started afterwards has them blocked too. `frames` is readable
 * for WAKE_FRAME; events_watch() adds it.
 */
int events_open(struct events *e, struct err *err);
int events_watch(struct events *e, int frames, struct err *err);
void events_close(struct events *e);

/* WAKE_TICK at this time of CLOCK_MONOTONIC; INT64_MAX: never. */
void events_arm(const struct events *e, int64_t when_ns);
/* Wait for something, or only look; WAKE_ bits. */
unsigned int events_wait(const struct events *e, bool wait);
/* The next signal that has come, or 0. */
int events_signal(const struct events *e);
/* Stop as SIGTSTP does by default, and return when somebody continues the process. */
void events_stop_here(void);

#endif
