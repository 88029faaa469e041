#ifndef COWTOP_SOURCE_FAMILY_H
#define COWTOP_SOURCE_FAMILY_H

/*
 * A master and all its descendants. And has anybody come or gone? /proc/PID/task/TID/children of its own processes
 * (CONFIG_PROC_CHILDREN, Linux 3.5) answers that in 65 small reads, where the process table of the
 * machine takes one of every process there is.
 */
#include <stdbool.h>
#include "sys/proc.h"
#include "sys/table.h"

/*
 * The process (pid, start) and its descendants in `t`, parents before children and older before
 * younger, into `found` (room for t->n). How many; 0: it is not there.
 */
size_t family_find(const struct table *t, pid_t pid, uint64_t start_ticks,
		   const struct table_entry **found);

/* Keep of `t` only the entries that `found` points to. */
void family_keep(struct table *family, const struct table_entry *const *found, size_t n);

/* True when the children of all in `family` are exactly those in it. A pid that was reused shows by
 * its start time when it is read. False also when the kernel does not tell. */
bool family_is_complete(const struct procfs *fs, const struct table *family);

#endif
