#ifndef COWTOP_MODEL_LABEL_H
#define COWTOP_MODEL_LABEL_H

/*
 * How certain a figure is. Every output shows a figure with the label that it has here; which figure of a
 * process or of the pool has which one is asked in one place, model/field.h.
 *
 * Two doubts are known to a ledger. A page that counts as copied may be one that this process made itself:
 * then there are bounds, the figure as it is counted and the same figure without such pages (its `least`).
 * Or a page may be of any class: then the figure is an estimate, without bounds.
 */
#include <math.h>
#include <stdbool.h>

typedef double figure;
#define UNKNOWN ((figure)NAN)

static inline bool known(figure f)
{
	return !isnan(f);
}

enum label {
	LABEL_NONE, /* the figure is not known */
	LABEL_EXACT,
	LABEL_ESTIMATE,
	LABEL_UPPER_BOUND, /* in truth it may be less */
	LABEL_LOWER_BOUND, /* in truth it may be more */
	LABELS,
};

/* A figure, and between what it lies in truth. Of an estimate low and high are the value. */
struct measure {
	figure value, low, high;
	enum label label;
};

/* `least`: what it is when all that may not be copied is not. `estimated`: it rests on an estimate. */
struct measure measure_make(figure value, figure least, bool estimated);
/* a + b, b - a, and a times `by` (not negative). */
struct measure measure_plus(struct measure a, struct measure b);
struct measure measure_minus(struct measure b, struct measure a);
struct measure measure_times(struct measure a, figure by);

const char *label_name(enum label label); /* "exact" "estimate" "upper_bound" "lower_bound"; NULL */
/* What stands before the figure on a screen: "" "~" "<" ">". */
const char *label_mark(enum label label);
/* With its mark, as base/units.h writes a size, MiB and a count. */
char *measure_size(char out[static 20], struct measure m);
char *measure_mib(char out[static 20], struct measure m);
char *measure_count(char out[static 20], struct measure m);
/* What stands before it in a sentence: "" "about " "at most " "at least ". */
const char *label_words(enum label label);

#endif
