#include "analysis/compare_foretold.h"

#include "model/why_shown.h"

/* Is it known of a worker that its collector leaves alone what it inherited? One that is off may be told to collect. */
static bool is_worker_spared(const struct story_process *p)
{
	return p->settings.frozen == 1 || (p->settings.enabled == 0 && p->full_collections == 0);
}

/* Of every one? */
static bool is_spared(const struct story *s)
{
	size_t workers = 0;

	for (size_t i = 0; i < s->nprocesses; i++) {
		const struct story_process *p = &s->processes[i];

		if (p->role != ROLE_WORKER)
			continue;
		if (!is_worker_spared(p))
			return false;
		workers++;
	}
	return workers > 0;
}

/* By one recording: not what is only at risk, as nothing was lost yet. */
static struct measure gain_of(const struct story *s)
{
	if (!s->why || s->why->basis == WHY_RISK || is_spared(s))
		return measure_make(UNKNOWN, UNKNOWN, false);
	return why_gain_bytes(s->why);
}

/* The mean of the runs of a side; unknown where one of them does not tell. */
static struct measure gain_of_runs(const struct compare_runs *r)
{
	struct measure sum = gain_of(r->stories[0]);

	for (size_t i = 1; i < r->n; i++) {
		struct measure one = gain_of(r->stories[i]);

		sum.value += one.value;
		sum.low += one.low;
		sum.high += one.high;
		sum.label = one.label == LABEL_UPPER_BOUND ? one.label : sum.label;
	}
	return measure_times(sum, 1 / (figure)r->n);
}

static bool are_spared(const struct compare_runs *r)
{
	for (size_t i = 0; i < r->n; i++) {
		if (!is_spared(r->stories[i]))
			return false;
	}
	return true;
}

/* `sign`: 1, less in B; -1, less in A. */
static void measure_it(struct comparison *c, const struct measure *gain, figure sign)
{
	struct compare_foretold *ret = &c->foretold;
	const struct compare_row *r = &c->rows[compare_find("cow_broken_bytes") - compare_fields];

	ret->there = true;
	ret->by_a = sign > 0;
	ret->gain = *gain;
	ret->measured = -sign * r->difference;
	ret->low = sign > 0 ? -r->high : r->low;
	ret->high = sign > 0 ? -r->low : r->high;
	ret->within = ret->measured >= ret->gain.low && ret->measured <= ret->gain.high;
}

void compare_foretell(const struct compare_runs *a, const struct compare_runs *b, struct comparison *c)
{
	struct measure of_a = gain_of_runs(a), of_b = gain_of_runs(b);

	c->foretold = (struct compare_foretold){ .measured = UNKNOWN };
	if (known(of_a.value) && are_spared(b))
		measure_it(c, &of_a, 1);
	else if (known(of_b.value) && are_spared(a))
		measure_it(c, &of_b, -1);
}
