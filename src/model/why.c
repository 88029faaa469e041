#include "model/why.h"

#include <stdio.h>
#include <stdlib.h>

const char *const why_cause_names[WHY_CAUSES] = {
	[WHY_COLLECTOR_ONLY] = "collector_only",
	[WHY_COLLECTOR_FIRST] = "collector_first",
	[WHY_REFERENCES] = "references",
	[WHY_DATA] = "data",
	[WHY_ALLOCATOR] = "allocator",
	[WHY_STARTUP] = "startup",
	[WHY_COLLAPSE] = "collapse",
	[WHY_OTHERWISE] = "unknown",
};

const char *why_basis_name(enum why_basis b)
{
	switch (b) {
	case WHY_YOUNG:
	case WHY_RISK:
		return "young";
	case WHY_TRANSFER:
		return "transfer";
	case WHY_BOUNDS:
		return "bounds";
	case WHY_NONE:
		break;
	}
	return "none";
}

bool why_freeze_gain(const struct why *w, struct why_amount *ret)
{
	if (w->basis == WHY_NONE || (w->basis == WHY_RISK && w->off))
		return false;
	*ret = w->basis == WHY_RISK ? (struct why_amount){ NAN, 0, w->at_risk } :
				      w->causes[WHY_COLLECTOR_ONLY];
	return !isnan(ret->high);
}

char *why_freeze_text(const struct why *w, char out[static 160])
{
	double mib = w->page_size / (1 << 20), n = (double)w->nworkers;
	struct why_amount gain;

	out[0] = '\0';
	if (!why_freeze_gain(w, &gain))
		return out;
	if (w->basis == WHY_YOUNG)
		snprintf(
			out, 160,
			"gc.freeze() before the fork gives back about %.1f MiB a worker (%.1f to %.1f), about %.1f MiB in all",
			gain.pages * mib, gain.low * mib, gain.high * mib, gain.pages * mib * n);
	else
		snprintf(out, 160, "gc.freeze() before the fork %s between %.1f and %.1f MiB a worker",
			 w->basis == WHY_RISK ? "saves" : "gives back", gain.low * mib, gain.high * mib);
	return out;
}

void why_release(struct why *w)
{
	free(w->workers);
	why_memory_free(w->memory);
	free(w->advice);
	kinds_free(w->kinds);
	*w = (struct why){ 0 };
}
