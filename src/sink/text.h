#ifndef COWTOP_SINK_TEXT_H
#define COWTOP_SINK_TEXT_H

/*
 * Snapshot -> a plain table for people: no escapes, no colour, cut to `columns` (at least 80).
 * A figure that is not known is a dash.
 */
#include "base/buf.h"
#include "base/zone.h"
#include "model/snapshot.h"

/* The pool in a few lines, then a row for the master and each worker, then the helpers. Its time is in `zone`; NULL:
 * UTC. */
void text_snapshot(struct buf *out, const struct snapshot *s, const struct zone *zone, size_t columns);

/* cowtop pools: one row a pool. */
void text_pools(struct buf *out, const struct snapshot *snaps, size_t n, size_t columns);

#endif
