#ifndef COWTOP_TESTS_TWO_STORIES_H
#define COWTOP_TESTS_TWO_STORIES_H

/* One recording a side. */
#include "analysis/compare.h"

static inline void compare_stories(const struct story *a, const struct story *b, struct comparison *ret)
{
	const struct compare_runs of_a = { &a, 1, UNKNOWN }, of_b = { &b, 1, UNKNOWN };

	compare_runs(&of_a, &of_b, ret);
}

#endif
