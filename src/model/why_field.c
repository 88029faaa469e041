#include "model/why_field.h"

#include "model/why_shown.h"

#define ROW(key, help) \
	{ \
		NULL, "why." key "_bytes", UNIT_BYTES, help, 0, false, false, 0, RANGE_OF_UNIT \
	}
#define CAUSE(cause, key, help) [WHY_FIGURE_CAUSES + WHY_##cause] = ROW(key, help)
#define NULL_OF "; null where nobody asked why, or where it cannot be told"

/* clang-format off */
const struct field why_fields[WHY_FIGURES] = {
	[WHY_FIGURE_COPIED] = ROW("copied", "copied by a worker, of which the causes are" NULL_OF),
	[WHY_FIGURE_INHERITED] = ROW("inherited", "inherited by a worker, copied or still shared" NULL_OF),
	[WHY_FIGURE_IDENTICAL] = ROW("identical", "of the copies, those that are as the master's page" NULL_OF),
	[WHY_FIGURE_GAIN] = ROW("freeze_gain", "what gc.freeze() before the fork gives back of a worker's copies" NULL_OF),
	[WHY_FIGURE_AT_RISK] = ROW("at_risk", "what the first full collection takes at most; null where there was one"),
	CAUSE(COLLECTOR_ONLY, "collector_only", "copied by the collector, and by nothing else since" NULL_OF),
	CAUSE(COLLECTOR_FIRST, "collector_first", "by the collector, where references would have followed: no gain" NULL_OF),
	CAUSE(REFERENCES, "references", "by counts of references" NULL_OF),
	CAUSE(DATA, "data", "by writing into objects or other memory" NULL_OF),
	CAUSE(ALLOCATOR, "allocator", "by the allocator's own words, blocks freed or given" NULL_OF),
	CAUSE(STARTUP, "startup", "before the first look after the fork" NULL_OF),
	CAUSE(COLLAPSE, "collapse", "by the kernel in making huge pages" NULL_OF),
	CAUSE(OTHERWISE, "unknown", "not known by what" NULL_OF),
};
/* clang-format on */

bool why_has(const struct field *f)
{
	return f >= why_fields && f < why_fields + WHY_FIGURES;
}

static struct measure pages(const struct why *w, double n)
{
	return why_bytes(w, &(struct why_amount){ n, n, n });
}

struct measure why_measure(const struct field *f, const struct why *w)
{
	size_t i = (size_t)(f - why_fields);

	if (!w)
		return measure_make(UNKNOWN, UNKNOWN, false);
	switch (i) {
	case WHY_FIGURE_COPIED:
		return pages(w, w->copied);
	case WHY_FIGURE_INHERITED:
		return pages(w, w->inherited);
	case WHY_FIGURE_IDENTICAL:
		return pages(w, w->identical);
	case WHY_FIGURE_GAIN:
		return why_gain_bytes(w);
	case WHY_FIGURE_AT_RISK:
		return why_bytes(w, &(struct why_amount){ NAN, 0, w->at_risk });
	default:
		return why_bytes(w, &w->causes[i - WHY_FIGURE_CAUSES]);
	}
}
