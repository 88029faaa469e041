#ifndef COWTOP_CMD_BASELINE_FILE_H
#define COWTOP_CMD_BASELINE_FILE_H

/*
 * --baseline FILE: how a pool stood before. A recording, a sample as JSON, or what cowtop try found; of recordings and
 * of samples there may be several, which are runs of the same pool.
 */
#include "base/err.h"
#include "model/standing.h"

/* `variant`: of a trial; NULL: its baseline. STATUS_USAGE: these files do not go together. */
int baseline_load(const char *const *paths, size_t n, const char *variant, struct standing *ret,
		  struct err *err);

#endif
