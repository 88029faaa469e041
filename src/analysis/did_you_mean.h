#ifndef COWTOP_ANALYSIS_DID_YOU_MEAN_H
#define COWTOP_ANALYSIS_DID_YOU_MEAN_H

/*
 * For a key that does not exist: those that were probably meant.
 */
#include <stddef.h>
#include "model/compare.h"

#define DID_YOU_MEAN_MAX 3

/* Up to DID_YOU_MEAN_MAX keys of a process, or of the pool, the nearest first; returns how many. */
size_t did_you_mean(const char *key, bool pool, const char *ret[DID_YOU_MEAN_MAX]);
/* Of the rows of a comparison. */
size_t did_you_mean_diff(const char *key, const char *ret[DID_YOU_MEAN_MAX]);

#endif
