#include "sys/proc_path.h"

#include <errno.h>
#include <stdio.h>
#include "sys/proc_stat.h"

/* So many threads are chosen, where each has ended before it is asked. */
#define MOST_ASKED 64

struct proc_path proc_path(pid_t pid, const char *name)
{
	struct proc_path p = { .asked = 0 };

	snprintf(p.name, sizeof(p.name), "%d/%s", (int)pid, name);
	return p;
}

bool proc_path_next(int proc, pid_t pid, const char *name, struct proc_path *path)
{
	pid_t tid = path->asked < MOST_ASKED ? proc_living(proc, pid) : 0;

	if (!tid)
		return false;
	snprintf(path->name, sizeof(path->name), "%d/task/%d/%s", (int)pid, (int)tid, name);
	path->asked++;
	return true;
}

bool proc_path_nothing(int error)
{
	return error == ENOENT || error == ESRCH || error == EACCES || error == EPERM;
}
