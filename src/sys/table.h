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
	unsigned int
		*holders; /* of `items`, which are shared by so many tables; NULL: they are this one's own */
};

/* All processes that this user may see; none where that fails. */
int table_read(const struct procfs *fs, struct table *t, struct err *err);
void table_release(struct table *t);
/* `to`, which is overwritten, has the entries of `from`, until the last of those that have them is released; of a table
 * that was read. Threads may each have one. */
void table_share(struct table *to, const struct table *from);
/* By pid, or NULL. */
const struct table_entry *table_find(const struct table *t, pid_t pid);

/*
 * A table for several who look one after the other, zeroed at first: that of before while it is young, otherwise one
 * that is read now. Young is TABLE_YOUNG_NS, or ten times what reading it took, TABLE_OLD_NS at the most, so that on a
 * machine of very many processes reading stays a small part of looking.
 */
#define TABLE_YOUNG_NS INT64_C(50000000)
#define TABLE_OLD_NS INT64_C(2000000000)
struct table_recent {
	struct table table;
	int64_t read_ns, took_ns; /* clock_now() before it was read; how long that took, 0: not known */
};
/* `ret` is released by the caller. */
int table_recent_read(struct table_recent *r, const struct procfs *fs, struct table *ret, struct err *err);
/* One that was read at `read_ns`. */
void table_recent_set(struct table_recent *r, const struct table *t, int64_t read_ns);
void table_recent_release(struct table_recent *r);

/* For a reader that has added the last entry. */
void table_sort(struct table *t);

/* Name, kernel, page size, memory. Memory that cannot be read is ABSENT, and the errno value of that is there; 0: it
 * was read. */
int host_read(const struct procfs *fs, struct host_sample *ret, int *ret_memory_error, struct err *err);

#endif
