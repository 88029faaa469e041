#ifndef COWTOP_CMD_ON_EVENT_H
#define COWTOP_CMD_ON_EVENT_H

/*
 * --on-event: a shell command that is told events, each as one JSON object on its stdin (json_event() in sink/json.h),
 * while the run goes on and waits for nothing of it. One runs at a time, for ON_EVENT_LIMIT at most, then it is killed.
 * ON_EVENT_BURST may begin one behind the other, after that one a second. What comes faster waits in a queue of
 * ON_EVENT_QUEUE; what does not fit in is dropped, and the next one that does says how many were. What fails is said,
 * each kind of failure once.
 *
 * All take NULL: then nobody is told.
 */
#include "base/clock.h"
#include "model/snapshot.h"

#define ON_EVENT_LIMIT (10 * SECOND)
#define ON_EVENT_BURST 10
#define ON_EVENT_QUEUE 256

struct on_event;

/* `command` is borrowed. */
struct on_event *on_event_open(const char *command);
/* Queue the events of a snapshot, and begin with them. */
void on_event_tell(struct on_event *o, const struct snapshot *s);
/* Take note of one that has ended, kill one that takes too long, start the next. Never waits. */
void on_event_step(struct on_event *o);
/* For poll(2): readable when it is time for a step; -1. */
int on_event_fd(const struct on_event *o);
/* When it is time for one by the clock (CLOCK_MONOTONIC); INT64_MAX: never. */
int64_t on_event_due(const struct on_event *o);
/* The run is over: what is queued is told yet, for ON_EVENT_LIMIT in all, and not when a signal asked to stop. */
void on_event_finish(struct on_event *o);
/* Kills what runs. */
void on_event_close(struct on_event *o);
static inline void on_event_closep(struct on_event **o)
{
	on_event_close(*o);
}

#endif
