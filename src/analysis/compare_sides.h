#ifndef COWTOP_ANALYSIS_COMPARE_SIDES_H
#define COWTOP_ANALYSIS_COMPARE_SIDES_H

/* One recording's side of every row, in the order of struct compare_figures. */
#include "model/compare.h"

void compare_sides(const struct story *s, struct compare_side to[COMPARE_ROWS]);

#endif
