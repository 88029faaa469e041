#include "source/family.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "parse/cursor.h"

static int by_age(const void *a, const void *b)
{
	const struct table_entry *x = *(const struct table_entry *const *)a;
	const struct table_entry *y = *(const struct table_entry *const *)b;

	if (x->start_ticks != y->start_ticks)
		return x->start_ticks < y->start_ticks ? -1 : 1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

/*
 * The master and all its descendants, parents before children and older before younger.
 * A child is never older than its parent; within one clock tick it takes repeated passes.
 */
size_t family_find(const struct table *t, pid_t pid, uint64_t start_ticks,
		   const struct table_entry **found)
{
	cleanup_free const struct table_entry **sorted = xcalloc(t->n, sizeof(*sorted));
	cleanup_free bool *taken = xcalloc(t->n, sizeof(*taken));
	const struct table_entry *master = table_find(t, pid);
	size_t n = 0, before;

	if (!master || master->start_ticks != start_ticks)
		return 0;
	for (size_t i = 0; i < t->n; i++)
		sorted[i] = &t->items[i];
	qsort(sorted, t->n, sizeof(*sorted), by_age);
	found[n++] = master;
	do {
		before = n;
		for (size_t i = 0; i < t->n; i++) {
			if (taken[i] || sorted[i] == master)
				continue;
			for (size_t k = 0; k < n && !taken[i]; k++)
				taken[i] = found[k]->pid == sorted[i]->ppid &&
					   found[k]->start_ticks <= sorted[i]->start_ticks;
			if (taken[i])
				found[n++] = sorted[i];
		}
	} while (n > before);
	return n;
}

static int by_pid(const void *a, const void *b)
{
	const struct table_entry *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

void family_keep(struct table *family, const struct table_entry *const *found, size_t n)
{
	table_release(family);
	family->items = xcalloc(n ? n : 1, sizeof(*family->items));
	family->n = family->cap = n;
	for (size_t i = 0; i < n; i++) {
		family->items[i] = *found[i];
		family->items[i].comm = xstrdup(found[i]->comm);
		family->items[i].user = xstrdup(found[i]->user);
	}
	qsort(family->items, n, sizeof(*family->items), by_pid);
}

/* The children of one thread: how many, all of them known as `pid`'s; -1 otherwise. */
static long children_of_thread(const struct procfs *fs, const struct table *family, pid_t pid,
			       pid_t tid, struct buf *text)
{
	char name[32];
	struct cursor c;
	long n = 0;

	snprintf(name, sizeof(name), "task/%d/children", (int)tid);
	if (procfs_read(fs, pid, name, text) < 0)
		return -1;
	c = (struct cursor){ text->data, text->data + text->len };
	while (c.at < c.end) {
		const struct table_entry *child;
		uint64_t number;

		if (!cursor_u64(&c, &number) || number > INT32_MAX)
			return -1;
		child = table_find(family, (pid_t)number);
		if (!child || child->ppid != pid)
			return -1;
		cursor_blanks(&c);
		n++;
	}
	return n;
}

/* The same over the threads that /proc/PID/task lists. */
static long children_of_threads(const struct procfs *fs, const struct table *family, pid_t pid,
				struct buf *text)
{
	int fd = procfs_file(fs, pid, "task");
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	long sum = 0, n = 0;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while (n >= 0 && (e = readdir(dir))) {
		int64_t tid;

		if (units_parse_int(e->d_name, 1, INT32_MAX, &tid) < 0)
			continue;
		n = children_of_thread(fs, family, pid, (pid_t)tid, text);
		sum += n;
	}
	closedir(dir);
	return n < 0 ? -1 : sum;
}

bool family_is_complete(const struct procfs *fs, const struct table *family)
{
	cleanup(buf_release) struct buf text = { .limit = 1 << 20 };
	size_t sum = 0;

	for (size_t i = 0; i < family->n; i++) {
		pid_t pid = family->items[i].pid;
		char name[32];
		struct stat st;
		long n;

		/* a folder for each thread, and two links of its own */
		snprintf(name, sizeof(name), "%d/task", (int)pid);
		if (fstatat(fs->fd, name, &st, 0) < 0)
			return false;
		n = st.st_nlink == 3 ? children_of_thread(fs, family, pid, pid, &text)
				     : children_of_threads(fs, family, pid, &text);
		if (n < 0)
			return false;
		sum += (size_t)n;
	}
	return family->n && sum == family->n - 1;
}
