#include "model/label.h"

#include <stddef.h>
#include <stdio.h>
#include "base/units.h"

/* Two sums of the same pages in another order are the same. */
static bool is_same(figure a, figure b)
{
	return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

static enum label label_of(figure value, figure low, figure high, bool estimated)
{
	bool below, above;

	if (!known(value))
		return LABEL_NONE;
	below = low < value && !is_same(low, value);
	above = high > value && !is_same(high, value);
	if (below && above)
		return LABEL_ESTIMATE;
	if (below || above)
		return below ? LABEL_UPPER_BOUND : LABEL_LOWER_BOUND;
	return estimated ? LABEL_ESTIMATE : LABEL_EXACT;
}

struct measure measure_make(figure value, figure least, bool estimated)
{
	struct measure r = { .value = value, .low = value, .high = value };

	if (known(value) && known(least) && !is_same(value, least)) {
		r.low = fmin(value, least);
		r.high = fmax(value, least);
	}
	r.label = label_of(r.value, r.low, r.high, estimated);
	return r;
}

/* Of two figures. */
static struct measure combine(figure value, figure low, figure high, const struct measure *a,
			      const struct measure *b)
{
	struct measure r = { .value = value, .low = low, .high = high };

	r.label = label_of(value, low, high, a->label == LABEL_ESTIMATE || b->label == LABEL_ESTIMATE);
	return r;
}

struct measure measure_plus(struct measure a, struct measure b)
{
	return combine(a.value + b.value, a.low + b.low, a.high + b.high, &a, &b);
}

struct measure measure_minus(struct measure b, struct measure a)
{
	return combine(b.value - a.value, b.low - a.high, b.high - a.low, &a, &b);
}

struct measure measure_times(struct measure a, figure by)
{
	struct measure r = { .value = a.value * by, .low = a.low * by, .high = a.high * by };

	r.label = known(r.value) ? a.label : LABEL_NONE;
	return r;
}

const char *label_name(enum label label)
{
	static const char *const names[LABELS] = {
		[LABEL_NONE] = NULL,
		[LABEL_EXACT] = "exact",
		[LABEL_ESTIMATE] = "estimate",
		[LABEL_UPPER_BOUND] = "upper_bound",
		[LABEL_LOWER_BOUND] = "lower_bound",
	};

	return names[label];
}

const char *label_mark(enum label label)
{
	static const char *const marks[LABELS] = {
		[LABEL_NONE] = "",         [LABEL_EXACT] = "",        [LABEL_ESTIMATE] = "~",
		[LABEL_UPPER_BOUND] = "<", [LABEL_LOWER_BOUND] = ">",
	};

	return marks[label];
}

const char *label_words(enum label label)
{
	static const char *const words[LABELS] = {
		[LABEL_NONE] = "",
		[LABEL_EXACT] = "",
		[LABEL_ESTIMATE] = "about ",
		[LABEL_UPPER_BOUND] = "at most ",
		[LABEL_LOWER_BOUND] = "at least ",
	};

	return words[label];
}

char *measure_size(char out[static 20], struct measure m)
{
	char text[16];

	snprintf(out, 20, "%s%s", label_mark(m.label), units_format_size(text, m.value));
	return out;
}

char *measure_mib(char out[static 20], struct measure m)
{
	char text[16];

	snprintf(out, 20, "%s%s", label_mark(m.label), units_format_mib(text, m.value));
	return out;
}

char *measure_count(char out[static 20], struct measure m)
{
	char text[16];

	snprintf(out, 20, "%s%s", label_mark(m.label), units_format_count(text, m.value));
	return out;
}
