#ifndef COWTOP_POOL_LIVE_EQUAL_H
#define COWTOP_POOL_LIVE_EQUAL_H

/*
 * What workers have each loaded for themselves: pages that they made after their fork and that have the same bytes in
 * several of them (model/equal.h). Some of their pages are read, wherever they are many: at most 512 MiB in all, of
 * eight workers at most. Of a part the same addresses are read in each, so what lies elsewhere in another one is not
 * found then.
 */
#include "model/equal.h"
#include "pool/live.h"

/* Of the workers with these pids, processes of the last sample whose pages were walked. ret->workers below 2: there is
 * nothing to compare. */
void live_equal(struct live *l, const pid_t *pids, size_t n, struct equal_facts *ret);

#endif
