#ifndef COWTOP_FIND_AWAIT_H
#define COWTOP_FIND_AWAIT_H

/*
 * A pool that has no worker yet, or none at the moment: RQ between two jobs, PHP-FPM with pm=ondemand while
 * nobody asks, Redis until it saves.
 */
#include "find/target.h"

/* May the pool that `text` names (as for target_find(), whose error is `why`) come by waiting? */
bool target_may_come(const char *text, const struct err *why);

/*
 * Wait for the first process forked from it, at most `limit_ns` (0: no limit). The children of a process
 * that is there already are looked at every few milliseconds: one that has gone again by then counts too, and
 * the master is the target, with or without workers. A name or a pid file may also begin to mean a
 * process. Fails as target_find() does when the time is over, when what was named ends or turns out to
 * be something else; STATUS_FAILED when a signal came.
 */
int target_await(const struct procfs *fs, const char *text, int64_t limit_ns, struct target *ret,
		 struct err *err);

#endif
