#ifndef COWTOP_SOURCE_FAMILY_H
#define COWTOP_SOURCE_FAMILY_H

/*
 * Has anybody come to the pool or gone from it? /proc/PID/task/TID/children of its own processes
 * (CONFIG_PROC_CHILDREN, Linux 3.5) answers that in 65 small reads, where the process table of the
 * machine takes one of every process there is.
 */
#include <stdbool.h>
#include "sys/proc.h"
#include "sys/table.h"

/* Keep of `t` only the entries that `found` points to. */
void family_keep(struct table *family, const struct table_entry *const *found, size_t n);

/* True when the children of all in `family` are exactly those in it. A pid that was reused shows by
 * its start time when it is read. False also when the kernel does not tell. */
bool family_is_complete(const struct procfs *fs, const struct table *family);

#endif
