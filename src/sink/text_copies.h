#ifndef COWTOP_SINK_TEXT_COPIES_H
#define COWTOP_SINK_TEXT_COPIES_H

/* Who copied how much, for the head of the plain table. */
#include "base/buf.h"
#include "model/copiers.h"

/* "cow-broken 75.8 MiB by the master, 27.8% of the inherited; 188.0 KiB by the worker, 0.1%; ...",
 * wrapped: who copied most comes first. */
void text_copies(struct buf *out, const struct snapshot *s, size_t columns);

/* "; the master: cow 4613" behind the faults of the workers, of whoever else copies. */
void text_copies_per_s(struct buf *out, const struct snapshot *s);

#endif
