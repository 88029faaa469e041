#ifndef COWTOP_SINK_JSON_H
#define COWTOP_SINK_JSON_H

/*
 * Snapshot -> one JSON document, schema cowtop.sample/1 (design section 5, cowtop(1) JSON OUTPUT).
 * Keys are only ever added. Unknown is null. Built with cJSON: the only door to that library.
 */
#include "base/buf.h"
#include "model/snapshot.h"

/* `pretty`: indented over several lines; otherwise one line. Ends with a newline. */
void json_snapshot(struct buf *out, const struct snapshot *s, bool pretty);

/* One of its events, schema cowtop.event/1, for `record --on-event`: a line. `dropped`: events left out before it. */
void json_event(struct buf *out, const struct snapshot *s, const struct event *e, uint64_t dropped);

/* cowtop pools --json: {"schema": "cowtop.pools/1", ..., "pools": [pool objects]}. */
void json_pools(struct buf *out, const struct snapshot *snaps, size_t n, bool pretty);

#endif
