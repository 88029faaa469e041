#include "sys/perf.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "sys/arch.h"

#define JOINED 65536 /* a record's size is 16 bits */
/*
 * Of the kernel's own frames as many as tell why a page was allocated, and one to spare: from the allocator
 * outwards that is shmem_alloc_folio or do_wp_page as the fourth, or the fifth where it is not inlined
 * (mm/mempolicy.c, Linux 5.4 to 6.18). Two more would be those of the exception itself, the dearest of all.
 */
#define CHAIN_MAX 6
/* PERF_FORMAT_LOST of Linux 6.0: a burst at the end leaves no record of what was lost. */
#define READ_LOST (1u << 4)

static uint64_t config_of(const struct perf_setup *s)
{
	if (s->dummy)
		return PERF_COUNT_SW_DUMMY;
	return s->tracepoint ? s->tracepoint : PERF_COUNT_SW_PAGE_FAULTS_MIN;
}

static void describe(const struct perf_setup *s, struct perf_event_attr *a)
{
	*a = (struct perf_event_attr){
		.size = sizeof(*a),
		.type = s->tracepoint ? PERF_TYPE_TRACEPOINT : PERF_TYPE_SOFTWARE,
		.config = config_of(s),
		.sample_period = s->period,
		.exclude_kernel = s->user_only,
		.exclude_hv = s->user_only,
		.inherit = s->inherit,
		.task = s->follow,
		.comm = s->follow,
		.comm_exec = s->follow,
		.mmap = s->follow,
		.mmap2 = s->follow,
		.disabled = s->filter != NULL,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};
	if (!s->period)
		return;
	a->sample_type = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_TID | PERF_SAMPLE_TIME;
	a->sample_id_all = 1;
	a->read_format = READ_LOST;
	a->watermark = 1;
	a->wakeup_watermark = s->wakeup;
	if (s->layout.address)
		a->sample_type |= PERF_SAMPLE_ADDR;
	if (s->layout.stream)
		a->sample_type |= PERF_SAMPLE_STREAM_ID;
	if (s->layout.chain) {
		a->sample_type |= PERF_SAMPLE_CALLCHAIN;
		a->exclude_callchain_user = 1;
		a->sample_max_stack = CHAIN_MAX;
	}
	if (s->layout.stack) {
		a->sample_type |= PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER;
		a->sample_regs_user = arch.sample;
		a->sample_stack_user = s->stack_bytes;
	}
}

static int event_open(struct perf_event_attr *a, pid_t pid, int cpu, unsigned long flags)
{
	long fd;

	do
		fd = syscall(SYS_perf_event_open, a, pid, cpu, -1, flags);
	while (fd < 0 && errno == EINTR);
	return (int)fd;
}

/* A filter is set before the event runs: nothing else ever gets in. */
static int open_event(const struct perf_setup *s, pid_t pid, int cpu, unsigned long flags)
{
	cleanup_close int fd = -1;
	struct perf_event_attr a;
	int keep;

	describe(s, &a);
	flags |= PERF_FLAG_FD_CLOEXEC;
	fd = event_open(&a, pid, cpu, flags);
	if (fd < 0 && errno == EINVAL && a.read_format) {
		a.read_format = 0;
		fd = event_open(&a, pid, cpu, flags);
	}
	if (fd < 0)
		return -errno;
	if (s->filter && ioctl(fd, PERF_EVENT_IOC_SET_FILTER, s->filter) < 0)
		return -errno;
	keep = fd;
	fd = -1;
	return keep;
}

int perf_open(const struct perf_setup *s, pid_t pid, int cpu)
{
	return open_event(s, pid, cpu, 0);
}

int perf_open_cgroup(const struct perf_setup *s, int cgroup, int cpu)
{
	return open_event(s, cgroup, cpu, PERF_FLAG_PID_CGROUP);
}

int perf_start(int fd)
{
	return ioctl(fd, PERF_EVENT_IOC_ENABLE, 0) < 0 ? -errno : 0;
}

int perf_id(int fd, uint64_t *ret)
{
	return ioctl(fd, PERF_EVENT_IOC_ID, ret) < 0 ? -errno : 0;
}

int perf_count(int fd, uint64_t *ret, uint64_t *ret_lost)
{
	uint64_t values[2] = { 0 };
	ssize_t n = io_read(fd, values, sizeof(values));

	if (n < (ssize_t)sizeof(values[0]))
		return n < 0 ? (int)n : -EIO;
	*ret = values[0];
	*ret_lost = values[1];
	return 0;
}

int perf_redirect(int fd, int to)
{
	return ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, to) < 0 ? -errno : 0;
}

int perf_ring_open(int fd, size_t size, struct perf_ring *ret)
{
	void *map = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE) + size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			 0);

	if (map == MAP_FAILED)
		return -errno;
	*ret = (struct perf_ring){ .map = map, .size = size, .joined = xcalloc(1, JOINED) };
	return 0;
}

void perf_ring_release(struct perf_ring *r)
{
	if (r->map)
		munmap(r->map, (size_t)sysconf(_SC_PAGESIZE) + r->size);
	free(r->joined);
	*r = (struct perf_ring){ 0 };
}

uint64_t perf_ring_head(const struct perf_ring *r)
{
	struct perf_event_mmap_page *m = r->map;

	return __atomic_load_n(&m->data_head, __ATOMIC_ACQUIRE);
}

static const uint8_t *data_of(const struct perf_ring *r)
{
	return (const uint8_t *)r->map + sysconf(_SC_PAGESIZE);
}

bool perf_ring_peek(struct perf_ring *r, uint64_t head, const uint8_t **ret, size_t *ret_len)
{
	const uint8_t *data = data_of(r);
	size_t at = r->tail & (r->size - 1), whole = r->size - at, len;

	/* a record's header never wraps: records are multiples of 8 bytes */
	len = r->tail < head ? perf_record_size(data + at, whole) : 0;
	if (!len || len > head - r->tail || len > r->size) {
		r->tail = head; /* nothing, or nothing that could be followed */
		return false;
	}
	*ret = data + at;
	*ret_len = len;
	if (len > whole) {
		memcpy(r->joined, data + at, whole);
		memcpy(r->joined + whole, data, len - whole);
		*ret = r->joined;
	}
	return true;
}

void perf_ring_skip(struct perf_ring *r, size_t len)
{
	r->tail += len;
}

void perf_ring_done(struct perf_ring *r)
{
	struct perf_event_mmap_page *m = r->map;

	__atomic_store_n(&m->data_tail, r->tail, __ATOMIC_RELEASE);
}
