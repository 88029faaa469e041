#include "sys/table_libproc2.h"

#include <errno.h>
#include <libproc2/meminfo.h>
#include <libproc2/pids.h>
#include "base/alloc.h"
#include "base/cleanup.h"

/* The columns asked of libproc2, and where each is in a row. */
enum column { PID, PPID, START, CODE, CODE_END, STACK, FLAGS, FAULTS, STATE, THREADS, UID, USER, COMM };

static enum pids_item items[] = {
	[PID] = PIDS_ID_PID,
	[PPID] = PIDS_ID_PPID,
	[START] = PIDS_TICS_BEGAN,
	[CODE] = PIDS_ADDR_CODE_START,
	[CODE_END] = PIDS_ADDR_CODE_END,
	[STACK] = PIDS_ADDR_STACK_START,
	[FLAGS] = PIDS_FLAGS,
	[FAULTS] = PIDS_FLT_MIN,
	[STATE] = PIDS_STATE,
	[THREADS] = PIDS_NLWP,
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

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

/* Not by the library's PIDS_VAL: it has four parameters until 4.0.5 and three from 4.0.6 on. */
static void add_row(struct table *t, const struct pids_stack *row)
{
	const struct pids_result *head = row->head;
	struct table_entry *e;

	vec_room(&t->items, t->n, &t->cap);
	e = &t->items[t->n++];
	e->error = 0;
	e->pid = head[PID].result.s_int;
	e->ppid = head[PPID].result.s_int;
	e->start_ticks = head[START].result.ull_int;
	e->start_code = head[CODE].result.ul_int;
	e->end_code = head[CODE_END].result.ul_int;
	e->start_stack = head[STACK].result.ul_int;
	e->flags = head[FLAGS].result.ul_int;
	e->minflt = head[FAULTS].result.ul_int;
	e->state = head[STATE].result.s_ch;
	e->threads = head[THREADS].result.s_int;
	e->uid = head[UID].result.u_int;
	e->user = xstrdup(or_empty(head[USER].result.str));
	e->comm = xstrdup(or_empty(head[COMM].result.str));
}

int table_read_libproc2(struct table *t, struct err *err)
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
	table_sort(t);
	return 0;
}

static fact bytes_of(struct meminfo_info *info, enum meminfo_item item)
{
	struct meminfo_result *r = procps_meminfo_get(info, item);

	return r ? (fact)r->result.ul_int * 1024 : ABSENT;
}

int host_memory_libproc2(struct host_sample *ret)
{
	cleanup(unref_meminfo) struct meminfo_info *info = NULL;
	int r;

	r = procps_meminfo_new(&info);
	if (r < 0)
		return r;
	ret->memory_bytes = bytes_of(info, MEMINFO_MEM_TOTAL);
	ret->available_bytes = bytes_of(info, MEMINFO_MEM_AVAILABLE);
	ret->cached_bytes = bytes_of(info, MEMINFO_MEM_CACHED);
	ret->swap_used_bytes = bytes_of(info, MEMINFO_SWAP_USED);
	return 0;
}
