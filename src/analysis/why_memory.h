#ifndef COWTOP_ANALYSIS_WHY_MEMORY_H
#define COWTOP_ANALYSIS_WHY_MEMORY_H

/* What was found in the memory of each worker, as what it means for the pool. Pure. */
#include "model/why.h"

/* The master's allocators and the workers are there: means and sums of them. `exact`: which of the pages are copies is
 * sure. */
void why_memory_sum_up(struct why_memory *m, uint64_t page_size, bool exact);
/* To what is known of the pool otherwise, which is summed up: what of the copies is the same is known of all pages now.
 * `w` owns `m`, which may be NULL. */
void why_memory_join(struct why *w, struct why_memory *m);

#endif
