#include "model/why.h"

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
	case WHY_BOUNDS:
		return "bounds";
	case WHY_NONE:
		break;
	}
	return "none";
}

void why_release(struct why *w)
{
	free(w->workers);
	*w = (struct why){ 0 };
}
