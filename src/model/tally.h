#ifndef COWTOP_MODEL_TALLY_H
#define COWTOP_MODEL_TALLY_H

/*
 * What a pool has by its kind: each kind of finding, there or not, and each type of event, so many in the run. They
 * are figures of the pool like those of model/field.h, of another table, as they are counted and not measured:
 * --fail-if has "pool.findings.growth" and "pool.events.worker_exited".
 *
 * To add a kind: its row in tally.c, beside its name in snapshot.c and its words in cowtop(1).
 */
#include "model/field.h"

#define TALLY_FINDINGS FINDING_KINDS
#define TALLY_ROWS (TALLY_FINDINGS + EVENT_TYPES)

/* First the findings, in the order of enum finding_kind, then the events. The offset says nothing. */
extern const struct field tally_fields[TALLY_ROWS];

/* Is it a row of this table? */
bool tally_has(const struct field *f);
/* The finding of the row that the snapshot has; NULL: it has none, or the row is about events. */
const struct finding *tally_finding(const struct field *f, const struct snapshot *s);
/* 1 or 0, or how many; unknown: it could not be looked for. */
struct measure tally_measure(const struct field *f, const struct snapshot *s);

#endif
