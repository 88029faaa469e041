#ifndef COWTOP_SINK_WHY_H
#define COWTOP_SINK_WHY_H

/* Why the workers of a pool have copied pages -> text, and one JSON document, schema cowtop.why/1 (cowtop-why(1)). */
#include "base/buf.h"
#include "model/snapshot.h"
#include "model/why.h"

/* `snap`: the last one of the pool. */
void text_why(struct buf *out, const struct why *w, const struct snapshot *snap, size_t columns);
void json_why(struct buf *out, const struct why *w, const struct snapshot *snap);

#endif
