#include "find/descendants.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/io.h"
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

static const struct table_entry *find_root(const struct table *t, const struct target_kin *root)
{
	const struct table_entry *e = table_find(t, root->pid);

	return e && e->start_ticks == root->start_ticks ? e : NULL;
}

/* Is its parent in the table, and among those taken (by their places in the table)? */
static bool has_parent(const struct table *t, const bool *taken, const struct table_entry *e)
{
	const struct table_entry *parent = table_find(t, e->ppid);

	return parent && parent != e && taken[parent - t->items] && parent->start_ticks <= e->start_ticks;
}

/* Takes all whose parent is taken; how many. A child is never older than its parent; within one clock tick that needs
 * repeated passes. */
static size_t mark_descendants(const struct table *t, const struct table_entry *const *sorted, bool *taken)
{
	size_t n = 0, before;

	do {
		before = n;
		for (size_t i = 0; i < t->n; i++) {
			size_t at = (size_t)(sorted[i] - t->items);

			if (!taken[at] && has_parent(t, taken, sorted[i])) {
				taken[at] = true;
				n++;
			}
		}
	} while (n > before);
	return n;
}

/* By age, parents before children: whom `taken` has, moved there. */
static void put_in_order(const struct table *t, const struct table_entry *const *sorted, bool *taken,
			 size_t n, const struct table_entry **found)
{
	cleanup_free bool *put = xcalloc(t->n + 1, sizeof(*put));
	size_t have = 0, before;

	if (found[0]) {
		put[found[0] - t->items] = true;
		have++;
	}
	do {
		before = have;
		for (size_t i = 0; i < t->n; i++) {
			size_t at = (size_t)(sorted[i] - t->items);

			if (!taken[at] || put[at] ||
			    (has_parent(t, taken, sorted[i]) && !has_parent(t, put, sorted[i])))
				continue;
			put[at] = true;
			found[have++] = sorted[i];
		}
	} while (have > before && have < n);
}

size_t descendants_find(const struct table *t, const struct target_kin *roots, size_t nroots,
			const struct table_entry **found)
{
	cleanup_free const struct table_entry **sorted = xcalloc(t->n + 1, sizeof(*sorted));
	cleanup_free bool *taken = xcalloc(t->n + 1, sizeof(*taken));
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		sorted[i] = &t->items[i];
	qsort(sorted, t->n, sizeof(*sorted), by_age);
	for (size_t i = 0; i < nroots; i++) {
		const struct table_entry *e = find_root(t, &roots[i]);

		if (!e || taken[e - t->items])
			continue;
		taken[e - t->items] = true;
		n++;
	}
	n += mark_descendants(t, sorted, taken);
	found[0] = nroots ? find_root(t, &roots[0]) : NULL;
	if (n)
		put_in_order(t, sorted, taken, n, found);
	return n;
}

static int by_pid(const void *a, const void *b)
{
	const struct table_entry *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

void descendants_keep(struct table *family, const struct table_entry *const *found, size_t n)
{
	table_release(family);
	family->items = xcalloc(n ? n : 1, sizeof(*family->items));
	family->cap = n;
	for (size_t i = 0; i < n; i++) {
		struct table_entry *e = &family->items[family->n];

		if (!found[i])
			continue;
		*e = *found[i];
		e->comm = xstrdup(found[i]->comm);
		e->user = xstrdup(found[i]->user);
		family->n++;
	}
	qsort(family->items, family->n, sizeof(*family->items), by_pid);
}

/* The children of one thread: how many, all of them known as `pid`'s; -1 otherwise. */
static long children_of_thread(const struct procfs *fs, const struct table *family, pid_t pid, pid_t tid,
			       struct buf *text)
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
	cleanup(io_entries_end) DIR *dir = io_entries(fd);
	struct dirent *e;
	long sum = 0, n = 0;

	if (!dir)
		return -1;
	while (errno = 0, n >= 0 && (e = readdir(dir))) {
		int64_t tid;

		if (units_parse_int(e->d_name, 1, INT32_MAX, &tid) < 0)
			continue;
		n = children_of_thread(fs, family, pid, (pid_t)tid, text);
		sum += n;
	}
	return n < 0 || errno ? -1 : sum;
}

/* How many children it has, or -1. */
static long children_of(const struct procfs *fs, const struct table *family, pid_t pid, struct buf *text)
{
	char name[32];
	struct stat st;

	/* a folder for each thread, and two links of its own */
	snprintf(name, sizeof(name), "%d/task", (int)pid);
	if (fstatat(fs->fd, name, &st, 0) < 0)
		return -1;
	return st.st_nlink == 3 ? children_of_thread(fs, family, pid, pid, text) :
				  children_of_threads(fs, family, pid, text);
}

bool descendants_complete(const struct procfs *fs, const struct table *family, descendants_stands stands,
			  void *ctx)
{
	cleanup(buf_release) struct buf text = { .limit = 1 << 20 };
	size_t sum = 0, tops = 0;

	for (size_t i = 0; i < family->n; i++) {
		const struct table_entry *e = &family->items[i];
		struct standstill *s = stands(ctx, e);
		long n = s ? standstill_children(s) : -1;

		if (n < 0)
			n = children_of(fs, family, e->pid, &text);
		if (n < 0)
			return false;
		if (s)
			standstill_counted(s, n);
		sum += (size_t)n;
		tops += !table_find(family, e->ppid);
	}
	return family->n && sum == family->n - tops;
}
