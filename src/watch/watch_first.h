#ifndef COWTOP_WATCH_WATCH_FIRST_H
#define COWTOP_WATCH_WATCH_FIRST_H

/*
 * Samples that stand for no period. Until Linux 6.13, and until the stable ones of December 2024, the
 * events of a tracepoint begin with a whole period that is taken for used up (kernel/events/core.c,
 * perf_event_alloc() and perf_swevent_set_period(); kernel/trace/trace_event_perf.c, perf_trace_add(),
 * which sets no period): the first time that such an event happens is sampled twice, and each further
 * sample is as it should be. A period of 1 knows no such thing. Every thread that inherits an event
 * begins with one of its own on each CPU, so that a pool of short-lived workers has little else than
 * these; they are told by the number of that event, PERF_SAMPLE_STREAM_ID, and dropped.
 *
 * By this number and not by thread: the kernel exchanges the events of a parent and its child, or of
 * two children, where one takes the CPU from the other (perf_event_context_sched_out()).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Tried on a page of cowtop's own. False also where it could not be tried. */
bool watch_first_twice(uint64_t tracepoint);

/* Which events have begun. Bounded: at a million all are forgotten, which costs those that go on two
 * samples each. */
struct watch_firsts {
	uint64_t *slots; /* a hash: the stream's number doubled, odd once both samples came; 0: free */
	size_t n, cap;
};

void watch_firsts_release(struct watch_firsts *f); /* a zeroed one is fine */
/* A sample of this stream came: is it one of its first two? */
bool watch_firsts_drop(struct watch_firsts *f, uint64_t stream);

#endif
