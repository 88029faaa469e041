#ifndef COWTOP_ANALYSIS_COMPARE_SIDES_H
#define COWTOP_ANALYSIS_COMPARE_SIDES_H

/* One recording's side of every row, in the order of struct compare_figures. */
#include "model/compare.h"

/* Rows as members of one array: the place of a member. */
#define ROW_OF(member) (offsetof(struct compare_figures, member) / sizeof(figure))

/* `requests`: that it was given; unknown: as the recording says, if it does. */
void compare_sides(const struct story *s, figure requests, struct compare_side to[COMPARE_ROWS]);

#endif
