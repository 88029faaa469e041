#ifndef COWTOP_FIND_DESCENDANTS_H
#define COWTOP_FIND_DESCENDANTS_H

/*
 * A master and all its descendants, and those of its workers that were adopted (adopted.h). And has anybody
 * come or gone? /proc/PID/task/TID/children of its own processes (CONFIG_PROC_CHILDREN, Linux 3.5) answers
 * that in one small read a thread, where the process table of the machine takes one of every process
 * there is.
 */
#include <stdbool.h>
#include "find/target.h"
#include "sys/standstill.h"
#include "sys/table.h"

/*
 * Those of `roots` that are in `t`, and the descendants of each, into `found` (room for t->n): the first
 * root in front, then older before younger and parents before children. How many.
 */
size_t descendants_find(const struct table *t, const struct target_kin *roots, size_t nroots,
			const struct table_entry **found);

/* `family` becomes copies of the entries that `found` points to, by pid; a NULL among them is left out. */
void descendants_keep(struct table *family, const struct table_entry *const *found, size_t n);

/* What is known of a process's standing still, or NULL. */
typedef struct standstill *(*descendants_stands)(void *ctx, const struct table_entry *e);

/* True when the children of all in `family` are exactly those in it whose parent is in it, too; a process that has
 * not run since its children were counted has the same. A pid that was reused shows by its start time when its stat
 * is read. False also when the kernel does not list children. */
bool descendants_complete(const struct procfs *fs, const struct table *family, descendants_stands stands,
			  void *ctx);

#endif
