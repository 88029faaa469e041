#ifndef COWTOP_ANALYSIS_NEAREST_H
#define COWTOP_ANALYSIS_NEAREST_H

/*
 * For a key that does not exist: those that were probably meant.
 */
#include <stddef.h>
#include "model/compare.h"

#define NEAREST_MAX 3

/* Up to NEAREST_MAX keys of a process, or of the pool, the nearest first; returns how many. */
size_t nearest_keys(const char *key, bool pool, const char *ret[NEAREST_MAX]);
/* Of the rows of a comparison. */
size_t nearest_diff_keys(const char *key, const char *ret[NEAREST_MAX]);

#endif
