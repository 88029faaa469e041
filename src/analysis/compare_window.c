#include "analysis/compare_window.h"

#include "analysis/story_sums.h"

void span_add(struct span *s, figure mean, figure time)
{
	s->sum += mean * time;
	s->time += time;
}

figure span_mean(const struct span *s)
{
	return s->time > 0 ? s->sum / s->time : UNKNOWN;
}

struct window window_whole(const struct story *s)
{
	return (struct window){ .from_s = 0, .to_s = s->elapsed_s };
}

/* The last fifth. */
struct window window_fifth(const struct story *s)
{
	return (struct window){ .from_s = s->elapsed_s * 0.8, .to_s = s->elapsed_s };
}

/* What levels are those of: after a load, when no sample is taken any more but that, or the last fifth. */
struct window window_end(const struct story *s)
{
	if (s->load_s > 0)
		return (struct window){ .from_s = s->elapsed_s, .to_s = s->elapsed_s };
	return window_fifth(s);
}

/* Blocks begin behind their first instant and hold their last one. */
size_t window_block(const struct window *w, figure at_s)
{
	figure part = (w->to_s - w->from_s) / BLOCKS;
	size_t block = part > 0 && at_s > w->from_s ? (size_t)ceil((at_s - w->from_s) / part) - 1 : 0;

	return block < BLOCKS ? block : BLOCKS - 1;
}

/*
 * What is left of values in a row when each is held against the middle of its two neighbours: a rise
 * or a fall is what a recording shows and no noise. Of noise alone the square is 3/2 of its variance.
 * The first and the last value have no such middle: those next to them count for them too, or one that
 * is far off would hide there.
 */
struct spread roughness(const figure *values, size_t n)
{
	struct moments all = { 0 }, squares = { 0 };
	figure off;
	size_t i;

	for (i = 0; i < n; i++) {
		moments_add(&all, values[i]);
		if (!i || i + 1 == n)
			continue;
		off = values[i] - (values[i - 1] + values[i + 1]) / 2;
		moments_weigh(&squares, off * off, 1 + (i == 1) + (i + 2 == n));
	}
	return (struct spread){
		.mean = all.weight ? all.mean : UNKNOWN,
		.deviation = squares.weight ? sqrt(squares.mean / 1.5) : UNKNOWN,
		.n = all.weight,
	};
}

/* Blocks without a sample are passed: neighbours are those that have one. */
struct spread window_over_time(const struct window *w)
{
	figure means[BLOCKS];
	struct spread r;
	size_t i, n = 0;

	for (i = 0; i < BLOCKS; i++) {
		if (w->blocks[i].time > 0)
			means[n++] = span_mean(&w->blocks[i]);
	}
	r = roughness(means, n);
	r.mean = span_mean(&w->all);
	return r;
}

/*
 * What a level moves from one sample to the next, on average over its window. Two recordings begin at ages
 * of their pools that are no nearer than that: a level that rises differs by it when nothing has changed.
 */
figure window_step(const struct story *s, const struct window *w)
{
	size_t first = 0, last = BLOCKS - 1;

	while (first < last && !(w->blocks[first].time > 0))
		first++;
	while (last > first && !(w->blocks[last].time > 0))
		last--;
	if (first == last || s->samples < 2)
		return 0;
	return fabs(span_mean(&w->blocks[last]) - span_mean(&w->blocks[first])) /
	       ((figure)(last - first) * (w->to_s - w->from_s) / BLOCKS) * s->elapsed_s /
	       (figure)(s->samples - 1);
}
