#include "sys/proc_stat.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/io.h"
#include "parse/cursor.h"

/* Among so many threads one is looked for that lives: those that have ended are not listed, but for the first. */
#define LOOKED_AT 64
/* A list is old at once where each thread begins the next one and ends: so often it is read again. */
#define LISTS 32

int proc_stat_said(int fd, struct proc_stat *ret)
{
	char line[2048]; /* 52 numbers and a name of at most 64 bytes */
	ssize_t n = io_read_at(fd, line, sizeof(line), 0);

	if (n <= 0)
		return n < 0 ? (int)n : -ESRCH;
	return parse_stat(line, (size_t)n, ret) < 0 ? -EBADMSG : 0;
}

/* fs/proc/base.c, proc_pid_schedstat() (Linux 6.18): "0 0 0" where nothing is counted. */
int proc_schedstat(int fd, uint64_t *ret_ns, uint64_t *ret_times)
{
	uint64_t waited;
	char line[80];
	ssize_t n = io_read_at(fd, line, sizeof(line), 0);
	struct cursor c = { line, line + (n > 0 ? n : 0) };

	if (n <= 0)
		return n < 0 ? (int)n : -ESRCH;
	if (!cursor_u64(&c, ret_ns) || !cursor_blanks(&c) || !cursor_u64(&c, &waited) || !cursor_blanks(&c) ||
	    !cursor_u64(&c, ret_times))
		return -EBADMSG;
	return 0;
}

ssize_t proc_threads(int proc, pid_t pid, pid_t *ret, size_t max)
{
	cleanup(io_entries_end) DIR *dir = NULL;
	const struct dirent *entry;
	char path[32];
	size_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "%d/task", (int)pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	dir = io_entries(fd);
	if (!dir)
		return -errno;
	while (errno = 0, n < max && (entry = readdir(dir))) {
		pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (tid > 0)
			ret[n++] = tid;
	}
	return errno ? -errno : (ssize_t)n;
}

static bool has_ended(const struct proc_stat *st)
{
	return st->state == 'Z' || st->state == 'X';
}

static int read_stat(int proc, const char *path, struct proc_stat *ret)
{
	cleanup_close int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : proc_stat_said(fd, ret);
}

/* Of those that are listed now one that lives, and its stat. */
static pid_t living_of_list(int proc, pid_t pid, struct proc_stat *ret)
{
	pid_t threads[LOOKED_AT];
	ssize_t n = proc_threads(proc, pid, threads, LOOKED_AT);

	for (ssize_t i = 0; i < n; i++) {
		char path[48];

		snprintf(path, sizeof(path), "%d/task/%d/stat", (int)pid, (int)threads[i]);
		if (read_stat(proc, path, ret) == 0 && !has_ended(ret) && ret->start_code)
			return threads[i];
	}
	return 0;
}

/* One that lives, and its stat. */
static pid_t find_living(int proc, const struct proc_stat *first, struct proc_stat *ret)
{
	pid_t living = 0;

	if (!has_ended(first) || first->threads < 2)
		return 0;
	for (int lists = 0; !living && lists < LISTS; lists++)
		living = living_of_list(proc, first->pid, ret);
	return living;
}

pid_t proc_living(int proc, pid_t pid)
{
	struct proc_stat st, of_thread;
	char path[32];

	snprintf(path, sizeof(path), "%d/stat", (int)pid);
	return read_stat(proc, path, &st) < 0 ? 0 : find_living(proc, &st, &of_thread);
}

void proc_stat_complete(int proc, struct proc_stat *st)
{
	struct proc_stat t;

	if (!find_living(proc, st, &t))
		return;
	st->state = t.state;
	st->rss_pages = t.rss_pages;
	st->start_code = t.start_code;
	st->end_code = t.end_code;
	st->start_stack = t.start_stack;
	st->start_brk = t.start_brk;
	st->arg_start = t.arg_start;
}
