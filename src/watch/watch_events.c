#include "watch/watch_events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sysinfo.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "parse/tracepoint.h"
#include "sys/arch.h"
#include "sys/hugepages.h"
#include "sys/kernel.h"
#include "sys/needs.h"
#include "sys/tracefs.h"
#include "watch/watch_first.h"

/*
 * A ring holds the copies of some 60 ms at 30 000 a second and CPU with all of them sampled, and of a
 * second at the default period; losses come from a reader that does not get the CPU for a while.
 */
#define RING_BYTES ((size_t)16 << 20)
/* With every copy sampled four times as much is asked for where memory is plenty: a reader may stand still for
 * 250 ms then, on a virtual machine whose other processor was taken away. */
#define RING_MOST ((size_t)64 << 20)
#define MEMORY_SHARE 16 /* of what is available */
/* So full is a ring when its reader is woken, and no fuller when it is larger: who looks later finds that the
 * collection is over, and its Python functions gone. */
#define WAKEUP_PART 8
#define RING_LEAST ((size_t)64 << 10)
#define RINGS_BYTES ((size_t)256 << 20) /* all together */

/* Linux 5.19 to 6.18; before that, copies were without __GFP_COMP. */
#define HIGHUSER_MOVABLE 0x100ccaull
#define GFP_COMP 0x40000ull

#define NEVER (UINT64_C(1) << 62)

/* ---- which event */

int watch_events_allowed(void)
{
	static const struct perf_setup own = { .user_only = true };
	cleanup_close int fd = perf_open(&own, 0, -1);

	return fd < 0 ? fd : 0;
}

int watch_failed(struct err *err, int error, const char *what)
{
	if (error != EMFILE)
		return err_errno(err, STATUS_FAILED, error, "%s", what);
	return err_errno(err, STATUS_DENIED, error, "%s; grant a higher ulimit -n", what);
}

/* Is it no answer to who may open events, but that something ran out? */
static bool ran_out(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM;
}

static void make_filter(struct watch_events *e, const struct buf *format)
{
	uint64_t flags = HIGHUSER_MOVABLE, compound = GFP_COMP, f, c;

	if (parse_tracepoint_flag(format->data, format->len, "GFP_HIGHUSER_MOVABLE", &f) &&
	    parse_tracepoint_flag(format->data, format->len, "__GFP_COMP", &c)) {
		flags = f;
		compound = c;
	}
	/* the likely one first: each comparison is a part of what a copy costs */
	snprintf(e->filter, sizeof(e->filter), "(gfp_flags == 0x%llx || gfp_flags == 0x%llx) && order == 0",
		 (unsigned long long)(flags | compound), (unsigned long long)flags);
}

int watch_events_tracepoint(struct watch_events *e)
{
	cleanup(buf_release) struct buf format = { .limit = 1 << 20 };
	cleanup_close int dir = tracefs_open();
	int r;

	if (dir < 0)
		return dir;
	r = tracefs_format(dir, "kmem/mm_page_alloc", &format);
	if (r < 0)
		return r;
	if (!parse_tracepoint_id(format.data, format.len, &e->sampling.tracepoint) ||
	    !parse_tracepoint_field(format.data, format.len, "gfp_flags") ||
	    !parse_tracepoint_field(format.data, format.len, "order"))
		return -EBADMSG;
	make_filter(e, &format);
	return 0;
}

static void sampling_setup(struct watch_events *e, const struct watch_events_setup *setup)
{
	struct perf_setup *s = &e->sampling;

	s->period = setup->period;
	s->inherit = true;
	s->follow = true;
	s->stack_bytes = setup->stack_bytes;
	s->layout = (struct perf_layout){ .stack = !setup->count_only, .registers = arch.registers };
}

/* Huge pages that are copied whole: new ones have the same flags and are told by the kernel's frames. */
static void use_huge(struct watch_events *e, const struct procfs *fs, struct stacks *gaps)
{
	struct kernel_facts kernel = kernel_try(fs, NULL);
	fact size = hugepages_size(fs);
	uint64_t pages;

	if (!kernel_lacks(&kernel, KERNEL_HUGE_COPY_ONE) || size == ABSENT || !size)
		return;
	if (!e->causes.n) {
		stacks_gap(gaps, "copies of huge pages", EPERM, "CAP_SYSLOG");
		return;
	}
	pages = (uint64_t)size / (uint64_t)sysconf(_SC_PAGESIZE);
	e->huge_pages = (uint32_t)pages;
	snprintf(e->huge_filter, sizeof(e->huge_filter), "order == %d", __builtin_ctzll(pages));
	e->huge = e->sampling;
	e->huge.period = 1;
}

