#ifndef COWTOP_FIND_COMMAND_H
#define COWTOP_FIND_COMMAND_H

/*
 * `-- COMMAND ARGS...`: a pool that cowtop starts and stops itself. cowtop becomes the child
 * subreaper (prctl(2), PR_SET_CHILD_SUBREAPER), so a command that daemonises stays its descendant.
 * The command's stdout goes to cowtop's stderr, where it is given no other place: stdout is for data. It runs in its
 * own process group with default signals; when cowtop dies first it gets SIGTERM.
 *
 *	command_start(&fs, &how, &command, err);
 *	command_wait_ready(command, &ready, timeout_ns, err);
 *	command_wait_pool(command, &patience, &target, err);
 *	...
 *	command_stop(command);
 */
#include "base/err.h"
#include "find/ready.h"
#include "find/spawn.h"
#include "find/target.h"

struct command;

/* Start it. STATUS_NO_TARGET when it cannot be executed. */
int command_start(const struct procfs *fs, const struct spawn *how, struct command **ret, struct err *err);

/*
 * Wait until what was started answers as `ready` wants it to; `timeout_ns` 0: for as long as it takes. Of READY_QUIET
 * nothing is waited for: command_wait_pool() does. STATUS_FAILED when the time is over, with what was asked and the
 * last answer; STATUS_NO_TARGET when it has ended meanwhile.
 */
int command_wait_ready(struct command *c, const struct ready *ready, int64_t timeout_ns, struct err *err);

struct command_patience {
	int64_t quiet_ns;    /* a pool that has stood still for so long is ready */
	int64_t restless_ns; /* one that does not stand still has had workers for so long; INT64_MAX: it must */
	int64_t timeout_ns; /* 0: none */
};

/*
 * Wait until a pool has formed below cowtop and has stood still (same processes, workers past their
 * start-up); then `ret`, which the caller releases, is its
 * master. One whose workers come and go never will: it is ready when a
 * worker has ended and there are others. When the time is over a busy pool is taken as it is. Fails with
 * STATUS_NO_TARGET when the command ended without leaving a pool, STATUS_NOT_A_POOL when the time is
 * over and nothing forked.
 */
int command_wait_pool(struct command *c, const struct command_patience *how, struct target *ret,
		      struct err *err);

/*
 * Stop everything below: SIGTERM to the master (SIGINT for uWSGI, where SIGTERM reloads), and a second after its end to
 * the children of cowtop that have not ended by themselves; after 10 s, or when cowtop is asked to stop meanwhile
 * (base/stop.h), SIGKILL to what is left; reaps them. NULL is fine.
 */
void command_stop(struct command *c);

#endif
