#include "analysis/growth.h"

#include <math.h>

/* Fewer values, or seconds, tell nothing about a curve. */
#define VALUES_LEAST 8
#define SPAN_LEAST 2.0
/* What is no movement: pages of a heap that breathes. */
#define GAIN_LEAST (256 * 1024.0)
#define QUARTERS 4
#define FLAT 0.25      /* of a mean quarter's gain: less is a curve that flattens */
#define FALL_MOST 0.25 /* of the gain */
#define STEP_MOST 0.75
/* Levelling off: so much of what the first half gained comes in the second, so much of the second half's first half in
 * its second; or so much of all in the second half. And so much it has gained. */
#define HALF_MOST 0.6
#define QUARTER_MOST 0.75
#define REST_MOST 0.25
#define WARM_LEAST (1024 * 1024.0)

/* Every second point goes, and from now on they lie twice as far apart. */
static void thin(struct growth *g)
{
	size_t i;

	for (i = 1; 2 * i < g->n; i++) {
		g->t[i] = g->t[2 * i];
		g->y[i] = g->y[2 * i];
	}
	g->n = i;
	g->step = 0.99 * (g->t[g->n - 1] - g->t[0]) / (figure)(g->n - 1);
}

void growth_add(struct growth *g, figure t, figure y)
{
	if (!known(t) || !known(y))
		return;
	g->values++;
	/* The latest one only stays when it is far enough from the one before. */
	if (g->n >= 2 && g->t[g->n - 1] - g->t[g->n - 2] < g->step)
		g->n--;
	if (g->n == GROWTH_POINTS)
		thin(g);
	g->t[g->n] = t;
	g->y[g->n++] = y;
}

/* The curve goes straight from point to point. */
static figure value_at(const struct growth *g, figure t)
{
	size_t i;

	for (i = 1; i < g->n - 1 && g->t[i] < t; i++)
		;
	if (g->t[i] <= g->t[i - 1])
		return g->y[i];
	return g->y[i - 1] + (g->y[i] - g->y[i - 1]) * (t - g->t[i - 1]) / (g->t[i] - g->t[i - 1]);
}

/* From `from` on, the largest fall from a height that was reached before, and the largest step up. */
static void look_at_steps(const struct growth *g, figure from, figure *fall, figure *step)
{
	figure before = value_at(g, from), most = before;
	size_t i;

	*fall = *step = 0;
	for (i = 0; i < g->n; i++) {
		if (g->t[i] <= from)
			continue;
		*step = fmax(*step, g->y[i] - before);
		*fall = fmax(*fall, most - g->y[i]);
		most = fmax(most, g->y[i]);
		before = g->y[i];
	}
}

static figure span_of(const struct growth *g)
{
	return g->n ? g->t[g->n - 1] - g->t[0] : 0;
}

bool growth_is_told(const struct growth *g)
{
	return g->values >= VALUES_LEAST && span_of(g) >= SPAN_LEAST;
}

/* Since when it grows at a pace that is not much less than that of the second half, which begins at `half`. */
static figure since(const struct growth *g, figure half, figure per_s)
{
	size_t wide = g->n / 8 + 1, i = g->n - 1;

	while (i > 0 && g->t[i] > half)
		i--;
	for (; i > 0; i--) {
		size_t from = i > wide ? i - wide : 0;

		if (g->y[i] - g->y[from] < FLAT * per_s * (g->t[i] - g->t[from]) || g->y[i] <= g->y[i - 1])
			break;
	}
	return g->t[i];
}

/* Does the second half of the time grow by the rules of growth.h? */
static bool only_grows(const struct growth *g, figure half, const struct trend *r)
{
	figure before = value_at(g, half), part = r->seen_s / QUARTERS, now, fall, step;
	int i;

	if (r->gained < GAIN_LEAST)
		return false;
	for (i = 1; i <= QUARTERS; i++, before = now) {
		now = i == QUARTERS ? g->y[g->n - 1] : value_at(g, half + part * i);
		if (now <= before || (i == QUARTERS && now - before < FLAT * r->gained / QUARTERS))
			return false;
	}
	look_at_steps(g, half, &fall, &step);
	return fall <= FALL_MOST * r->gained && step <= STEP_MOST * r->gained;
}

/* What is still to come where each part of the time gains less than the one before; unknown: they do not. */
static figure still_to_come(const struct growth *g, figure half, const struct trend *r)
{
	figure first = value_at(g, half) - g->y[0];
	figure middle = value_at(g, half + r->seen_s / 2);
	figure third = middle - value_at(g, half), fourth = g->y[g->n - 1] - middle, ratio = fourth / third;

	if (!(r->gained <= HALF_MOST * first) || !(ratio <= QUARTER_MOST) || fourth < 0)
		return UNKNOWN;
	return fourth * ratio / (1 - ratio);
}

static struct trend trend_of(const struct growth *g)
{
	struct trend r = { .told = growth_is_told(g) };
	figure half, more;

	if (!r.told)
		return r;
	half = g->t[g->n - 1] - span_of(g) / 2;
	r.seen_s = span_of(g) / 2;
	r.gained = g->y[g->n - 1] - value_at(g, half);
	r.all_gained = g->y[g->n - 1] - g->y[0];
	r.end = g->y[g->n - 1];
	if (!only_grows(g, half, &r)) {
		r.levels_off = r.all_gained >= WARM_LEAST && fabs(r.gained) <= REST_MOST * r.all_gained;
		return r;
	}
	more = still_to_come(g, half, &r);
	if (known(more)) {
		r.levels_off = true;
		r.end += more;
		return r;
	}
	r.grows = true;
	r.per_s = r.gained / r.seen_s;
	r.since_s = since(g, half, r.per_s);
	r.since_gained = g->y[g->n - 1] - value_at(g, r.since_s);
	r.per_s = r.since_gained / (g->t[g->n - 1] - r.since_s);
	return r;
}

struct trend growth_trend(struct growth *g)
{
	if (g->trend_values != g->values) {
		g->trend = trend_of(g);
		g->trend_values = g->values;
	}
	return g->trend;
}
