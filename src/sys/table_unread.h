#ifndef COWTOP_SYS_TABLE_UNREAD_H
#define COWTOP_SYS_TABLE_UNREAD_H

/*
 * Processes that are there and whose stat cannot be read: refused (hidepid=1, a security module), or for want of
 * descriptors or memory. They are in the table with `error`, pid and owner; whose children they are is told by
 * /proc/PID/task/TID/children of those that can be read (fs/proc/array.c, Linux 4.2), and then they count as begun
 * with their parent. Who was refused and is nobody's child is left out: this user has nothing to do with it.
 */
#include "sys/table.h"

/* `unread`: sorted by pid, with pid, uid, user and error. What of it belongs into the table is moved there, the rest
 * is released. */
void table_place_unread(const struct procfs *fs, struct table *t, struct table *unread);

#endif
