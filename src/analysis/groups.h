#ifndef COWTOP_ANALYSIS_GROUPS_H
#define COWTOP_ANALYSIS_GROUPS_H

/*
 * Workers of one kind (model/snapshot.h) with the same collector settings, side by side: runtime, enabled,
 * thresholds, frozen or not, of the main interpreter. Workers without a recognised runtime are in no group.
 */
#include "analysis/history.h"

/* Fills snap->gc_groups from its processes; collections are those that `now` has tallied. */
void groups_of(const struct history *now, struct snapshot *snap);

#endif
