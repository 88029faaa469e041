#ifndef COWTOP_ANALYSIS_UNTOLD_H
#define COWTOP_ANALYSIS_UNTOLD_H

/*
 * Which findings and events could not be looked for? That there is none of a kind says something only where it
 * would have been seen: --fail-if never passes by what was not read, and the JSON has null.
 */
#include "analysis/findings_parts.h"

/* Bits of enum finding_kind. */
unsigned untold_findings(const struct scene *s);
/* Bits of enum event_type. */
unsigned untold_events(const struct snapshot *snap);

#endif
