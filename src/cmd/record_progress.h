#ifndef COWTOP_CMD_RECORD_PROGRESS_H
#define COWTOP_CMD_RECORD_PROGRESS_H

/*
 * A line on stderr, when that is a terminal, that tells how a recording goes on. It is written over
 * itself without escapes, and gone at the end.
 */
#include "model/snapshot.h"

struct progress {
	bool on;
	int64_t begin_ns; /* CLOCK_MONOTONIC */
	figure workers, copied, ratio;
	size_t shown;     /* columns that are to be wiped */
};

void progress_begin(struct progress *p, int64_t now_ns);
void progress_take(struct progress *p, const struct snapshot *snap);
void progress_show(struct progress *p, int64_t now_ns, uint64_t samples, uint64_t bytes);
/* Call it before anything else is said. */
void progress_wipe(struct progress *p);

#endif
