#ifndef COWTOP_ANALYSIS_WHY_ESTIMATE_H
#define COWTOP_ANALYSIS_WHY_ESTIMATE_H

/*
 * Which of a worker's copies are the collector's alone: what would not have been copied without its collections. Pure.
 *
 * The collector takes pages that references would have broken a little later, and what it has taken shows nothing
 * of that any more: that has to be foretold. From what references broke before the first full collection, and with a
 * control: pages without a tracked object, which a collection does not write, go on being broken by references alone.
 *
 *	T	the last clean snapshot before the first full collection
 *	H	the last clean one by a third of its clock; the window is from H to T
 *	E	the last one
 *
 * Of two models (analysis/why_cells.h) the control chooses the mixture that foretells its own breaks from T to E.
 */
#include "model/why.h"
#include "model/why_case.h"

/* `ret`: basis, reason, causes, at_risk, control, first_at, snapshots and copied are set. */
void why_estimate(const struct why_case *c, struct why_worker *ret);

#endif
