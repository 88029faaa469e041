#ifndef COWTOP_ANALYSIS_CORRELATION_H
#define COWTOP_ANALYSIS_CORRELATION_H

/*
 * The last CORRELATION_INTERVALS intervals of two rates, and how they go together. A zeroed struct is an
 * empty window; of a thousand processes each has one, so there is room for no more intervals than came.
 */
#include <stddef.h>
#include "model/snapshot.h"

#define CORRELATION_INTERVALS 60

struct rate_pair {
	figure x, y;
};

struct correlation {
	struct rate_pair *items;
	size_t n, cap, next;
};

void correlation_release(struct correlation *w);

/* Add an interval; one that is not known in both is left out. */
void correlation_add(struct correlation *w, figure x, figure y);
/* Pearson's correlation in [-1, 1]; unknown below 3 intervals or when x or y stands still. */
figure correlation_of(const struct correlation *w);

#endif
