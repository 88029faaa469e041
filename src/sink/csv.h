#ifndef COWTOP_SINK_CSV_H
#define COWTOP_SINK_CSV_H

/*
 * Snapshot -> rows of CSV (RFC 4180), for spreadsheets and data frames: one for the pool, one for
 * each process, with the same columns: who it is, then every figure of model/field.h, then "bounds", which
 * says of what is not exact what label and which bounds it has. What is not
 * known, and what a pool or a process has not, is empty. Names are quoted, and cannot become a
 * formula (cowtop(1), CSV OUTPUT).
 */
#include "base/buf.h"
#include "model/snapshot.h"

/* The names of the columns: once, in front of the first snapshot. */
void csv_header(struct buf *out);
void csv_snapshot(struct buf *out, const struct snapshot *s);

#endif
