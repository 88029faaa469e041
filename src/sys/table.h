#ifndef COWTOP_SYS_TABLE_H
#define COWTOP_SYS_TABLE_H

/*
 * The process table of the machine and the memory of the host, through libproc2 (procps-ng 4): the
 * only door to that library. libproc2 reads the literal /proc.
 */
#include "base/err.h"
#include "model/sample.h"

struct table_entry {
	pid_t pid, ppid;
	uint64_t start_ticks;
	char state;
	uint32_t uid;
	char *comm;    /* foreign bytes as libproc2 gives them */
	char *user;
};

struct table {
	struct table_entry *items; /* sorted by pid; threads are not processes and are not in it */
	size_t n, cap;
};

/* All processes that this user may see. */
int table_read(struct table *t, struct err *err);
void table_release(struct table *t);
/* By pid, or NULL. */
const struct table_entry *table_find(const struct table *t, pid_t pid);

/* Name, kernel, page size, memory. */
int host_read(struct host_sample *ret, struct err *err);

#endif
