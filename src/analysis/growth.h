#ifndef COWTOP_ANALYSIS_GROWTH_H
#define COWTOP_ANALYSIS_GROWTH_H

/*
 * Does a curve only grow? Kept of it is a bounded number of points, evenly over the time that it was
 * watched, so that a slow leak shows in a long watch and one that is over stops showing. A zeroed struct
 * is an empty curve.
 *
 * A curve grows when it has gained something in the second half of its time, beyond what a heap breathes, and of
 * that half
 *	- each quarter has gained: what stands still for an eighth of the whole time does not grow,
 *	- the last quarter has gained a fourth of the mean one at least: a cache that fills up flattens,
 *	- no fall takes back more than a fourth of the gain: what is freed again does not grow,
 *	- no single step made most of it: a model that is loaded once is no leak.
 *
 * It levels off when it has gained, and in the second half no more than a quarter of that; or when it would
 * grow by the rules above, but each part of the time gains less than the one before, as it does where an end is
 * approached: the second half 0.6 of the first at the most, its second half 0.75 of its first. What is still to come
 * then is taken to go on at that ratio. A cache that has not been watched for twice the time in which half of it
 * fills cannot be told from a leak.
 */
#include <stdbool.h>
#include <stddef.h>
#include "model/snapshot.h"
#include "model/trend.h"

#define GROWTH_POINTS 32

struct growth {
	figure t[GROWTH_POINTS], y[GROWTH_POINTS]; /* the first ones evenly, the last one the latest */
	size_t n;
	figure step;        /* seconds between those that stay */
	size_t values;      /* that were added */
	struct trend trend; /* when there were so many values: several findings ask for it */
	size_t trend_values;
};

/* A value at `t` seconds; times ascend. One that is not known is left out. */
void growth_add(struct growth *g, figure t, figure y);
/* Was it watched for long enough? Until then no curve grows. */
bool growth_is_told(const struct growth *g);
struct trend growth_trend(struct growth *g);

#endif
