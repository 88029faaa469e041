#ifndef COWTOP_CMD_RECORD_PROGRESS_H
#define COWTOP_CMD_RECORD_PROGRESS_H

/* How a recording goes on, in a line (cmd/progress.h): for how long, what is written, how the pool is. */
#include "cmd/progress.h"
#include "model/snapshot.h"

struct record_progress {
	struct progress line;
	const char *head; /* in front of it; borrowed, printable ASCII */
	int64_t begin_ns; /* CLOCK_MONOTONIC */
	figure workers, copied, ratio;
};

void record_progress_begin(struct record_progress *p, const char *head, int64_t now_ns);
/* Keep what the line tells of the latest snapshot. */
void record_progress_keep(struct record_progress *p, const struct snapshot *snap);
void record_progress_show(struct record_progress *p, int64_t now_ns, uint64_t samples, uint64_t bytes);

#endif
