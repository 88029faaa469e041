#ifndef COWTOP_FIND_CHILDREN_H
#define COWTOP_FIND_CHILDREN_H

/*
 * The children of a process as the kernel lists them now: those of all its threads, from
 * /proc/PID/task/TID/children (CONFIG_PROC_CHILDREN, Linux 3.5). Zombies are among them. A list that changes while
 * it is read may lack some.
 */
#include <stdbool.h>
#include <sys/types.h>
#include "sys/proc.h"

typedef bool (*children_test)(void *ctx, pid_t child);

/* Is there a child of `pid` that passes the test? False also when the kernel does not list them. `text`: scratch. */
bool children_any(const struct procfs *fs, pid_t pid, children_test test, void *ctx, struct buf *text);

#endif
