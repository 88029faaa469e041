#include "model/why_shown.h"

#include <stdio.h>
#include "base/units.h"

const struct why_words why_words[WHY_CAUSES] = {
	[WHY_COLLECTOR_ONLY] = { "collector alone", "gc.freeze() before the fork gives this back", true },
	[WHY_COLLECTOR_FIRST] = { "collector first, references after", "freezing does not help", true },
	[WHY_REFERENCES] = { "reference counts", "freezing does not help", true },
	[WHY_DATA] = { "data written", "into objects, or other memory", false },
	[WHY_ALLOCATOR] = { "allocator", "blocks that were freed or given", false },
	[WHY_STARTUP] = { "run-up after the fork", "", false },
	[WHY_COLLAPSE] = { "huge pages that the kernel made", "", false },
	[WHY_OTHERWISE] = { "not known", "no object on them, or outside of the heap", false },
};

struct measure why_bytes(const struct why *w, const struct why_amount *a)
{
	figure by = w->page_size;
	struct measure m = { .value = a->pages * by, .low = a->low * by, .high = a->high * by };

	if (known(m.value))
		m.label = m.low < m.value || m.value < m.high ? LABEL_ESTIMATE : LABEL_EXACT;
	else if (known(m.high))
		m = (struct measure){ m.high, m.low, m.high, LABEL_UPPER_BOUND };
	return m;
}

struct measure why_gain_bytes(const struct why *w)
{
	struct why_amount gain;

	if (!w || !why_freeze_gain(w, &gain))
		return measure_make(UNKNOWN, UNKNOWN, false);
	return why_bytes(w, &gain);
}

bool why_is_split(const struct why *w)
{
	return w && w->basis != WHY_NONE && w->nmean > 0 && known(w->copied);
}

bool why_has_row(const struct why *w, enum why_cause cause)
{
	const struct why_amount *a = &w->causes[cause];

	return known(a->high) && (why_words[cause].always || a->high * w->page_size >= WHY_LEAST_BYTES);
}

char *why_amount_text(char out[static 64], struct measure m)
{
	char value[16], low[16], high[16];

	units_format_mib(value, m.value);
	units_format_mib(low, m.low);
	units_format_mib(high, m.high);
	if (m.label == LABEL_NONE)
		snprintf(out, 64, "-");
	else if (m.label == LABEL_UPPER_BOUND)
		snprintf(out, 64, "between %s and %s MiB", low, high);
	else if (m.label == LABEL_ESTIMATE)
		snprintf(out, 64, "about %s MiB (%s to %s)", value, low, high);
	else
		snprintf(out, 64, "%s MiB", value);
	return out;
}

struct why_progress why_progress(const struct why *w)
{
	struct why_progress ret = { 0 };

	for (size_t i = 0; i < w->n; i++) {
		enum why_basis basis = w->workers[i].basis;

		ret.waiting += basis == WHY_RISK && !w->workers[i].off;
		ret.collected += basis == WHY_YOUNG || basis == WHY_TRANSFER || basis == WHY_BOUNDS;
	}
	return ret;
}

const char *why_watched_words(const struct why_worker *k)
{
	switch (k->basis) {
	case WHY_YOUNG:
		return "to its first full collection, and on";
	case WHY_TRANSFER:
		return "judged by a young one";
	case WHY_RISK:
		return k->off ? "its collector is off" : "no full collection yet";
	case WHY_BOUNDS:
		return "only bounds";
	case WHY_NONE:
		break;
	}
	return "nothing can be said";
}
