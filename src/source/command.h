#ifndef COWTOP_SOURCE_COMMAND_H
#define COWTOP_SOURCE_COMMAND_H

/*
 * `-- COMMAND ARGS...`: a pool that cowtop starts and stops itself. cowtop becomes the child
 * subreaper (prctl(2), PR_SET_CHILD_SUBREAPER), so a command that daemonises stays its descendant.
 * The command's stdout goes to cowtop's stderr: stdout is for data. It runs in its own process
 * group with default signals; when cowtop dies first it gets SIGTERM.
 */
#include "base/err.h"
#include "source/target.h"

struct command;

/* Start it. STATUS_NO_TARGET when it cannot be executed. */
int command_start(const struct procfs *fs, char *const argv[], struct command **ret, struct err *err);

/*
 * Wait until a pool has formed below cowtop and has stood still (same processes, workers past their
 * start-up) for `quiet_ns`, at most `timeout_ns`; then `ret` is its master. Fails with
 * STATUS_NO_TARGET when the command ended without leaving a pool, STATUS_NOT_A_POOL when the time is
 * over and nothing forked.
 */
int command_wait_pool(struct command *c, int64_t quiet_ns, int64_t timeout_ns, struct target *ret,
		      struct err *err);

/*
 * Stop everything below: SIGTERM to the master (SIGINT for uWSGI, where SIGTERM reloads), 10 s of
 * grace, SIGKILL to what is left; reaps them. NULL is fine.
 */
void command_stop(struct command *c);

#endif
