#ifndef COWTOP_ANALYSIS_INTERVAL_H
#define COWTOP_ANALYSIS_INTERVAL_H

/*
 * How long to wait for the next sample of a recording: the base interval while nothing happens, an
 * eighth of it while copies burst, and then twice as long after every quiet sample until it is the
 * base again.
 *
 * Copies burst when a worker has started or exited, a full collection has run, settings of a
 * collector have changed, a process has a burst of faults, or the pool's copies are far above their
 * usual pace (fault_burst.h). An interval is never below 100 ms, nor below ten times the CPU time that the
 * last sample cost. Samples that come early are paid for: each base interval earns one, and 60 can
 * be saved up, so a recording of a pool that bursts without end has twice the samples, not eight
 * times.
 *
 *	struct interval t;
 *	interval_init(&t, base_ns, true);
 *	wait(interval_next(&t, &snap));
 */
#include <stdbool.h>
#include "analysis/fault_burst.h"

struct interval {
	bool adaptive;
	int64_t base_ns, interval_ns;
	figure credit; /* samples that may still come early */
	struct fault_burst copies;
};

/* Not `adaptive`: always the base interval. */
void interval_init(struct interval *t, int64_t base_ns, bool adaptive);
/* The time from this sample to the next one. */
int64_t interval_next(struct interval *t, const struct snapshot *snap);

#endif
