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

/* cowtop pools --json: {"schema": "cowtop.pools/1", ..., "pools": [pool objects]}. */
void json_pools(struct buf *out, const struct snapshot *snaps, size_t n, bool pretty);

#endif
