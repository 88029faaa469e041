#include "find/bypid.h"

#include <errno.h>
#include <string.h>
#include "base/cleanup.h"
#include "parse/cursor.h"
#include "sys/needs.h"

/* The process that a thread id belongs to, or 0. */
static pid_t thread_group(const struct procfs *fs, pid_t tid)
{
	cleanup(buf_release) struct buf status = { 0 };
	struct cursor c;
	uint64_t pid;
	char *line;

	if (procfs_read(fs, tid, "status", &status) < 0 || !status.len)
		return 0;
	line = strstr(status.data, "\nTgid:");
	if (!line)
		return 0;
	c = (struct cursor){ line + strlen("\nTgid:"), status.data + status.len };
	if (!cursor_blanks(&c) || !cursor_u64(&c, &pid) || (pid_t)pid == tid)
		return 0;
	return (pid_t)pid;
}

static int no_such_pid(const struct procfs *fs, pid_t pid, struct err *err)
{
	pid_t group = thread_group(fs, pid);
	struct proc_stat st;
	int r;

	if (group)
		return err_set(err, STATUS_NO_TARGET, "%d is a thread of process %d: cowtop %d", (int)pid,
			       (int)group, (int)group);
	/* The table was read a moment ago: what is neither there nor hidden has gone. */
	r = procfs_stat(fs, pid, &st);
	/* hidepid says EPERM or ENOENT (fs/proc/base.c, proc_pid_permission()), a security module EACCES */
	if (r < 0 && r != -ENOENT && r != -ESRCH && r != -EPERM)
		return err_errno(err, is_refusal(-r) ? STATUS_DENIED : STATUS_FAILED, -r,
				 "/proc/%d/stat: cannot read", (int)pid);
	if (procfs_exists(fs, pid) && r < 0)
		return err_set(err, STATUS_DENIED,
			       "%d exists, but /proc is mounted with hidepid and hides it from "
			       "this user: run cowtop as root, as the user of that process, or with "
			       "CAP_SYS_PTRACE",
			       (int)pid);
	/* libproc2 leaves out what it cannot open */
	if (!r)
		return err_set(
			err, STATUS_FAILED,
			"%d is there, but not in the process table that was read: grant a higher ulimit -n, "
			"or try again",
			(int)pid);
	return err_set(err, STATUS_NO_TARGET, "%d: no such process", (int)pid);
}

int bypid_find(const struct procfs *fs, const struct proctree *f, pid_t pid, struct tree_node **ret,
	       struct err *err)
{
	struct tree_node *n = proctree_find(f, pid);

	if (!n || n->entry->error)
		return no_such_pid(fs, pid, err);
	if (n->alive) {
		*ret = n;
		return 0;
	}
	if (n->entry->state == 'Z')
		return err_set(err, STATUS_NO_TARGET,
			       "%d (%s) is a zombie: it has ended, its parent %d has not taken "
			       "notice",
			       (int)pid, n->entry->comm, (int)n->entry->ppid);
	if (!procfs_exists(fs, pid))
		return err_set(err, STATUS_NO_TARGET, "%d: no such process", (int)pid);
	return err_set(err, STATUS_NOT_A_POOL, "%d (%s) is a kernel thread: it has no memory of its own",
		       (int)pid, n->entry->comm);
}
