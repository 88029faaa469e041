#ifndef COWTOP_ANALYSIS_COMPARE_FORETOLD_H
#define COWTOP_ANALYSIS_COMPARE_FORETOLD_H

/*
 * What freezing was foretold to give back, by the recordings of one side, and what it gave: less copies on the other
 * side, whose workers' collectors leave alone what they inherited.
 */
#include "model/compare.h"

/* The rows of `c` are there. */
void compare_foretell(const struct compare_runs *a, const struct compare_runs *b, struct comparison *c);

#endif
