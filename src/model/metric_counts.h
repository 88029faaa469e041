#ifndef COWTOP_MODEL_METRIC_COUNTS_H
#define COWTOP_MODEL_METRIC_COUNTS_H

/*
 * What the processes of a pool have counted since the first sample, those that have ended among them: sums that
 * never fall. A process that came since counts from its own beginning; of the collections that it was
 * born with those are left out that its base has made by now. Of one that ends what came after the last sample is not seen.
 */
#include "model/snapshot.h"

enum metric_count {
	COUNT_MINOR,
	COUNT_MAJOR,
	COUNT_COW, /* this and what follows in pages */
	COUNT_COLLAPSED,
	COUNT_NEW,
	COUNT_COLLECTIONS, /* of the first generation; those of the others follow */
	COUNTS = COUNT_COLLECTIONS + GC_GENERATIONS,
};
#define METRIC_ROLES (ROLE_HELPER + 1)

struct metric_counted; /* a process, and what its counters were */

struct metric_counts {
	figure sums[METRIC_ROLES][COUNTS]; /* unknown until one of the role was known */
	figure full, full_bytes;           /* full collections of workers, and what was copied meanwhile */
	figure events[EVENT_TYPES];
	int64_t start_ns; /* wall clock: of the first sample, with which all began at 0 */
	struct metric_counted *items;
	size_t n;
	bool begun;
};

void metric_counts_init(struct metric_counts *c);
/* The next sample of the pool; once each. */
void metric_counts_next(struct metric_counts *c, const struct snapshot *s);
void metric_counts_release(struct metric_counts *c);

#endif
