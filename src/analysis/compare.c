#include "analysis/compare.h"

#include "analysis/compare_foretold.h"
#include "analysis/compare_runs.h"
#include "base/student.h"

/* A difference matters when it is this part of the larger side at the least, more of what is counted a
 * second or a minute, which hangs on how busy the machine is just then, ... */
#define PART_OF_SIDE 0.005
#define PART_OF_RATE 0.02
/* ... a level of memory this part of what a worker could share, ... */
#define PART_OF_CEILING 0.001
/* ... and when it is not shown as zero: half of the last digit of a table in MiB, and of one that goes
 * on for a long time. */
#define LEVEL_SHOWN (0.05 * 1048576)
#define PACE_SHOWN 0.005

/* ... What came to a worker in all of a run: below this nobody looks. */
#define RUN_LEAST 1048576.0

static figure part_of(const struct field *f)
{
	bool rate = f->unit == UNIT_PER_SECOND || f->unit == UNIT_COUNT ||
		    f->offset == offsetof(struct compare_figures, growth_bytes_per_min);

	return rate ? PART_OF_RATE : PART_OF_SIDE;
}

/* What RUN_LEAST in each worker is in the unit of a row; 0: that is none of what came in a run. */
static figure least_of_run(const struct field *f, const struct comparison *c)
{
	enum compare_per per = compare_per(f);
	figure least = RUN_LEAST, requests = fmax(c->requests_a, c->requests_b);
	size_t at = f->offset;

	if ((per != PER_RUN && per != PER_REQUEST) ||
	    at == offsetof(struct compare_figures, full_collections))
		return 0;
	if (f->unit != UNIT_BYTES)
		least /= (figure)(c->a->page_size > c->b->page_size ? c->a->page_size : c->b->page_size);
	if (per == PER_REQUEST)
		least *= fmin(c->a->workers_last, c->b->workers_last) / requests;
	return known(least) && isfinite(least) ? least : 0;
}

/* The smallest difference that matters. */
static figure smallest(const struct compare_row *r, const struct comparison *c)
{
	figure ceiling = fmax(c->a->prefork_bytes, c->b->prefork_bytes), least = PACE_SHOWN;
	/* How far a level is from one sample to the next is a part of what several runs differ by. */
	bool runs = r->a.runs.n > 1 && r->b.runs.n > 1;
	figure step = runs ? 0 : fmax(r->a.step, r->b.step);

	switch (r->field->unit) {
	case UNIT_BYTES:
		least = compare_is_pace(r->field) ? PACE_SHOWN * 1048576 :
						    fmax(LEVEL_SHOWN, PART_OF_CEILING * ceiling);
		break;
	case UNIT_RATIO:
		least = PART_OF_CEILING;
		break;
	default:
		break;
	}
	least = fmax(least, fmax(least_of_run(r->field, c), step));
	return fmax(least, part_of(r->field) * fmax(fabs(r->a.mean), fabs(r->b.mean)));
}

/* Is it said of the same on both sides? */
static bool is_like(const struct compare_row *r, const struct comparison *c)
{
	bool as_many = !(known(c->requests_a - c->requests_b) && c->requests_a != c->requests_b);

	switch (compare_per(r->field)) {
	case PER_TIME:
		/* runs are one after the other: a machine that was busy in those of one side made their loads slow */
		return c->by == BY_TIME && r->field->unit != UNIT_SECONDS;
	case PER_RUN:
		return (c->by == BY_TIME || c->by == BY_LOAD) && as_many;
	default:
		return true;
	}
}

/* What a level moves in a second. */
static figure pace(const struct compare_side *side, const struct story *s)
{
	return s->elapsed_s > 0 ? side->step * (figure)(s->samples - 1) / s->elapsed_s : 0;
}

/* Would a level that still moves come as far as the other in the time that its recording is shorter? */
static bool is_of_length(const struct compare_row *r, const struct comparison *c)
{
	figure longer = fabs(c->a->elapsed_s - c->b->elapsed_s);

	return c->by == BY_NOTHING && !(c->a->load_s > 0) && !(c->b->load_s > 0) &&
	       fmax(pace(&r->a, c->a), pace(&r->b, c->b)) * longer > fabs(r->difference) / 2;
}

static bool is_zero(const struct compare_side *s)
{
	return s->doubt.low == 0 && s->doubt.high == 0;
}

static enum compare_verdict verdict_of(const struct compare_row *r, struct measure between, figure wide)
{
	figure low = between.low - wide, high = between.high + wide;

