#ifndef COWTOP_SINK_PERFETTO_H
#define COWTOP_SINK_PERFETTO_H

/*
 * Snapshots of a recording, one after the other -> a trace in Chrome's trace event format, JSON that Perfetto and
 * chrome://tracing open (cowtop-report(1), TRACE). A recording may be long and a viewer takes hundreds of MiB at most,
 * so all of it is gone through twice: the first time it is counted what there is, the second time so much of that
 * is written that it stays below the limits below.
 *
 *	struct perfetto *all = perfetto_count(), *p;
 *
 *	for each sample: perfetto_snapshot(all, &snap); for each mark not after it: perfetto_mark(all, ns, text);
 *	p = perfetto_begin(all, &out);	// the bytes so far are in `out`: the caller writes and empties it at any time
 *	for each sample: ...		// the same calls once more
 *	perfetto_end(p);		// the last bytes
 *	perfetto_free(p);
 *	perfetto_free(all);
 *
 * Memory does not grow with the length of a recording, but for a few bytes for each pid that there ever was.
 */
#include "base/buf.h"
#include "model/snapshot.h"

/* Values of counters, collections and events that are written at most, each on its own: about 100 MiB in all. */
#define PERFETTO_COUNTERS 500000
#define PERFETTO_COLLECTIONS 100000
#define PERFETTO_EVENTS 100000

struct perfetto;

struct perfetto *perfetto_count(void);
/* `all` has seen everything; it, and `out`, stay as long as what is returned. */
struct perfetto *perfetto_begin(const struct perfetto *all, struct buf *out);
void perfetto_snapshot(struct perfetto *p, const struct snapshot *snap);
/* A mark of an instant, after the first snapshot that is not before it, or after all of them. */
void perfetto_mark(struct perfetto *p, int64_t time_ns, const char *text);
void perfetto_end(struct perfetto *p);
void perfetto_free(struct perfetto *p); /* NULL is fine */

/* A line about what does not fit in, of what `all` has counted; nothing is appended if all fits. */
void perfetto_left_out(const struct perfetto *all, struct buf *line);

#endif