static void use_tracepoint(struct watch_events *e, const struct procfs *fs, struct stacks *gaps)
{
	int r = watch_causes_read(fs, &e->causes);

	e->method = STACKS_TRACEPOINTS;
	e->sampling.filter = e->filter;
	e->sampling.layout.chain = e->causes.n > 0;
	e->sampling.layout.stream = e->sampling.period > 1 && watch_first_twice(e->sampling.tracepoint);
	if (r < 0)
		stacks_gap(gaps, "shared memory and swap", -r,
			   is_refusal(-r) ? "CAP_SYSLOG; new pages of both count as copies" :
					    "/proc/kallsyms; new pages of both count as copies");
	use_huge(e, fs, gaps);
}

static void use_software(struct watch_events *e)
{
	e->method = STACKS_SOFTWARE;
	e->huge_pages = 0;
	e->sampling.tracepoint = 0;
	e->sampling.filter = NULL;
	e->sampling.user_only = true;
	e->sampling.layout.stream = false;
	e->sampling.layout.address = e->sampling.layout.stack;
}

/* May this user have it on the target? */
static int try_event(const struct watch_events *e, const struct procfs *fs, pid_t pid)
{
	cleanup_close int fd = perf_open(&e->sampling, procfs_thread(fs, pid), e->cpus[0]);

	return fd < 0 ? fd : 0;
}

static const char *tracepoint_needs(int r, bool found)
{
	if (r == -ENOSYS)
		return "a kernel with perf events";
	if (found)
		return "CAP_PERFMON, or perf_event_paranoid 1 or less";
	return r == -EACCES || r == -EPERM ? "root, or CAP_PERFMON and CAP_DAC_READ_SEARCH" :
					     "tracefs: mount -t tracefs none /sys/kernel/tracing";
}

static int choose(struct watch_events *e, const struct procfs *fs, pid_t pid,
		  const struct watch_events_setup *setup, struct stacks *gaps, struct err *err)
{
	int r = setup->software ? -EOPNOTSUPP : watch_events_tracepoint(e);
	bool found = r == 0;

	sampling_setup(e, setup);
	if (found) {
		use_tracepoint(e, fs, gaps);
		r = try_event(e, fs, pid);
		if (r == 0)
			return 0;
	}
	if (!setup->software)
		stacks_gap(gaps, "page allocations", -r, tracepoint_needs(r, found));
	use_software(e);
	r = try_event(e, fs, pid);
	if (r == 0)
		return 0;
	if (r == -ESRCH)
		return err_set(err, STATUS_NO_TARGET, "%d: no such process", (int)pid);
	if (ran_out(-r))
		return watch_failed(err, -r, "perf_event_open");
	if (watch_events_allowed() < 0)
		return err_errno(err, STATUS_DENIED, -r,
				 "no event of the kernel can be opened here; grant " WATCH_EVENTS_ALLOWED
				 " (see cowtop doctor)");
	return err_errno(err, STATUS_DENIED, -r,
			 "%d: no page-fault event can be opened on it; run cowtop as root, or give it "
			 "CAP_PERFMON (see cowtop doctor)",
			 (int)pid);
}

/* ---- rings */

