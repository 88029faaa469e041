#ifndef COWTOP_ANALYSIS_RATES_H
#define COWTOP_ANALYSIS_RATES_H

/*
 * Faults of an interval. Counters only grow; one that fell (the ledger began anew) makes its
 * difference unknown, so no rate is ever negative.
 */
#include "model/snapshot.h"

/* Faults since some beginning, or of an interval; as struct fault_figures splits them. */
struct counters {
	figure minor, major, cow, fresh, file;
	figure collapsed, filled; /* no faults */
};

#define COUNTERS_UNKNOWN \
	((struct counters){UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN})

struct counters counters_of(const struct proc_sample *p);

/* What came between two readings of one process. */
struct counters counters_between(struct counters before, struct counters now);

void counters_add(struct counters *to, struct counters more);

/*
 * The rates in `ret`, all but the correlation, from the counters of an interval. `ahead`: pages that
 * the ledger saw in the interval before, and whose faults count in this one; replaced by this one's.
 */
void rates_of(struct counters interval, figure elapsed_s, figure *ahead,
	      struct fault_figures *ret);

#endif
