#ifndef COWTOP_ANALYSIS_COMPARE_TOTALS_H
#define COWTOP_ANALYSIS_COMPARE_TOTALS_H

/*
 * Rows that have no blocks of time: what came in all of a recording, for each request, with collections; how
 * long the load took. Means and spreads over workers or collections, the rest is for compare_sides.h.
 */
#include "model/compare.h"

void compare_totals(const struct story *s, figure requests, struct compare_side to[COMPARE_ROWS]);

#endif
