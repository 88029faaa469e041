#ifndef COWTOP_ANALYSIS_EROSION_H
#define COWTOP_ANALYSIS_EROSION_H

/*
 * Does shared memory decay, how fast, and where to? Half of what can be lost is lost in a half-life:
 *
 *	y(t) = asymptote + fall / 2^((t - t0) / half_life)
 *
 * The same asymptote and half-life come out wherever on the curve the recording begins, so workers of
 * any age can be taken together: each is fitted alone, and the medians are the pool's.
 *
 * The fit: for a half-life, asymptote and fall are those of the least squares; the half-life is
 * searched on a grid and then closely. A point has the weight of the time that it stands for. Points more than three median deviations away are dropped
 * once, and the search is repeated. The answer is unknown, with the reason, unless
 *	- there are 8 points, and shared memory falls by 2 % at the least,
 *	- the half-life lies between two steps of the data and the length of the recording,
 *	- the curve is nearer to the points than a straight line is,
 *	- the typical distance from it is less than a tenth of the fall,
 *	- and all that for more than half of the workers that have so many points.
 */
#include "model/story.h"

struct decay {
	figure half_life_s, asymptote, fall; /* `fall` at the first point */
	figure residual;
	const char *why; /* NULL: it is a decay */
};

/* Times ascend; what is not known must have been left out. */
struct decay decay_fit(const figure *t, const figure *y, size_t n);

/* Over the workers of a story, whose curves are there; fills story->erosion. */
void erosion_of(struct story *story);

#endif
