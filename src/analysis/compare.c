#include "analysis/compare.h"

#include "analysis/compare_sides.h"

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

/*
 * Student's t at 97.5 %, by the expansion of Cornish and Fisher around the normal quantile; exact for
 * 1 and 2 degrees of freedom, where it is not good enough. Off by less than 2 % elsewhere.
 */
static figure student(figure freedom)
{
	figure z = 1.959964, z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;

	if (freedom < 1.5)
		return 12.706;
	if (freedom < 2.5)
		return 4.303;
	return z + (z3 + z) / (4 * freedom) + (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom * freedom) +
	       (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * freedom * freedom * freedom);
}

/* Welch and Satterthwaite; a side without any spread adds nothing. */
static figure freedom_of(const struct compare_side *a, const struct compare_side *b)
{
	figure va = a->error * a->error, vb = b->error * b->error;

	if (va + vb == 0)
		return fmin(a->freedom, b->freedom);
	return (va + vb) * (va + vb) / (va * va / a->freedom + vb * vb / b->freedom);
}

static figure part_of(const struct field *f)
{
	bool rate = f->unit == UNIT_PER_SECOND || f->unit == UNIT_COUNT ||
		    f->offset == offsetof(struct compare_figures, growth_bytes_per_min);

	return rate ? PART_OF_RATE : PART_OF_SIDE;
}

/* The smallest difference that matters. */
static figure smallest(const struct compare_row *r, const struct comparison *c)
{
	figure ceiling = fmax(c->a->prefork_bytes, c->b->prefork_bytes), least = PACE_SHOWN;

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
	least = fmax(least, fmax(r->a.step, r->b.step));
	return fmax(least, part_of(r->field) * fmax(fabs(r->a.mean), fabs(r->b.mean)));
}

static void judge(struct compare_row *r)
{
	struct measure between;
	figure error = sqrt(r->a.error * r->a.error + r->b.error * r->b.error);

	r->difference = r->b.mean - r->a.mean;
	r->low = r->high = UNKNOWN;
	r->verdict = COMPARE_UNKNOWN;
	if (!known(r->difference))
		return;
	r->verdict = COMPARE_UNSURE;
	if (r->two_meanings)
		r->difference = UNKNOWN;
	if (!known(r->difference) || !known(error))
		return;
	error *= student(freedom_of(&r->a, &r->b));
	between = measure_minus(r->b.doubt, r->a.doubt);
	r->low = between.low - error;
	r->high = between.high + error;
	if (between.low <= 0 && between.high >= 0 && between.low < between.high)
		r->verdict = COMPARE_UNSURE; /* which of the two is higher hangs on what is in doubt */
	else if (r->low <= 0 && r->high >= 0)
		r->verdict = COMPARE_NOISE;
	else if (fabs(r->difference) < r->smallest)
		r->verdict = COMPARE_SAME;
	else
		r->verdict = r->difference < 0 ? COMPARE_LOWER : COMPARE_HIGHER;
}

void compare_stories(const struct story *a, const struct story *b, struct comparison *ret)
{
	struct compare_side of_a[COMPARE_ROWS], of_b[COMPARE_ROWS];
	size_t i, at;

	compare_sides(a, of_a);
	compare_sides(b, of_b);
	*ret = (struct comparison){ .a = a, .b = b };
	for (i = 0; i < COMPARE_ROWS; i++) {
		struct compare_row *r = &ret->rows[i];

		at = compare_fields[i].offset / sizeof(figure);
		*r = (struct compare_row){
			.field = &compare_fields[i],
			.a = of_a[at],
			.b = of_b[at],
			.two_meanings = !compare_is_same(&compare_fields[i], a->level, b->level),
		};
		r->smallest = smallest(r, ret);
		judge(r);
		((figure *)&ret->diff)[at] = r->difference;
	}
}
