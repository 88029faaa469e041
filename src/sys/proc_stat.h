#ifndef COWTOP_SYS_PROC_STAT_H
#define COWTOP_SYS_PROC_STAT_H

/*
 * The stat of a process, and by which of its threads it is read.
 *
 * A process is not its first thread. When that one has ended (pthread_exit(3) in main()) the process lives as
 * long as another does, and /proc/PID is that of a zombie: its memory, its folders and its open files are gone with
 * the first thread (kernel/exit.c, do_exit(), Linux 6.18), so that maps, pagemap, exe, root, environ are empty,
 * missing or closed there, and addresses in stat are 0. All of it is at /proc/PID/task/TID of a thread that lives.
 * Faults, parent, start time and flags stay right in the stat of the first.
 *
 * `proc` is a handle of the folder /proc. Errors are -errno.
 */
#include <stdbool.h>
#include "parse/stat.h"

/* Of an open stat, as often as wanted, what it says: -ESRCH once the process that it was opened of is gone. */
int proc_stat_said(int fd, struct proc_stat *ret);
/* Of an open schedstat: the first thread's time on a processor, and how often it got one; both 0 where the
 * kernel does not count that. */
int proc_schedstat(int fd, uint64_t *ret_ns, uint64_t *ret_times);

/* The threads of a process, at most `max`, as they are listed. How many, or -errno. */
ssize_t proc_threads(int proc, pid_t pid, pid_t *ret, size_t max);
/* Has the first thread ended, and others have not? Then one that lives; 0 otherwise. */
pid_t proc_living(int proc, pid_t pid);
/* The stat of such a process is completed from a thread that lives: state, addresses, RSS. */
void proc_stat_complete(int proc, struct proc_stat *st);

#endif
