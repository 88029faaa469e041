#ifndef COWTOP_POOL_LIVE_LOOK_H
#define COWTOP_POOL_LIVE_LOOK_H

/*
 * One look at a pool: who is there, what can be read of each, and a walk over their pages; all again when somebody
 * went away in between, or was forked by another than was thought. What was seen stands in the members of `l` and in
 * its ledger. Private to pool/live.c.
 */
#include "pool/live_state.h"

/* 1; 0: everybody is gone; -1. `ret_whole`: the walk saw all who were there, to its end. */
int live_look(struct live *l, bool *ret_whole, struct err *err);

#endif
