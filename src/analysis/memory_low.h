#ifndef COWTOP_ANALYSIS_MEMORY_LOW_H
#define COWTOP_ANALYSIS_MEMORY_LOW_H

/*
 * Little memory left on the host, or below the limit of the master's cgroup: an event when it falls
 * below 5 %, and no other before it has been above 8 %.
 */
#include "model/snapshot.h"

/* What was told already. A zeroed struct: nothing. */
struct memory_low {
	bool host, cgroup;
};

void memory_low_events(struct memory_low *told, struct snapshot *snap);

#endif
