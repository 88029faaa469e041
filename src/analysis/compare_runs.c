#include "analysis/compare_runs.h"

#include "analysis/compare_sides.h"
#include "analysis/story_sums.h"
#include "base/alloc.h"
#include "base/cleanup.h"

/* The sides of one row, one a run, `COMPARE_ROWS` apart. */
static struct compare_side mean_of(const struct compare_side *sides, size_t n)
{
	struct compare_side r = *sides;
	struct moments means = { 0 };
	figure within = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		const struct compare_side *one = &sides[i * COMPARE_ROWS];

		moments_add(&means, one->mean);
		r.doubt = i ? measure_plus(r.doubt, one->doubt) : one->doubt;
		r.step = fmax(r.step, one->step);
		if (known(one->workers.deviation))
			within += one->workers.deviation * one->workers.deviation / one->workers.n;
		r.to_s = fmax(r.to_s, one->to_s);
	}
	r.runs = moments_spread(&means);
	r.doubt = measure_times(r.doubt, 1 / (figure)n);
	/* One that a run does not know is not known. */
	r.mean = means.weight == (figure)n ? means.mean : UNKNOWN;
	r.error = fmax(r.runs.deviation / sqrt(r.runs.n), sqrt(within) / (figure)n);
	r.freedom = r.runs.n - 1;
	return r;
}

void compare_sides_of_runs(const struct compare_runs *runs, struct compare_side to[COMPARE_ROWS])
{
	cleanup_free struct compare_side *sides = xcalloc(runs->n * COMPARE_ROWS, sizeof(*sides));
	size_t i;

	for (i = 0; i < runs->n; i++)
		compare_sides(runs->stories[i], runs->requests, &sides[i * COMPARE_ROWS]);
	for (i = 0; i < COMPARE_ROWS; i++) {
		to[i] = sides[i];
		to[i].runs = (struct spread){ sides[i].mean, UNKNOWN, known(sides[i].mean) };
		if (runs->n > 1)
			to[i] = mean_of(&sides[i], runs->n);
	}
}
