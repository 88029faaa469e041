#ifndef COWTOP_FIND_NOTPOOL_H
#define COWTOP_FIND_NOTPOOL_H

#include "find/proctree.h"

/*
 * Why `n` is not the master of a forked pool, and what it is instead (a forkserver's client, a spawn
 * pool, no workers at all). STATUS_NOT_A_POOL, or STATUS_DENIED when this user may not know. -1.
 */
int not_a_pool(const struct procfs *fs, const struct proctree *f, const struct tree_node *n, struct err *err);

#endif
