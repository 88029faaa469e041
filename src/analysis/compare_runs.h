#ifndef COWTOP_ANALYSIS_COMPARE_RUNS_H
#define COWTOP_ANALYSIS_COMPARE_RUNS_H

/*
 * A side of every row, of one recording or of several runs of the same. Of several each run counts once: the mean is
 * that of the runs' means, its error what these differ by, and no less than what the workers of each make it unsure of:
 * two that agree by chance are not surer than that.
 */
#include "model/compare.h"

void compare_sides_of_runs(const struct compare_runs *runs, struct compare_side to[COMPARE_ROWS]);

#endif
