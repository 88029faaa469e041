#ifndef COWTOP_SINK_TEXT_PROCESSES_H
#define COWTOP_SINK_TEXT_PROCESSES_H

/*
 * The processes of a pool as a table: the master, workers and forked helpers with their pages, and what is only
 * listed. Commands begin where they differ (model/title.h). Where a worker has forked others, all stand below who
 * forked them, with branches in front of the command.
 */
#include "base/buf.h"
#include "model/snapshot.h"

/* What a mark before a figure means, for those who print some. */
#define MARKS_MEAN "~ estimate, < at most, > at least"

void text_processes(struct buf *out, const struct snapshot *s, size_t columns);

#endif
