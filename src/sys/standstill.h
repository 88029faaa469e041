#ifndef COWTOP_SYS_STANDSTILL_H
#define COWTOP_SYS_STANDSTILL_H

/*
 * Has a process run at all since it was looked at? One that has not can have changed nothing by itself: not
 * its title, not its memory or its collector in it, and it has forked nobody. What others do to it (its pages
 * are taken away, its parent ends) is in its stat, which is read all the same.
 *
 * /proc/PID/schedstat tells it (kernel/sched/stats.h, sched_info_arrive(), Linux 6.18): the time on a processor
 * in nanoseconds, which counts from tick to tick, and how often the first thread got one, which counts at once.
 * Both are the same as before, the only thread was off the processor then: it has not come back since. Where the
 * kernel does not count that (CONFIG_SCHED_INFO) it is never known. Times in stat are of no use for this, as they
 * are in hundredths of a second.
 *
 * Both files are kept open while there are descriptors enough: a file of a process that has ended never shows
 * another one. Otherwise it is not known either.
 */
#include "sys/proc.h"

struct ran {
	uint64_t ns, times; /* 0: not known */
};

struct standstill {
	int stat, schedstat; /* kept open, or -1 */
	struct ran now;      /* before the last stat */
	bool off;            /* its only thread was off the processor after that */
	struct ran mark;     /* what holds of the look before */
	bool marked;
	struct ran counted; /* before its children were counted: */
	long children;
};

#define STANDSTILL_NONE \
	{ \
		.stat = -1, .schedstat = -1 \
	}

void standstill_release(struct standstill *s);
/* Keep the files of a process that will be looked at again, unless they are or descriptors may get short. */
void standstill_keep_files(struct standstill *s, const struct procfs *fs, pid_t pid);

/* Its stat; as procfs_stat(). */
int standstill_stat(struct standstill *s, const struct procfs *fs, pid_t pid, struct proc_stat *ret);
/* After that: has it stood still since the mark? */
bool standstill_since_mark(const struct standstill *s);
/* What is known of it as of the last stat is kept from now on. */
void standstill_mark(struct standstill *s);

/* How many children it had when they were counted, if it has stood still since; -1: count them, after this call, */
long standstill_children(struct standstill *s);
/* and say how many. */
void standstill_counted(struct standstill *s, long children);

#endif
