#ifndef COWTOP_SYS_TABLE_PROC_H
#define COWTOP_SYS_TABLE_PROC_H

/*
 * The process table and the host's memory as our own reader finds them below a procfs: the folders with
 * a number, their owner (the effective user, also of a process that may not be dumped: fs/proc/base.c
 * task_dump_owner, Linux 6.18) and their stat; meminfo. Callers use sys/table.h.
 */
#include "sys/proc.h"
#include "sys/table.h"

int table_read_proc(const struct procfs *fs, struct table *t, struct err *err);
/* Whom another reader has left out, too. */
int table_add_proc(const struct procfs *fs, struct table *t, struct err *err);
/* Fills the memory's members only. 0 or -errno. */
int host_memory_proc(const struct procfs *fs, struct host_sample *ret);

#endif
