#include "analysis/erosion.h"

#include <stdlib.h>
#include "base/alloc.h"
#include "base/cleanup.h"

#define POINTS_LEAST 8
#define POINTS_MOST 128 /* of a curve; more of them are thinned out, evenly in time */
#define GRID 48
#define NARROWINGS 24
#define HOUR 3600.0

static const char too_few[] = "too few samples";
static const char no_pages[] = "shared pages are not known";
static const char no_fall[] = "shared memory hardly falls";
static const char in_steps[] = "it falls in steps, not along a curve";
static const char too_short[] = "it falls steadily: no end can be seen yet";
static const char no_curve[] = "it does not fall along a curve";

struct data {
	const figure *t, *y;
	figure *weight; /* the time that a point stands for; 0: it is dropped */
	figure *shape;  /* room for the shape of a half-life at each point */
	size_t n;
};

static int by_value(const void *a, const void *b)
{
	figure x = *(const figure *)a, y = *(const figure *)b;

	return (x > y) - (x < y);
}

/* Sorts them. */
static figure median(figure *values, size_t n)
{
	if (!n)
		return UNKNOWN;
	qsort(values, n, sizeof(*values), by_value);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static figure shape(const struct data *d, size_t i, figure half_life)
{
	return exp(-log(2) * (d->t[i] - d->t[0]) / half_life);
}

/* Asymptote and fall of the least squares for this half-life; returns the sum of squares. */
static figure solve(const struct data *d, struct decay *r)
{
	figure n = 0, x, sx = 0, sy = 0, sxx = 0, sxy = 0, off, sum = 0;
	size_t i;

	for (i = 0; i < d->n; i++) {
		x = d->shape[i] = shape(d, i, r->half_life_s);
		n += d->weight[i];
		sx += d->weight[i] * x;
		sy += d->weight[i] * d->y[i];
		sxx += d->weight[i] * x * x;
		sxy += d->weight[i] * x * d->y[i];
	}
	r->fall = (n * sxy - sx * sy) / (n * sxx - sx * sx);
	r->asymptote = (sy - r->fall * sx) / n;
	for (i = 0; i < d->n; i++) {
		off = d->y[i] - r->asymptote - r->fall * d->shape[i];
		sum += d->weight[i] * off * off;
	}
	return sum;
}

/* The half-life between `low` and `high` with the least squares: on a grid, then closer. */
static figure search(const struct data *d, figure low, figure high, struct decay *best)
{
	figure least = INFINITY, step = log(high / low) / GRID, sum, at = low;
	struct decay one = { 0 };
	int i, side;

	for (i = 0; i <= GRID; i++) {
		one.half_life_s = low * exp(step * i);
		sum = solve(d, &one);
		if (sum < least) {
			least = sum;
			*best = one;
		}
	}
	for (i = 0; i < NARROWINGS; i++) {
		step /= 2;
		at = best->half_life_s;
		for (side = -1; side <= 1; side += 2) {
			one.half_life_s = fmin(fmax(at * exp(side * step), low), high);
			sum = solve(d, &one);
			if (sum < least) {
				least = sum;
				*best = one;
			}
		}
	}
	return least;
}

/* The sum of squares from the straight line. */
static figure straight(const struct data *d)
{
	figure n = 0, t = 0, y = 0, tt = 0, ty = 0, yy = 0, w;
	size_t i;

	for (i = 0; i < d->n; i++) {
		n += d->weight[i];
		t += d->weight[i] * d->t[i];
		y += d->weight[i] * d->y[i];
	}
	for (i = 0; i < d->n; i++) {
		w = d->weight[i];
		tt += w * (d->t[i] - t / n) * (d->t[i] - t / n);
		ty += w * (d->t[i] - t / n) * (d->y[i] - y / n);
		yy += w * (d->y[i] - y / n) * (d->y[i] - y / n);
	}
	return yy - ty * ty / tt;
}

/* Median of the distances from the curve; with `drop` points further than three of it lose their
 * weight. */
static figure deviation(const struct data *d, const struct decay *r, bool drop)
{
	cleanup_free figure *off = xcalloc(d->n, sizeof(*off));
	cleanup_free figure *sorted = xcalloc(d->n, sizeof(*sorted));
	figure middle;
	size_t i;

	for (i = 0; i < d->n; i++)
		sorted[i] = off[i] = fabs(d->y[i] - r->asymptote - r->fall * shape(d, i, r->half_life_s));
	middle = median(sorted, d->n);
	for (i = 0; drop && i < d->n; i++)
		d->weight[i] *= off[i] <= 3 * 1.4826 * middle + 1;
	return middle;
}

/* To the middle of the neighbours on both sides, at an end outwards as far as inwards. On average 1,
 * but for the ends. */
static void weigh(const struct data *d)
{
	figure mean = (d->t[d->n - 1] - d->t[0]) / (figure)(d->n - 1);
	size_t i, last = d->n - 1;

	for (i = 1; i < last; i++)
		d->weight[i] = (d->t[i + 1] - d->t[i - 1]) / 2 / mean;
	d->weight[0] = (d->t[1] - d->t[0]) / mean;
	d->weight[last] = (d->t[last] - d->t[last - 1]) / mean;
}

/* Half of the fall at once, from all before to all after: a curve whose half-life is as long as two intervals loses
 * 30 % in one. */
static bool is_step(const figure *y, size_t n)
{
	figure lowest = y[0], highest;

	for (size_t i = 1; i < n; i++) {
		highest = y[i];
		for (size_t after = i; after < n; after++)
			highest = fmax(highest, y[after]);
		if (lowest - highest > (y[0] - y[n - 1]) / 2)
			return true;
		lowest = fmin(lowest, y[i]);
	}
	return false;
}

struct decay decay_fit(const figure *t, const figure *y, size_t n)
{
	struct decay r = { UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, NULL }, fit = { 0 };
	cleanup_free figure *weight = xcalloc(n + 1, sizeof(*weight));
	cleanup_free figure *shape_of = xcalloc(n + 1, sizeof(*shape_of));
	struct data d = { t, y, weight, shape_of, n };
	figure span, low, sum;

	r.why = n < POINTS_LEAST ? too_few : NULL;
	if (r.why)
		return r;
	span = t[n - 1] - t[0];
	r.why = span <= 0 ? too_few : y[0] - y[n - 1] < fmax(0.02 * y[0], 1) ? no_fall : NULL;
	if (r.why)
		return r;

	weigh(&d);
	low = 2 * span / (figure)(n - 1) / 8;
	search(&d, low, 4 * span, &fit);
	deviation(&d, &fit, true);
	sum = search(&d, low, 4 * span, &fit);
	fit.residual = deviation(&d, &fit, false);

	if (is_step(y, n) || fit.half_life_s < 2 * span / (figure)(n - 1))
		r.why = in_steps;
	else if (fit.half_life_s > span || sum > 0.8 * straight(&d))
		r.why = too_short;
	else if (fit.fall <= 0 || fit.asymptote < 0 || fit.residual > fit.fall / 10)
		r.why = no_curve;
	return r.why ? r : fit;
}

static struct decay decay_of(const struct story *s, const struct story_process *p)
{
	figure t[POINTS_MOST], y[POINTS_MOST];
	const struct story_instant *axis = s->instants + p->from;
	figure step = (axis[p->npoints - 1].at_s - axis[0].at_s) / (POINTS_MOST - 1);
	size_t i, n = 0;

	/* Between samples of one instant the step is 0: all of them would be taken. */
	for (i = 0; i < p->npoints && n < POINTS_MOST; i++) {
		if (!known(p->points[i].shared) || (n && axis[i].at_s - t[n - 1] < step))
			continue;
		t[n] = axis[i].at_s;
		y[n++] = p->points[i].shared;
	}
	if (!n && p->npoints)
		return (struct decay){ UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, no_pages };
	return decay_fit(t, y, n);
}

/* What the process copied in its first recorded hour. */
static figure first_hour(const struct story *s, const struct story_process *p)
{
	size_t i;

	if (p->last_s - p->first_s < HOUR)
		return UNKNOWN;
	for (i = 0; i < p->npoints; i++) {
		if (s->instants[p->from + i].at_s >= p->first_s + HOUR)
			return p->points[i].cow_broken - p->first.cow_broken;
	}
	return p->last.cow_broken - p->first.cow_broken;
}

static void take_first_hour(struct story *s)
{
	figure sum = 0, n = 0;
	size_t i;

	for (i = 0; i < s->nprocesses; i++) {
		struct story_process *p = &s->processes[i];

		p->first_hour_bytes = first_hour(s, p);
		if (p->role != ROLE_WORKER || !known(p->first_hour_bytes))
			continue;
		sum += p->first_hour_bytes;
		n++;
	}
	s->erosion.first_hour_bytes = n ? sum / n : UNKNOWN;
}

void erosion_of(struct story *s)
{
	cleanup_free figure *half = xcalloc(s->nprocesses + 1, sizeof(*half));
	cleanup_free figure *end = xcalloc(s->nprocesses + 1, sizeof(*end));
	cleanup_free figure *start = xcalloc(s->nprocesses + 1, sizeof(*start));
	cleanup_free figure *off = xcalloc(s->nprocesses + 1, sizeof(*off));
	struct erosion *e = &s->erosion;
	size_t i, n = 0, tried = 0;
	const char *why = too_few;
	struct decay d;

	for (i = 0; i < s->nprocesses; i++) {
		const struct story_process *p = &s->processes[i];

		if (p->role != ROLE_WORKER)
			continue;
		d = decay_of(s, p);
		if (d.why == too_few)
			continue;
		tried++;
		if (d.why) {
			why = d.why;
			continue;
		}
		half[n] = d.half_life_s;
		end[n] = d.asymptote;
		off[n] = d.residual;
		start[n++] = d.asymptote + d.fall;
	}
	*e = (struct erosion){ UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, (figure)n, why };
	take_first_hour(s);
	if (2 * n <= tried)
		return;
	e->half_life_s = median(half, n);
	e->asymptote_bytes = median(end, n);
	e->start_bytes = median(start, n);
	e->residual_bytes = median(off, n);
	e->why = NULL;
}