	if (r->low > -r->smallest && r->high < r->smallest)
		return COMPARE_SAME;
	if (between.low <= 0 && between.high >= 0 && between.low < between.high)
		return COMPARE_UNSURE; /* which of the two is higher hangs on what is in doubt */
	if (low <= 0 && high >= 0)
		return COMPARE_NOISE;
	if (fabs(r->difference) < r->smallest)
		return COMPARE_SAME;
	return r->difference < 0 ? COMPARE_LOWER : COMPARE_HIGHER;
}

static void judge(struct compare_row *r, const struct comparison *c)
{
	bool runs = r->a.runs.n > 1 && r->b.runs.n > 1;
	struct measure between;
	figure error = sqrt(r->a.error * r->a.error + r->b.error * r->b.error), freedom;

	r->difference = r->b.mean - r->a.mean;
	r->low = r->high = UNKNOWN;
	r->verdict = COMPARE_UNKNOWN;
	if (!known(r->difference))
		return;
	r->verdict = COMPARE_UNSURE;
	if (r->two_meanings)
		r->difference = UNKNOWN;
	if (!known(r->difference))
		return;
	between = measure_minus(r->b.doubt, r->a.doubt);
	if (known(error)) {
		freedom = student_freedom(r->a.error, r->a.freedom, r->b.error, r->b.freedom);
		r->low = between.low - error * student(SURE_95, freedom);
		r->high = between.high + error * student(SURE_95, freedom);
		/* a verdict that rests on several runs is given to the same against itself in any
		 * row no more than one time in twenty: about five of the rows do not hang on one another */
		r->verdict = verdict_of(r, between, error * student(runs ? SURE_99 : SURE_95, freedom));
	}
	if ((is_zero(&r->a) && is_zero(&r->b)) || (r->difference == 0 && !(between.low < between.high)))
		r->verdict = COMPARE_SAME;
	else if (!is_like(r, c) || is_of_length(r, c))
		r->verdict = COMPARE_BY_TIME;
}

/* ---- the two sides */

/* Lengths that differ by more than a tenth are not the same. */
#define LENGTH_PART 0.1

static figure length_of(const struct compare_runs *r)
{
	figure sum = 0;
	size_t i;

	for (i = 0; i < r->n; i++)
		sum += r->stories[i]->elapsed_s;
	return sum / (figure)r->n;
}

static enum compare_by by_of(const struct compare_runs *a, const struct compare_runs *b)
{
	const struct story *of_a = a->stories[0], *of_b = b->stories[0];
	figure length_a = length_of(a), length_b = length_of(b);

	if (of_a->load_s > 0 && of_b->load_s > 0)
		return BY_LOAD;
	if (of_a->load_s > 0 || of_b->load_s > 0)
		return BY_NOTHING;
	if (of_a->nmarks && of_b->nmarks)
		return BY_MARKS;
	return fabs(length_a - length_b) > LENGTH_PART * fmax(length_a, length_b) ? BY_NOTHING : BY_TIME;
}

static figure requests_of(const struct compare_runs *r)
{
	return known(r->requests) ? r->requests : r->stories[0]->load_requests;
}

static enum level level_of(const struct compare_runs *r)
{
	enum level least = r->stories[0]->level;
	size_t i;

	for (i = 1; i < r->n; i++)
		least = r->stories[i]->level < least ? r->stories[i]->level : least;
	return least;
}

void compare_runs(const struct compare_runs *a, const struct compare_runs *b, struct comparison *ret)
{
	struct compare_side of_a[COMPARE_ROWS], of_b[COMPARE_ROWS];
	size_t i, at;

	compare_sides_of_runs(a, of_a);
	compare_sides_of_runs(b, of_b);
	*ret = (struct comparison){
		.a = a->stories[0],
		.b = b->stories[0],
		.runs_a = a->n,
		.runs_b = b->n,
		.requests_a = requests_of(a),
		.requests_b = requests_of(b),
		.by = by_of(a, b),
	};
	for (i = 0; i < COMPARE_ROWS; i++) {
		struct compare_row *r = &ret->rows[i];

		at = compare_fields[i].offset / sizeof(figure);
		*r = (struct compare_row){
			.field = &compare_fields[i],
			.a = of_a[at],
			.b = of_b[at],
			.two_meanings = !compare_is_same(&compare_fields[i], level_of(a), level_of(b)),
		};
		r->smallest = smallest(r, ret);
		judge(r, ret);
		((figure *)&ret->diff)[at] = r->difference;
	}
	compare_foretell(a, b, ret);
}
