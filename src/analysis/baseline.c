#include "analysis/baseline.h"

#include "base/student.h"

#define MIB 1048576.0
/* Less is no difference: half of what a table of builds shows, and of what goes on with time. */
#define LEVEL_LEAST (0.5 * MIB)
#define RATIO_LEAST 0.01
#define PACE_LEAST (0.005 * MIB)
#define COUNT_LEAST 1.0

#define IS(f, member) ((f)->offset == offsetof(struct compare_figures, member))

/* The parts of what is private are in it. */
static bool is_judged(const struct field *f)
{
	return (standing_is_level(f) && compare_better(f) < 0) || compare_per(f) == PER_MARK ||
	       compare_per(f) == PER_REQUEST;
}

static figure least_of(const struct field *f)
{
	if (f->unit == UNIT_RATIO)
		return RATIO_LEAST;
	if (f->unit != UNIT_BYTES)
		return COUNT_LEAST;
	return standing_is_level(f) ? LEVEL_LEAST : PACE_LEAST;
}

/* The error of a side; of one run alone what the runs of the other side differ by. */
static figure error_of(const struct standing *s, const struct standing *other, size_t i)
{
	return known(s->errors[i]) ? s->errors[i] : other->errors[i] * sqrt((figure)other->runs);
}

/* Half the interval of a difference; unknown: there is nothing to tell noise by. */
static figure interval_of(const struct standing *a, const struct standing *b, size_t i)
{
	figure of_a = error_of(a, b, i), of_b = error_of(b, a, i), freedom;

	if (!known(a->errors[i]) || !known(b->errors[i]))
		freedom = known(a->errors[i]) ? a->freedoms[i] : b->freedoms[i];
	else
		freedom = student_freedom(of_a, a->freedoms[i], of_b, b->freedoms[i]);
	return student(SURE_95, freedom) * sqrt(of_a * of_a + of_b * of_b);
}

static bool is_worse(const struct baseline_row *r, figure difference)
{
	return difference > r->limit && difference - r->interval > 0;
}

static enum baseline_verdict verdict_of(const struct baseline_row *r, bool means_the_same)
{
	figure of_low = r->now.low - r->before.low, of_high = r->now.high - r->before.high;
	figure least = fmin(of_low, of_high), most = fmax(of_low, of_high);

	if (!known(r->before.value))
		return BASELINE_UNTOLD;
	if (!known(r->now.value))
		return standing_is_level(r->field) ? BASELINE_MISSING : BASELINE_UNTOLD;
	if (!means_the_same)
		return BASELINE_OTHER;
	if (is_worse(r, least))
		return BASELINE_WORSE;
	if (is_worse(r, most))
		return BASELINE_OPEN;
	if (most < -r->limit && most + r->interval < 0)
		return BASELINE_BETTER;
	return BASELINE_LIKE;
}

size_t baseline_judge(const struct standing *before, const struct standing *now, figure tolerance,
		      struct baseline_row ret[COMPARE_ROWS])
{
	size_t n = 0;

	for (size_t i = 0; i < COMPARE_ROWS; i++) {
		const struct field *f = &compare_fields[i];
		bool same = !before->leveled || !now->leveled ||
			    compare_is_same(f, before->level, now->level);
		figure interval = interval_of(before, now, i);
		struct baseline_row *r = &ret[n];

		if (!is_judged(f))
			continue;
		*r = (struct baseline_row){
			.field = f,
			.before = before->means[i],
			.now = now->means[i],
			.was = before->level,
			.is = now->level,
			.limit = fmax(tolerance * fabs(before->means[i].value), least_of(f)),
			.noise = known(interval),
			.interval = known(interval) ? interval : 0,
		};
		r->verdict = verdict_of(r, same);
		n++;
	}
	return n;
}

figure baseline_beyond(const struct baseline_row *r)
{
	return (r->now.value - r->before.value - r->limit) / r->limit;
}

enum judged_verdict baseline_judged(enum baseline_verdict v)
{
	switch (v) {
	case BASELINE_UNTOLD:
		return JUDGED_SKIPPED;
	case BASELINE_BETTER:
	case BASELINE_LIKE:
		return JUDGED_PASSED;
	case BASELINE_WORSE:
		return JUDGED_FAILED;
	case BASELINE_OPEN:
	case BASELINE_MISSING:
	case BASELINE_OTHER:
		break;
	}
	return JUDGED_ERROR;
}
