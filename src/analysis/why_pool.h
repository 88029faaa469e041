#ifndef COWTOP_ANALYSIS_WHY_POOL_H
#define COWTOP_ANALYSIS_WHY_POOL_H

/* What was found of each worker, as what it means for the pool. Pure. */
#include "model/why.h"

/* The workers are there: what can be said of the pool, and what that rests on. `why`: there is no inventory of the
 * master, for this reason; or NULL. */
void why_sum_up(struct why *w, const char *why);

#endif
