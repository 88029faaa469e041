#include "tui/trend.h"

#include "base/clock.h"

/* The instant whose pages tell what was copied up to this one: itself, or, where the budget did not let them be read,
 * the next that they were read at; NULL: not so far. */
static const struct instant *told_by(const struct ui_model *m, uint64_t number)
{
	const struct instant *at;

	while ((at = timeline_at(m->timeline, number)) && at->pool.pages_age_s > 0 && number < m->number)
		number++;
	return at && at->pool.pages_age_s > 0 ? NULL : at;
}

static bool is_of_pages(trend_fn *of)
{
	for (int s = 0; s < SPLITS; s++) {
		if (of == trend_split[s])
			return true;
	}
	return false;
}

/* The mean over one column; the last one may be only begun. */
static figure mean_of(const struct ui_model *m, uint64_t bucket, int span, trend_fn *of)
{
	bool of_pages = is_of_pages(of);
	uint64_t number = (bucket << span) + 1, end = (bucket + 1) << span;
	figure sum = 0, one;
	int n = 0;

	for (; number <= end && number <= m->number; number++) {
		const struct instant *at = of_pages ? told_by(m, number) : timeline_at(m->timeline, number);

		one = at ? of(&at->pool) : UNKNOWN;
		if (!known(one))
			continue;
		sum += one;
		n++;
	}
	return n ? sum / n : UNKNOWN;
}

/* Columns begin at multiples of their span: with a new instant the picture moves, and keeps its shape. */
void trend_fill(const struct ui_model *m, int span, trend_fn *of, figure *ret, int n)
{
	uint64_t last = m->number ? (m->number - 1) >> span : 0;
	int i;

	for (i = 0; i < n; i++) {
		uint64_t back = (uint64_t)(n - 1 - i);

		ret[i] = m->number && back <= last ? mean_of(m, last - back, span, of) : UNKNOWN;
	}
}

figure trend_most(const figure *values, int n)
{
	figure most = 0;
	int i;

	for (i = 0; i < n; i++)
		most = fmax(most, values[i]);
	return most;
}

figure trend_copied(const struct figures *pool)
{
	return pool->copied_bytes;
}

figure trend_minor(const struct figures *pool)
{
	return pool->faults.minor_per_s;
}

static figure cow_of(const struct figures *pool)
{
	return split_of(&pool->faults, SPLIT_COW);
}

static figure new_of(const struct figures *pool)
{
	return split_of(&pool->faults, SPLIT_NEW);
}

static figure file_of(const struct figures *pool)
{
	return split_of(&pool->faults, SPLIT_FILE);
}

static figure other_of(const struct figures *pool)
{
	return split_of(&pool->faults, SPLIT_OTHER);
}

trend_fn *const trend_split[SPLITS] = {
	[SPLIT_COW] = cow_of,
	[SPLIT_NEW] = new_of,
	[SPLIT_FILE] = file_of,
	[SPLIT_OTHER] = other_of,
};

figure trend_seconds(const struct ui_model *m, int span, int n)
{
	const struct instant *now = timeline_at(m->timeline, m->number), *then;
	uint64_t back = (uint64_t)n << span, first = timeline_first(m->timeline);

	then = timeline_at(m->timeline, m->number > first + back ? m->number - back : first);
	return now && then ? (figure)(now->mono_ns - then->mono_ns) / SECOND : UNKNOWN;
}
