#ifndef COWTOP_SYS_PERF_H
#define COWTOP_SYS_PERF_H

/*
 * perf_event_open(2): the only door to it. Events of software and tracepoints on threads and
 * cgroups, and the rings that they fill. Functions return 0 (or a descriptor) or -errno.
 *
 * Limits, measured on Linux 6.18: a filter can be set once on an event; an inherited event has a
 * ring only when it is bound to a CPU; events of different threads may share the ring of one of
 * them on the same CPU (perf_redirect()). inherit_stat is not to be used: a thread that ends writes
 * its counts of all CPUs into their rings from the CPU it is on, and a ring that two CPUs write at
 * once stops telling how far it is filled.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "parse/perf_record.h"

struct perf_setup {
	uint64_t tracepoint;       /* its number; 0: PERF_COUNT_SW_PAGE_FAULTS_MIN */
	const char *filter;        /* of a tracepoint; NULL */
	uint64_t period;           /* one sample in so many; 0: count, no samples and no ring */
	struct perf_layout layout; /* what a sample has; of registers all general ones (sys/arch.h) */
	uint32_t stack_bytes;      /* with layout.stack */
	bool dummy;                /* instead: an event that never happens, which costs nobody anything */
	bool user_only;            /* exclude_kernel: what an unprivileged user may have */
	bool inherit;              /* threads and processes to come are covered as well */
	bool follow;               /* records of forks, exits, names, executable mappings */
	uint32_t wakeup;           /* bytes in the ring that make its descriptor readable */
};

/* `pid` is a thread's id; `cpu` -1: wherever it runs. */
int perf_open(const struct perf_setup *s, pid_t pid, int cpu);
/* All threads in the cgroup (v2) whose directory is open as `cgroup`, on one CPU. */
int perf_open_cgroup(const struct perf_setup *s, int cgroup, int cpu);
/* An event with a filter is opened stopped, so that nothing gets past the filter. */
int perf_start(int fd);
int perf_id(int fd, uint64_t *ret);
/* How often it happened, and how many records found no room in the ring; children that inherited it
 * included. Before Linux 6.0 the second is 0: then only the ring's own records tell. */
int perf_count(int fd, uint64_t *ret, uint64_t *ret_lost);

struct perf_ring {
	void *map;
	size_t size;     /* of the data, a power of two of pages */
	uint64_t tail;   /* read up to here */
	uint8_t *joined; /* a record that wraps around, in one piece */
};

/* The ring of `fd`. -EPERM: more than this user may lock. */
int perf_ring_open(int fd, size_t size, struct perf_ring *ret);
void perf_ring_release(struct perf_ring *r); /* a zeroed one is fine */
/* Send what `fd` samples to the ring of `to`, an event on the same CPU. */
int perf_redirect(int fd, int to);
/* How far the kernel has written. */
uint64_t perf_ring_head(const struct perf_ring *r);
/* The next record before `head`, in place until perf_ring_done(). False: there is none. Nothing that
 * could be followed is left out. */
bool perf_ring_peek(struct perf_ring *r, uint64_t head, const uint8_t **ret, size_t *ret_len);
/* It was read: the one after it is next. */
void perf_ring_skip(struct perf_ring *r, size_t len);
/* Give the kernel the room of what was read. Each time takes the line from it that it writes with every
 * record. */
void perf_ring_done(struct perf_ring *r);

#endif
