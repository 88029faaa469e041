#ifndef COWTOP_ANALYSIS_FAULT_BURST_H
#define COWTOP_ANALYSIS_FAULT_BURST_H

/*
 * The usual minor faults per second of a process, and when it takes far more: a burst. That is at least
 * 5 times the usual pace and 2000 faults a second (a worker that ends through Py_Finalize takes 15 000
 * to 46 000 in 1 to 2 s), over half a second at least; in an interval of more than 5 s, 10 000 faults.
 * Intervals shorter than half a second are put together until they are that long: how often one looks
 * does not decide what is a burst. A zeroed struct knows nothing yet. What is usual follows a burst
 * slowly: a spike does not hide the next one, and a load that stays has become the usual pace within a
 * dozen intervals.
 */
#include <stddef.h>
#include "model/snapshot.h"

struct fault_burst {
	figure mean;         /* per second */
	size_t n;            /* intervals in it */
	figure held, held_s; /* faults and seconds of the intervals that are not half a second together yet */
	bool burst;          /* the last interval was one, or a part of one */
};

/* With this interval after those that are held. */
bool fault_burst_is(const struct fault_burst *p, figure faults, figure elapsed_s);
/* An interval that is not known is left out. */
void fault_burst_add(struct fault_burst *p, figure faults, figure elapsed_s);

#endif
