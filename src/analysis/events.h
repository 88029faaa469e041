#ifndef COWTOP_ANALYSIS_EVENTS_H
#define COWTOP_ANALYSIS_EVENTS_H

/*
 * What happened between two samples. All of them need two samples of a process: what a first one
 * shows was so before.
 */
#include "analysis/history.h"

/* A new event without text and copies at the time of the sample, valid until the next one. */
struct event *event_add(struct snapshot *snap, pid_t pid, enum event_type type);

/* Workers that went and came, the master that went. */
void events_between(const struct history *before, const struct history *now, struct snapshot *snap);

/* Settings of a collector that changed, and full collections that ran. */
void events_of_gc(const struct history *now, struct snapshot *snap);

/* Bursts of minor faults: fault_burst.h says what one is. */
void events_of_faults(const struct history *before, const struct history *now, struct snapshot *snap);

#endif
