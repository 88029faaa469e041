#ifndef COWTOP_ANALYSIS_STORY_SUMS_H
#define COWTOP_ANALYSIS_STORY_SUMS_H

/*
 * Running sums, as Welford takes them: no value is kept and none is lost in large ones. Zeroed
 * structs are empty; values that are not known are left out.
 *
 * Samples come closer together while much happens, so what is a mean over time is weighed by time.
 */
#include "model/story.h"

struct moments {
	figure weight, weights_squared, mean, squares; /* of the distances from the mean */
};

/* A value of a weight > 0; one without weight is left out. */
static inline void moments_weigh(struct moments *m, figure x, figure weight)
{
	figure off = x - m->mean;

	if (!known(x) || !(weight > 0))
		return;
	m->weight += weight;
	m->weights_squared += weight * weight;
	m->mean += off * weight / m->weight;
	m->squares += weight * off * (x - m->mean);
}

static inline void moments_add(struct moments *m, figure x)
{
	moments_weigh(m, x, 1);
}

/* How many values of equal weight would tell as much: of equal ones their number. */
static inline figure moments_number(const struct moments *m)
{
	figure n = m->weight ? m->weight * m->weight / m->weights_squared : 0;

	return fabs(n - round(n)) < 1e-6 ? round(n) : n;
}

/* From 1.5 on there are two values that count. */
static inline struct spread moments_spread(const struct moments *m)
{
	figure n = moments_number(m);

	return (struct spread){
		.mean = n ? m->mean : UNKNOWN,
		.deviation = n > 1.5 ? sqrt(m->squares / (m->weight - m->weight / n)) : UNKNOWN,
		.n = n,
	};
}

/* A straight line through a curve y(t), by least squares over its time. */
struct trend_line {
	figure weight, t, y, tt, ty;
};

/* The curve goes straight from one sample to the next: the sums of such a piece, and of both together. */
static inline void trend_line_add(struct trend_line *l, figure t0, figure y0, figure t1, figure y1)
{
	figure time = t1 - t0, off_t = (t0 + t1) / 2 - l->t, off_y = (y0 + y1) / 2 - l->y, part;

	if (!known(y0) || !known(y1) || !(time > 0))
		return;
	part = time / (l->weight + time);
	l->tt += time * time * time / 12 + off_t * off_t * l->weight * part;
	l->ty += time * time * (y1 - y0) / 12 + off_t * off_y * l->weight * part;
	l->t += off_t * part;
	l->y += off_y * part;
	l->weight += time;
}

/* Unknown without two different times. */
static inline figure trend_line_slope(const struct trend_line *l)
{
	return l->tt > 0 ? l->ty / l->tt : UNKNOWN;
}

#endif
