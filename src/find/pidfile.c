#include "find/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "parse/cursor.h"
#include "sys/priv.h"

struct pidfile {
	const char *path;
	pid_t pid;
	time_t written;
};

/* A pid is on the first line; PostgreSQL's file goes on below. */
static int read_pidfile(const char *path, struct pidfile *ret)
{
	cleanup(priv_return) struct priv_lent own = priv_lend(PRIV_OWN);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char text[64];
	struct cursor c = { text, text };
	struct stat st;
	uint64_t pid;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	n = io_read(fd, text, sizeof(text));
	if (n < 0)
		return (int)n;

	c.end = text + n;
	cursor_blanks(&c);
	if (!cursor_u64(&c, &pid) || !pid || pid > INT32_MAX)
		return -EINVAL;
	if (c.at < c.end && !strchr(" \t\r\n", *c.at))
		return -EINVAL;
	*ret = (struct pidfile){ .path = path, .pid = (pid_t)pid, .written = st.st_mtime };
	return 0;
}

bool pidfile_is(const char *text)
{
	struct pidfile file;

	return read_pidfile(text, &file) == 0;
}

/* The pid of `n` in its innermost PID namespace; 0 when status has no NSpid (before 4.1). */
static pid_t inner_pid(const struct procfs *fs, const struct tree_node *n)
{
	cleanup(buf_release) struct buf status = { 0 };
	struct cursor c;
	uint64_t pid = 0;
	char *line;

	if (procfs_read(fs, n->entry->pid, "status", &status) < 0 || !status.len)
		return 0;
	line = strstr(status.data, "\nNSpid:");
	if (!line)
		return 0;
	c = (struct cursor){ line + strlen("\nNSpid:"), status.data + status.len };
	while (cursor_blanks(&c) && cursor_u64(&c, &pid))
		;
	return pid <= INT32_MAX ? (pid_t)pid : 0;
}

static bool same_namespace(const struct procfs *fs, pid_t a, pid_t b)
{
	cleanup(buf_release) struct buf x = { 0 };
	cleanup(buf_release) struct buf y = { 0 };

	return procfs_link(fs, a, "ns/pid", &x) == 0 && procfs_link(fs, b, "ns/pid", &y) == 0 &&
	       !strcmp(x.data, y.data);
}

/*
 * The only process whose inner pid is `pid`: in the namespace of process `owner`, or (0) in any
 * other namespace and part of a pool. NULL when there is none or more than one.
 */
static struct tree_node *find_inner(const struct procfs *fs, const struct proctree *f, pid_t pid, pid_t owner)
{
	struct tree_node *found = NULL;
	size_t i;

	for (i = 0; i < f->n; i++) {
		struct tree_node *n = &f->nodes[i];

		if (!n->alive || (!owner && (n->entry->pid == pid || !proctree_forked(proctree_master(n)))))
			continue;
		if (inner_pid(fs, n) != pid || (owner && !same_namespace(fs, n->entry->pid, owner)))
			continue;
		if (found)
			return NULL;
		found = n;
	}
	return found;
}

/* PID of a "/proc/PID/root/..." path: a file inside the container of that process. */
static pid_t path_owner(const char *path)
{
	struct cursor c = { path, path + strlen(path) };
	uint64_t pid;

	if (strncmp(path, "/proc/", 6))
		return 0;
	c.at += 6;
	if (!cursor_u64(&c, &pid) || pid > INT32_MAX || strncmp(c.at, "/root/", 6))
		return 0;
	return (pid_t)pid;
}

/* Started clearly after the file was written: not the process that the file was written for. */
static bool younger_than(const struct tree_node *n, const struct pidfile *file)
{
	enum { SLACK = 10 }; /* seconds: clocks are set now and then */
	time_t started;

	started = clock_ns(CLOCK_REALTIME) / SECOND - clock_ns(CLOCK_BOOTTIME) / SECOND +
		  (time_t)(n->entry->start_ticks / (uint64_t)sysconf(_SC_CLK_TCK));
	return started > file->written + SLACK;
}

/* Does the file's error say nothing of whether there is a process? */
static bool says_nothing_of_it(int error)
{
	return error == EIO || error == EINTR || error == ENOMEM || error == EMFILE || error == ENFILE ||
	       error == EROFS || error == ENOSPC || error == EDQUOT;
}

static int fill_error(struct err *err, const char *path, int error)
{
	if (error == EINVAL)
		return err_set(err, STATUS_NO_TARGET, "%s: does not hold a pid", path);
	if (error == EACCES || error == EPERM)
		return err_errno(err, STATUS_DENIED, error, "%s: cannot read the pid file (run as root)",
				 path);
	return err_errno(err, says_nothing_of_it(error) ? STATUS_FAILED : STATUS_NO_TARGET, error,
			 "%s: cannot read the pid file", path);
}

int pidfile_find(const struct procfs *fs, const struct proctree *f, const char *path, struct tree_node **ret,
		 struct buf *note, struct err *err)
{
	struct tree_node *outer, *inner;
	struct pidfile file;
	pid_t owner = path_owner(path);
	int r = read_pidfile(path, &file);

	if (r < 0)
		return fill_error(err, path, -r);

	outer = owner ? NULL : proctree_find(f, file.pid);
	if (outer && outer->alive && !younger_than(outer, &file) &&
	    (proctree_forked(proctree_master(outer)) || outer->denied)) {
		*ret = outer;
		return 0;
	}
	inner = find_inner(fs, f, file.pid, owner);
	if (inner) {
		if (inner->entry->pid != file.pid)
			buf_printf(note, "%d in %s is the pid inside a container; here it is %d",
				   (int)file.pid, path, (int)inner->entry->pid);
		*ret = inner;
		return 0;
	}
	if (outer && outer->alive && !younger_than(outer, &file)) {
		*ret = outer;
		return 0;
	}
	return err_set(err, STATUS_NO_TARGET,
		       "%s says pid %d, but %s: the file is stale, or it was written in a "
		       "container (then %d is the pid in there: NSpid in /proc/PID/status shows "
		       "both) -- give the pid",
		       path, (int)file.pid,
		       outer ? "the process of that pid is younger than the file" :
			       "there is no such process here",
		       (int)file.pid);
}
