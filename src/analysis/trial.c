#include "analysis/trial.h"

#include "analysis/compare.h"
#include "base/student.h"
#include "analysis/trial_sentence.h"
#include "base/alloc.h"
#include "base/cleanup.h"

/* What it may cost a pool that an interpreter loads what a variant has it load: its compiler's memory, once. Less than
 * that is nobody's gain or loss. */
#define LOADING (512 * 1024.0)

static struct compare_runs runs_of(const struct trial_variant *v)
{
	return (struct compare_runs){ v->stories, v->runs, UNKNOWN };
}

/* Around the bounds of what is in doubt. */
static struct trial_figure mean_of(const struct field *row, const struct compare_side *side)
{
	struct trial_figure f = { .mean = side->doubt, .low = UNKNOWN, .high = UNKNOWN };
	figure wide;

	if (!known(side->mean)) {
		f.mean = measure_make(UNKNOWN, UNKNOWN, false);
		return f;
	}
	if (side->runs.n < 2)
		return f;
	wide = side->error * student(SURE_95, side->freedom);
	f.low = fmax(field_least(row), side->doubt.low - wide); /* nothing is counted below zero */
	f.high = side->doubt.high + wide;
	return f;
}

/* With one run of a side the noise of runs is not known. */
static void forget_noise(struct comparison *c)
{
	for (size_t i = 0; i < COMPARE_ROWS; i++) {
		struct compare_row *r = &c->rows[i];

		r->low = r->high = UNKNOWN;
		if (r->verdict != COMPARE_UNKNOWN)
			r->verdict = COMPARE_UNSURE;
	}
}

static void leave_out_loading(struct comparison *c)
{
	struct compare_row *r = &c->rows[compare_find("footprint_bytes") - compare_fields];

	r->smallest = fmax(r->smallest, LOADING);
	if ((r->verdict == COMPARE_LOWER || r->verdict == COMPARE_HIGHER) &&
	    fabs(r->difference) < r->smallest)
		r->verdict = COMPARE_SAME;
}

static void set_figures(struct trial_variant *v, const struct trial_variant *baseline)
{
	const struct compare_runs a = runs_of(baseline), b = runs_of(v);
	struct comparison *c = &v->against;

	if (!v->runs || !baseline->runs)
		return;
	compare_runs(&a, &b, c);
	leave_out_loading(c);
	for (size_t i = 0; i < COMPARE_ROWS; i++)
		v->figures[i] = mean_of(c->rows[i].field, &c->rows[i].b);
	if (baseline->runs < 2 || v->runs < 2)
		forget_noise(c);
	v->compared = v != baseline;
}

static enum trial_verdict verdict_of(const struct compare_row *r)
{
	switch (r->verdict) {
	case COMPARE_LOWER:
		return TRIAL_BETTER;
	case COMPARE_HIGHER:
		return TRIAL_WORSE;
	case COMPARE_NOISE:
		return TRIAL_NOISE;
	case COMPARE_SAME:
		return TRIAL_SAME;
	case COMPARE_UNKNOWN:
	case COMPARE_UNSURE:
	case COMPARE_BY_TIME:
		break;
	}
	return TRIAL_NONE;
}

static void find_best(struct trial *t)
{
	t->best = -1;
	for (size_t i = 1; i < t->n; i++) {
		const struct trial_variant *v = &t->variants[i];
		figure costs = trial_decides(t, v)->mean.value;

		if (v->verdict == TRIAL_BETTER &&
		    (t->best < 0 || costs < trial_decides(t, &t->variants[t->best])->mean.value))
			t->best = (int)i;
	}
}

/* Does it cost no more than the best one, as far as can be told? */
static bool is_as_good(const struct trial *t, const struct trial_variant *v)
{
	const struct compare_runs best = runs_of(&t->variants[t->best]), other = runs_of(v);
	struct comparison c;

	compare_runs(&best, &other, &c);
	return verdict_of(&c.rows[trial_deciding(t)]) != TRIAL_WORSE;
}

void trial_judge(struct trial *t)
{
	cleanup_free bool *as_good = xcalloc(t->n, sizeof(*as_good));
	struct buf text = { 0 };
	size_t i;

	for (i = 0; i < t->n; i++) {
		for (size_t row = 0; row < COMPARE_ROWS; row++)
			t->variants[i].figures[row] = (struct trial_figure){
				measure_make(UNKNOWN, UNKNOWN, false), UNKNOWN, UNKNOWN
			};
		set_figures(&t->variants[i], &t->variants[0]);
	}
	for (i = 1; i < t->n; i++)
		if (t->variants[i].compared && t->variants[i].applied != TRIAL_NOT_APPLIED)
			t->variants[i].verdict = verdict_of(&t->variants[i].against.rows[trial_deciding(t)]);
	find_best(t);
	for (i = 1; i < t->n; i++)
		as_good[i] = t->best >= 0 && (int)i != t->best && t->variants[i].verdict == TRIAL_BETTER &&
			     is_as_good(t, &t->variants[i]);
	trial_sentence(t, as_good, &text);
	free(t->text);
	t->text = text.data ?: xstrdup("");
}