/* More than what will do, where there is room for it. */
static size_t ring_bytes_most(const struct watch_events *e, const struct watch_events_setup *setup,
			      size_t enough)
{
	long pages = sysconf(_SC_AVPHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	size_t all = RINGS_BYTES, size = RING_MOST;

	if (setup->count_only || setup->period != 1 || pages < 0)
		return enough;
	if ((uint64_t)pages * (uint64_t)page / MEMORY_SHARE < all)
		all = (size_t)((uint64_t)pages * (uint64_t)page / MEMORY_SHARE);
	while (size > enough && size * e->nrings > all)
		size /= 2;
	return size > enough ? size : enough;
}

/* What will do. */
static size_t ring_bytes(const struct watch_events *e, const struct watch_events_setup *setup)
{
	size_t size = RING_BYTES, page = (size_t)sysconf(_SC_PAGESIZE);
	size_t wanted = setup->count_only ? RING_LEAST : RING_BYTES / setup->period * 4;

	if (wanted < (size_t)1 << 20)
		wanted = (size_t)1 << 20;
	while (size > page && (size / 2 >= wanted || size * e->nrings > RINGS_BYTES))
		size /= 2;
	return size;
}

/*
 * cowtop's own thread, an event that never fires: it lives as long as the watch. Were it one of page faults,
 * every fault of every process would look for whom it is to be counted (perf_sw_event in
 * linux/perf_event.h, Linux 6.18).
 */
static int open_ring(struct watch_events *e, size_t i, size_t size)
{
	struct perf_setup owner = {
		.dummy = true,
		.period = NEVER,
		.user_only = true,
		.wakeup = (uint32_t)((size < RING_BYTES ? size : RING_BYTES) / WAKEUP_PART),
	};
	struct epoll_event in = { .events = EPOLLIN };
	int fd = perf_open(&owner, 0, e->cpus[i]), r;

	if (fd < 0)
		return fd;
	e->ring_fds[i] = fd;
	r = perf_ring_open(fd, size, &e->rings[i]);
	if (r < 0)
		return r;
	return epoll_ctl(e->epoll, EPOLL_CTL_ADD, fd, &in) < 0 ? -errno : 0;
}

static void close_rings(struct watch_events *e)
{
	size_t i;

	for (i = 0; i < e->nrings; i++) {
		perf_ring_release(&e->rings[i]);
		cleanup_closep(&e->ring_fds[i]);
		e->ring_fds[i] = -1;
	}
}

/* All of one size: what the kernel lets a user lock is for all of them together. */
static int open_equal_rings(struct watch_events *e, size_t size)
{
	size_t i;
	int r = 0;

	for (i = 0; i < e->nrings && r == 0; i++)
		r = open_ring(e, i, size);
	if (r < 0)
		close_rings(e);
	return r;
}

static int open_rings(struct watch_events *e, const struct watch_events_setup *setup, struct stacks *gaps,
		      struct err *err)
{
	size_t wanted = ring_bytes(e, setup), size = ring_bytes_most(e, setup, wanted);
	int r = open_equal_rings(e, size);

	while ((r == -EPERM || r == -ENOMEM) && size / 2 >= RING_LEAST) {
		size /= 2;
		r = open_equal_rings(e, size);
	}
	if (r < 0 && r != -EPERM && r != -ENOMEM)
		return watch_failed(err, -r, "perf_event_open");
	if (r < 0)
		return err_errno(err, STATUS_DENIED, -r,
				 "perf_event_open: no memory for rings; raise ulimit -l, or "
				 "kernel.perf_event_mlock_kb");
	if (size < wanted && !setup->count_only)
		stacks_gap(gaps, "ring memory", EPERM, "CAP_IPC_LOCK, ulimit -l or perf_event_mlock_kb");
	return 0;
}

/* The CPUs that are online: an event can be opened there. */
static void find_cpus(struct watch_events *e)
{
	struct perf_setup own = { .dummy = true, .user_only = true };
	int cpu, fd, n = get_nprocs_conf();

	e->cpus = xcalloc((size_t)n, sizeof(*e->cpus));
	for (cpu = 0; cpu < n; cpu++) {
		fd = perf_open(&own, 0, cpu);
		if (fd != -ENODEV)
			e->cpus[e->nrings++] = cpu;
		cleanup_closep(&fd);
	}
	e->rings = xcalloc(e->nrings + 1, sizeof(*e->rings));
	e->ring_fds = xcalloc(e->nrings + 1, sizeof(*e->ring_fds));
	memset(e->ring_fds, 0xff, (e->nrings + 1) * sizeof(*e->ring_fds));
}

int watch_events_open(const struct procfs *fs, pid_t pid, const struct watch_events_setup *setup,
		      struct watch_events *ret, struct stacks *gaps, struct err *err)
{
	cleanup(watch_events_release) struct watch_events e = { 0 };

	e.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (e.epoll < 0)
		return watch_failed(err, errno, "epoll");
	find_cpus(&e);
	if (!e.nrings)
		return err_set(err, STATUS_FAILED, "no CPU is online");
	if (choose(&e, fs, pid, setup, gaps, err) < 0 || open_rings(&e, setup, gaps, err) < 0)
		return -1;
	*ret = e;
	if (e.sampling.filter)
		ret->sampling.filter = ret->filter;
	ret->huge.filter = ret->huge_filter;
	e = (struct watch_events){ .epoll = -1 };
	return 0;
}

void watch_events_release(struct watch_events *e)
{
	size_t i;

	for (i = 0; i < e->nevents; i++)
		cleanup_closep(&e->events[i].fd);
	close_rings(e);
	if (e->epoll > 0)
		close(e->epoll);
	watch_causes_release(&e->causes);
	free(e->rings);
	free(e->ring_fds);
	free(e->cpus);
	free(e->events);
	free(e->roots);
	*e = (struct watch_events){ 0 };
}
