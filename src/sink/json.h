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

/*
 * The same in pieces of at least JSON_PIECE bytes but for the last, so that it needs no memory for all of a large
 * pool's, and has no ceiling:
 *
 *	struct json_pieces p = { .snap = &snap, .pretty = true };
 *	while (json_piece(&p, &out))	// adds the next one; false: there is none
 *		...
 */
#define JSON_PIECE ((size_t)64 << 10)

struct json_pieces {
	const struct snapshot *snap;
	bool pretty;
	size_t parts; /* printed so far; of no use to others, as is `whole` */
	bool whole;
};

bool json_piece(struct json_pieces *p, struct buf *out);

/* One of its events, schema cowtop.event/1, for `record --on-event`: a line. `dropped`: events left out before it. */
void json_event(struct buf *out, const struct snapshot *s, const struct event *e, uint64_t dropped);

/* cowtop pools --json: {"schema": "cowtop.pools/1", ..., "pools": [pool objects]}. */
void json_pools(struct buf *out, const struct snapshot *snaps, size_t n, bool pretty);

#endif
