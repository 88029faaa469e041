#ifndef COWTOP_POOL_LIVE_EQUAL_H
#define COWTOP_POOL_LIVE_EQUAL_H

/*
 * What workers have each loaded for themselves: memory that they made after their fork and that is the same in several of
 * them (model/equal.h). At most 512 MiB are read in all, of eight workers at most: of fewer where they have much, and of
 * part of their pages where it is too much for three. Then the same addresses are read in each, in pieces of 256 KiB, and
 * what lies elsewhere in another one is not found.
 */
#include "model/equal.h"
#include "pool/live_memory.h"

/* Of the workers with these pids, processes of the last sample whose pages were walked. ret->workers below 2: there is
 * nothing to compare, or it was to end. Of `limits` the pages stand above. */
void live_equal(struct live *l, const pid_t *pids, size_t n, const struct live_memory_limits *limits,
		struct equal_facts *ret);

#endif
