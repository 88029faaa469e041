#ifndef COWTOP_SYS_TABLE_LIBPROC2_H
#define COWTOP_SYS_TABLE_LIBPROC2_H

/*
 * The process table and the host's memory as libproc2 of procps-ng 4.0.2 to 4.0.7 gives them: the only
 * door to that library, and not built where it is absent. Callers use sys/table.h.
 */
#include "sys/table.h"

int table_read_libproc2(struct table *t, struct err *err);
/* Fills the memory's members only. 0 or -errno. */
int host_memory_libproc2(struct host_sample *ret);

#endif
