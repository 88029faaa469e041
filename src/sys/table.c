#include "sys/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#ifdef COWTOP_LIBPROC2
#include "sys/table_libproc2.h"
#else
#include "sys/table_proc.h"
#endif

static int by_pid(const void *a, const void *b)
{
	const struct table_entry *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

void table_sort(struct table *t)
{
	if (t->n)
		qsort(t->items, t->n, sizeof(*t->items), by_pid);
}

void table_release(struct table *t)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		free(t->items[i].comm);
		free(t->items[i].user);
	}
	free(t->items);
	*t = (struct table){0};
}

void table_copy(struct table *to, const struct table *from)
{
	*to = (struct table){xcalloc(from->n + 1, sizeof(*to->items)), from->n, from->n + 1};
	for (size_t i = 0; i < from->n; i++) {
		to->items[i] = from->items[i];
		to->items[i].comm = xstrdup(from->items[i].comm);
		to->items[i].user = xstrdup(from->items[i].user);
	}
}

const struct table_entry *table_find(const struct table *t, pid_t pid)
{
	struct table_entry wanted = {.pid = pid};

	if (!t->n)
		return NULL;
	return bsearch(&wanted, t->items, t->n, sizeof(*t->items), by_pid);
}

#ifdef COWTOP_LIBPROC2

int table_read(struct table *t, struct err *err)
{
	return table_read_libproc2(t, err);
}

static int read_memory(struct host_sample *ret, struct err *err)
{
	return host_memory_libproc2(ret, err);
}

#else

static int open_proc(struct procfs *fs, struct err *err)
{
	int r = procfs_open(fs, "/proc");

	return r < 0 ? err_errno(err, STATUS_FAILED, -r, "/proc: cannot open") : 0;
}

int table_read(struct table *t, struct err *err)
{
	cleanup(procfs_release) struct procfs fs = {.fd = -1};

	return open_proc(&fs, err) < 0 ? -1 : table_read_proc(&fs, t, err);
}

static int read_memory(struct host_sample *ret, struct err *err)
{
	cleanup(procfs_release) struct procfs fs = {.fd = -1};

	return open_proc(&fs, err) < 0 ? -1 : host_memory_proc(&fs, ret, err);
}

#endif

int host_read(struct host_sample *ret, struct err *err)
{
	struct host_sample h = {0};
	struct utsname name;

	if (read_memory(&h, err) < 0)
		return -1;
	if (uname(&name) < 0)
		return err_errno(err, STATUS_FAILED, errno, "uname");

	memcpy(h.name, name.nodename, sizeof(h.name));
	memcpy(h.kernel, name.release, sizeof(h.kernel));
	h.page_size = sysconf(_SC_PAGESIZE);
	*ret = h;
	return 0;
}
