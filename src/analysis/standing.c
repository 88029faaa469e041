#include "analysis/standing.h"

#include "analysis/compare_runs.h"
#include "analysis/story_sums.h"

void standing_of_snapshot(const struct snapshot *s, struct standing *ret)
{
	struct standing_source from;

	standing_clear(ret);
	ret->runs = 1;
	ret->leveled = true;
	ret->level = s->level;
	ret->workers = s->pool.workers;
	for (size_t i = 0; standing_source(i, &from); i++) {
		struct measure m = field_of_pool(from.pool, s);

		if (from.of_worker)
			m = measure_times(m, ret->workers > 0 ? 1 / ret->workers : UNKNOWN);
		ret->means[from.row - compare_fields] = m;
	}
}

static enum level least_level(const struct compare_runs *runs)
{
	enum level least = runs->stories[0]->level;

	for (size_t i = 1; i < runs->n; i++)
		least = runs->stories[i]->level < least ? runs->stories[i]->level : least;
	return least;
}

void standing_of_runs(const struct compare_runs *runs, struct standing *ret)
{
	struct compare_side sides[COMPARE_ROWS];

	standing_clear(ret);
	compare_sides_of_runs(runs, sides);
	ret->runs = runs->n;
	ret->leveled = true;
	ret->level = least_level(runs);
	ret->workers = 0;
	for (size_t i = 0; i < runs->n; i++)
		ret->workers += runs->stories[i]->workers_last / (figure)runs->n;
	for (size_t i = 0; i < COMPARE_ROWS; i++) {
		struct compare_side *side = &sides[compare_fields[i].offset / sizeof(figure)];

		ret->means[i] = known(side->mean) ? side->doubt : ret->means[i];
		if (runs->n < 2)
			continue;
		ret->errors[i] = side->error;
		ret->freedoms[i] = side->freedom;
	}
}

static void mean_of_samples(const struct standing *samples, size_t n, size_t row, struct standing *ret)
{
	struct measure sum = samples[0].means[row];
	struct moments values = { 0 };

	for (size_t i = 0; i < n; i++) {
		moments_add(&values, samples[i].means[row].value);
		if (i)
			sum = measure_plus(sum, samples[i].means[row]);
	}
	ret->means[row] = measure_times(sum, 1 / (figure)n);
	ret->errors[row] = known(sum.value) ? moments_spread(&values).deviation / sqrt((figure)n) : UNKNOWN;
	ret->freedoms[row] = (figure)(n - 1);
}

void standing_of_samples(const struct standing *samples, size_t n, struct standing *ret)
{
	*ret = samples[0];
	if (n == 1)
		return;
	ret->runs = n;
	ret->workers = 0;
	for (size_t i = 0; i < n; i++) {
		ret->workers += samples[i].workers / (figure)n;
		ret->leveled = ret->leveled && samples[i].leveled;
		ret->level = samples[i].level < ret->level ? samples[i].level : ret->level;
	}
	for (size_t row = 0; row < COMPARE_ROWS; row++)
		mean_of_samples(samples, n, row, ret);
}

void standing_of_variant(const struct trial_variant *v, struct standing *ret)
{
	const struct compare_runs runs = { v->stories, v->runs, UNKNOWN };

	standing_clear(ret);
	if (v->runs)
		standing_of_runs(&runs, ret);
}
