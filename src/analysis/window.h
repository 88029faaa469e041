#ifndef COWTOP_ANALYSIS_WINDOW_H
#define COWTOP_ANALYSIS_WINDOW_H

/*
 * The last WINDOW_SIZE intervals of two rates, and how they go together. A zeroed struct is an
 * empty window.
 */
#include <stddef.h>
#include "model/snapshot.h"

#define WINDOW_SIZE 60

struct window {
	figure x[WINDOW_SIZE], y[WINDOW_SIZE];
	size_t n, next;
};

/* Add an interval; one that is not known in both is left out. */
void window_add(struct window *w, figure x, figure y);
/* Pearson's correlation in [-1, 1]; unknown below 3 intervals or when x or y stands still. */
figure window_correlation(const struct window *w);

#endif
