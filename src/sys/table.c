#include "sys/table.h"

#include <errno.h>
#include <libproc2/meminfo.h>
#include <libproc2/pids.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"

/* The columns asked of libproc2, and where each is in a row. */
enum column { PID, PPID, START, STATE, UID, USER, COMM };

static enum pids_item items[] = {
	[PID] = PIDS_ID_PID,
	[PPID] = PIDS_ID_PPID,
	[START] = PIDS_TICS_BEGAN,
	[STATE] = PIDS_STATE,
	[UID] = PIDS_ID_EUID,
	[USER] = PIDS_ID_EUSER,
	[COMM] = PIDS_CMD,
};

#define NCOLUMNS ((int)(sizeof(items) / sizeof(items[0])))

static void unref_pids(struct pids_info **info)
{
	if (*info)
		procps_pids_unref(info);
}

static void unref_meminfo(struct meminfo_info **info)
{
	if (*info)
		procps_meminfo_unref(info);
}

static int by_pid(const void *a, const void *b)
{
	const struct table_entry *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

static void add_row(struct table *t, struct pids_stack *row)
{
	struct table_entry *e;

	vec_room(&t->items, t->n, &t->cap);
	e = &t->items[t->n++];
	e->pid = PIDS_VAL(PID, s_int, row, NULL);
	e->ppid = PIDS_VAL(PPID, s_int, row, NULL);
	e->start_ticks = PIDS_VAL(START, ull_int, row, NULL);
	e->state = PIDS_VAL(STATE, s_ch, row, NULL);
	e->uid = PIDS_VAL(UID, u_int, row, NULL);
	e->user = xstrdup(or_empty(PIDS_VAL(USER, str, row, NULL)));
	e->comm = xstrdup(or_empty(PIDS_VAL(COMM, str, row, NULL)));
}

int table_read(struct table *t, struct err *err)
{
	cleanup(unref_pids) struct pids_info *info = NULL;
	struct pids_fetch *all;
	int r, i;

	r = procps_pids_new(&info, items, NCOLUMNS);
	if (r < 0)
		return err_errno(err, STATUS_FAILED, -r, "/proc: cannot open the process table");
	all = procps_pids_reap(info, PIDS_FETCH_TASKS_ONLY);
	if (!all)
		return err_errno(err, STATUS_FAILED, errno, "/proc: cannot read the process table");

	table_release(t);
	for (i = 0; i < all->counts->total; i++)
		add_row(t, all->stacks[i]);
	qsort(t->items, t->n, sizeof(*t->items), by_pid);
	return 0;
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

const struct table_entry *table_find(const struct table *t, pid_t pid)
{
	struct table_entry wanted = {.pid = pid};

	if (!t->n)
		return NULL;
	return bsearch(&wanted, t->items, t->n, sizeof(*t->items), by_pid);
}

static fact bytes_of(struct meminfo_info *info, enum meminfo_item item)
{
	struct meminfo_result *r = procps_meminfo_get(info, item);

	return r ? (fact)r->result.ul_int * 1024 : ABSENT;
}

int host_read(struct host_sample *ret, struct err *err)
{
	cleanup(unref_meminfo) struct meminfo_info *info = NULL;
	struct host_sample h = {0};
	struct utsname name;
	int r;

	r = procps_meminfo_new(&info);
	if (r < 0)
		return err_errno(err, STATUS_FAILED, -r, "/proc/meminfo: cannot read");
	if (uname(&name) < 0)
		return err_errno(err, STATUS_FAILED, errno, "uname");

	memcpy(h.name, name.nodename, sizeof(h.name));
	memcpy(h.kernel, name.release, sizeof(h.kernel));
	h.page_size = sysconf(_SC_PAGESIZE);
	h.memory_bytes = bytes_of(info, MEMINFO_MEM_TOTAL);
	h.available_bytes = bytes_of(info, MEMINFO_MEM_AVAILABLE);
	h.cached_bytes = bytes_of(info, MEMINFO_MEM_CACHED);
	h.swap_used_bytes = bytes_of(info, MEMINFO_SWAP_USED);
	*ret = h;
	return 0;
}
