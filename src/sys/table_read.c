#include "sys/table.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/clock.h"
#include "sys/machine.h"
#include "sys/patience.h"
#ifdef COWTOP_LIBPROC2
#include "sys/table_libproc2.h"
#endif
#include "sys/table_proc.h"

#ifdef COWTOP_LIBPROC2

/* libproc2 shows a process whose first thread has ended as the kernel does, as a zombie: see sys/proc_stat.h. */
static void complete(const struct procfs *fs, struct table_entry *e)
{
	struct proc_stat st;

	if (procfs_stat(fs, e->pid, &st) < 0 || st.start_ticks != e->start_ticks)
		return;
	e->start_code = st.start_code;
	e->end_code = st.end_code;
	e->start_stack = st.start_stack;
	e->state = st.state;
}

/* libproc2 leaves out whom it cannot open or read, whatever the reason is; where there is no memory for one it gives
 * up. */
static int read_all(const struct procfs *fs, struct table *t, struct err *err)
{
	struct err ignored = { 0 };

	if (fs->captured || table_read_libproc2(t, &ignored) < 0)
		return table_read_proc(fs, t, err);
	for (size_t i = 0; i < t->n; i++)
		if (t->items[i].state == 'Z' && t->items[i].threads > 1)
			complete(fs, &t->items[i]);
	return table_add_proc(fs, t, err);
}

static int read_memory(const struct procfs *fs, struct host_sample *ret)
{
	return fs->captured ? host_memory_proc(fs, ret) : host_memory_libproc2(ret);
}

#else

static int read_all(const struct procfs *fs, struct table *t, struct err *err)
{
	return table_read_proc(fs, t, err);
}

static int read_memory(const struct procfs *fs, struct host_sample *ret)
{
	return host_memory_proc(fs, ret);
}

#endif

int table_read(const struct procfs *fs, struct table *t, struct err *err)
{
	if (read_all(fs, t, err) < 0) {
		table_release(t);
		return -1;
	}
	t->holders = xcalloc(1, sizeof(*t->holders));
	*t->holders = 1;
	return 0;
}

/* ---- for several */

static bool is_young(const struct table_recent *r, int64_t now_ns)
{
	int64_t age = now_ns - r->read_ns;

	return r->table.n && (age < TABLE_YOUNG_NS || (age < TABLE_OLD_NS && age < 10 * r->took_ns));
}

int table_recent_read(struct table_recent *r, const struct procfs *fs, struct table *ret, struct err *err)
{
	int64_t now = clock_now();

	if (!is_young(r, now)) {
		table_release(&r->table);
		if (table_read(fs, &r->table, err) < 0)
			return -1;
		r->read_ns = now;
		r->took_ns = clock_now() - now;
	}
	table_share(ret, &r->table);
	return 0;
}

void table_recent_set(struct table_recent *r, const struct table *t, int64_t read_ns)
{
	table_release(&r->table);
	table_share(&r->table, t);
	r->read_ns = read_ns;
}

void table_recent_release(struct table_recent *r)
{
	table_release(&r->table);
}

struct asking {
	struct procfs fs; /* borrowed */
	struct host_sample said;
	int r;
};

static void asking_do(void *job)
{
	struct asking *a = job;

	a->r = read_memory(&a->fs, &a->said);
}

static const struct patience_work asking = { asking_do, free };

/* In a container a program of some user may stand in for meminfo (lxcfs, of FUSE): it may not answer. */
static int read_memory_patiently(const struct procfs *fs, struct host_sample *ret)
{
	struct asking *a;
	dev_t system;
	int r;

	if (!procfs_covered(fs, "meminfo", &system))
		return read_memory(fs, ret);
	a = xcalloc(1, sizeof(*a));
	a->fs = *fs;
	a->said = *ret;
	if (!patience_do(system, "/proc/meminfo", &asking, a))
		return -ETIMEDOUT;
	*ret = a->said;
	r = a->r;
	free(a);
	return r;
}

int host_read(const struct procfs *fs, struct host_sample *ret, int *ret_memory_error, struct err *err)
{
	struct host_sample h = {
		.memory_bytes = ABSENT,
		.available_bytes = ABSENT,
		.cached_bytes = ABSENT,
		.swap_used_bytes = ABSENT,
	};
	int r;

	*ret_memory_error = -read_memory_patiently(fs, &h);
	r = machine_names(fs, &h);
	if (r < 0)
		return err_errno(err, STATUS_FAILED, -r, "uname");
	h.page_size = sysconf(_SC_PAGESIZE);
	*ret = h;
	return 0;
}
