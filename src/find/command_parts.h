#ifndef COWTOP_FIND_COMMAND_PARTS_H
#define COWTOP_FIND_COMMAND_PARTS_H

/*
 * What waiting for a started pool (command_wait.c) and stopping it (command.c) have in common.
 */
#include "find/command.h"
#include "base/clock.h"
#include "find/proctree.h"

#define COMMAND_POLL_MS 20
/* Nothing below for so long is nothing: for a cowtop that was started with children of its own. */
#define COMMAND_GONE_NS (SECOND / 2)

struct command {
	const struct procfs *fs;
	char *name;           /* argv[0] */
	pid_t first;          /* the process that was started; may end long before the pool */
	uint64_t first_start; /* cowtop's older children are not the command's */
	int64_t started_ns;   /* clock_now() */
	bool ended;
	int status;   /* of wait(2), when it has ended */
	pid_t master; /* once found */
	uint64_t master_start;
};

/*
 * As the subreaper cowtop inherits what daemons leave behind: every child that ended is reaped. False
 * when there is no child any more, and so nothing below cowtop: unlike a look at the process table, in
 * which a daemon can slip away between its own line and its parent's, this cannot err.
 */
bool command_reap(struct command *c);
/* Is it alive and the command's, below cowtop itself? */
bool command_has(const struct command *c, const struct tree_node *n, const struct tree_node *self);
/* STATUS_NO_TARGET: it has ended, and how; `master` is that of a pool that was seen, or 0. */
int command_ended(const struct command *c, pid_t master, struct err *err);

#endif
