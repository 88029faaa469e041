#ifndef COWTOP_SYS_PROC_PATH_H
#define COWTOP_SYS_PROC_PATH_H

/*
 * Where a file or folder of a process is below /proc: PID/NAME, or task/TID/NAME of a thread that lives where the
 * first one has ended (sys/proc_stat.h). A thread may end between its choice and the look at its file; then another
 * one is chosen, a few times.
 */
#include <stdbool.h>
#include <sys/types.h>

struct proc_path {
	char name[64]; /* "4194304/task/4194304/smaps_rollup" and every other name that is asked for fits */
	int asked;     /* threads that were chosen */
};

struct proc_path proc_path(pid_t pid, const char *name);
/* The same of a thread that lives, of `proc`, a handle of /proc. False: the first thread lives, none does, or enough
 * were asked; then the path is as it was. */
bool proc_path_next(int proc, pid_t pid, const char *name, struct proc_path *path);
/* Does this errno value say that there is nothing? What a thread has that ended belongs to root, to others it is
 * closed. */
bool proc_path_nothing(int error);

#endif
