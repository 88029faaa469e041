#ifndef COWTOP_SINK_ADVICE_H
#define COWTOP_SINK_ADVICE_H

/* What would help a pool, and what would not (model/why_advice.h) -> text. */
#include "base/buf.h"
#include "model/why.h"

void text_advice(struct buf *out, const struct why *w, size_t columns);

#endif
