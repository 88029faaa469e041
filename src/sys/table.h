#ifndef COWTOP_SYS_TABLE_H
#define COWTOP_SYS_TABLE_H

/*
 * The process table of the machine and the memory of the host. Two readers stand behind this door and say the
 * same: libproc2 (procps-ng 4, sys/table_libproc2.h) where the build found it, which knows no other root than
 * /proc, and our own (sys/table_proc.h) for every other root and where libproc2 is absent.
 */
#include "base/err.h"
#include "model/sample.h"
#include "sys/proc.h"

struct table_entry {
	pid_t pid, ppid;
	uint64_t start_ticks;
	uint64_t start_code, end_code, start_stack, flags,
		minflt; /* as its stat had them, see parse/stat.h */
	char state;     /* of a thread that lives, where there is one, as the addresses */
	int threads;
	uint32_t uid; /* effective */
	char *comm;   /* foreign bytes; libproc2 has '?' or '.' for what it would not print */
	char *user;   /* its name, or the number of one without */
	int error;    /* 0, or why its stat could not be read: sys/table_unread.h */
};

struct table {
	struct table_entry *items; /* sorted by pid; threads are not processes and are not in it */
	size_t n, cap;
};

/* All processes that this user may see. */
int table_read(const struct procfs *fs, struct table *t, struct err *err);
void table_release(struct table *t);
void table_copy(struct table *to, const struct table *from); /* `to` is overwritten */
/* By pid, or NULL. */
const struct table_entry *table_find(const struct table *t, pid_t pid);

/* For a reader that has added the last entry. */
void table_sort(struct table *t);

/* Name, kernel, page size, memory. Memory that cannot be read is ABSENT, and the errno value of that is there; 0: it
 * was read. */
int host_read(const struct procfs *fs, struct host_sample *ret, int *ret_memory_error, struct err *err);

#endif
