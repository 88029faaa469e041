#ifndef COWTOP_SINK_TEXT_GC_H
#define COWTOP_SINK_TEXT_GC_H

/*
 * The collectors of a pool in the plain table: those of the master and of the groups of workers,
 * what follows from them, and a short cell for the table. Private to text.c.
 */
#include "model/snapshot.h"
#include "sink/text_grid.h"

/* Has any process a recognised runtime? */
bool text_has_gc(const struct snapshot *s);
/* "gc: cpython 3.11.2; master on, thresholds 700,10,10, not frozen", and its settings. */
void text_gc_master(struct buf *out, const struct snapshot *s, size_t columns);
/* A row a group of workers. */
void text_gc_groups(struct buf *out, const struct snapshot *s, size_t columns);
void text_findings(struct buf *out, const struct snapshot *s, size_t columns);
/* The same in a list of pools: its weightiest finding, and what grows, each with the master's pid. */
void text_pool_findings(struct buf *out, const struct snapshot *s, size_t columns);
/* "700,10,10 frozen", "off"; a dash when it is not known. */
void text_gc_cell(char *ret, size_t size, const struct gc_facts *g);

#endif
