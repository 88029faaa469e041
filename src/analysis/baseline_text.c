#include "analysis/baseline_text.h"

#include <stdio.h>
#include "base/units.h"

enum { NUMBER = 32 };

static void put(const struct field *f, struct measure m, char out[static NUMBER])
{
	char text[20];

	if (!known(m.value))
		snprintf(out, NUMBER, "not known");
	else if (f->unit == UNIT_BYTES)
		snprintf(out, NUMBER, "%s", measure_size(text, m));
	else if (f->unit == UNIT_RATIO)
		snprintf(out, NUMBER, "%s%.1f %%", label_mark(m.label), 100 * m.value);
	else
		snprintf(out, NUMBER, "%s%.1f", label_mark(m.label), m.value);
}

/* "12.5 % more than", or of nothing only "more than". */
static void add_difference(struct buf *out, const struct baseline_row *r)
{
	figure difference = r->now.value - r->before.value;
	const char *way = difference > 0 ? "more" : "less";

	if (difference == 0)
		buf_adds(out, "as before");
	else if (r->before.value > 0)
		buf_printf(out, "%.1f %% %s", 100 * fabs(difference) / r->before.value, way);
	else
		buf_adds(out, way);
}

/* What the difference was held against. */
static void add_limits(struct buf *out, const struct baseline_row *r, figure tolerance)
{
	char least[20];
	struct measure limit = measure_make(r->limit, UNKNOWN, false), interval;

	buf_printf(out, " (tolerance %.15g %%", 100 * tolerance);
	if (r->limit > tolerance * fabs(r->before.value) && r->field->unit == UNIT_BYTES)
		buf_printf(out, ", at least %s", measure_size(least, limit));
	if (r->noise && r->field->unit == UNIT_BYTES) {
		interval = measure_make(r->interval, UNKNOWN, false);
		buf_printf(out, ", noise %s", measure_size(least, interval));
	} else if (r->noise) {
		buf_printf(out, ", noise %.15g%s",
			   r->field->unit == UNIT_RATIO ? round(1000 * r->interval) / 10 :
							  round(10 * r->interval) / 10,
			   r->field->unit == UNIT_RATIO ? " %" : "");
	}
	buf_addc(out, ')');
}

void baseline_tell(struct buf *out, const struct baseline_row *r, figure tolerance)
{
	char before[NUMBER], now[NUMBER];

	put(r->field, r->before, before);
	put(r->field, r->now, now);
	buf_printf(out, "%s %s, was %s", r->field->process_key, now, before);
	switch (r->verdict) {
	case BASELINE_UNTOLD:
	case BASELINE_MISSING:
		return;
	case BASELINE_OTHER:
		buf_printf(out, ": it is not the same at the levels %s and %s: look with the same privileges",
			   level_name(r->was), level_name(r->is));
		return;
	case BASELINE_OPEN:
	case BASELINE_BETTER:
	case BASELINE_LIKE:
	case BASELINE_WORSE:
		break;
	}
	buf_adds(out, ": ");
	add_difference(out, r);
	add_limits(out, r, tolerance);
	if (r->verdict == BASELINE_OPEN)
		buf_adds(out, ": it cannot be decided, a bound alone would decide");
}
