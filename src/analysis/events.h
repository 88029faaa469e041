#ifndef COWTOP_ANALYSIS_EVENTS_H
#define COWTOP_ANALYSIS_EVENTS_H

/*
 * What happened between two samples: workers that went and came, the master that went.
 */
#include "analysis/history.h"

/* Fills snap->events. */
void events_between(const struct history *before, const struct history *now, struct snapshot *snap);

#endif
