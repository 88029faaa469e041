#ifndef COWTOP_WATCH_WATCH_EVENTS_H
#define COWTOP_WATCH_WATCH_EVENTS_H

/*
 * The kernel's events behind a watch, and their rings: which event, opened on whom.
 *
 *   ring   one a CPU, owned by an event of cowtop's own thread that never fires; all others write
 *          into it
 *   root   whom sampling events were opened on: a thread and all that it will start, or a cgroup
 *   event  one sampling descriptor: of a root, on a CPU. Its id is in every record that it writes,
 *          also in those of children that inherited it
 *
 * What is sampled are page allocations, kmem:mm_page_alloc with the flags of a copy, and not write
 * faults, exceptions:page_fault_user and _kernel. It fires inside of the fault, with the same
 * registers and stack, and only when a page is copied: the sample is the copy, and the count of the
 * same event is the exact number of copies, at any period. Faults would have to be paired with
 * allocations, which takes every one of both (a sampled fault cannot know what came after it). The
 * other way round reuse, zero page and first touch cost nothing at all; writes by the kernel on any
 * way are in (a pinning read into inherited memory makes no fault); and the tracepoint exists on
 * every architecture. Measured on a worker that only breaks pages: counting +6 %, against +6 % for
 * the user fault alone; one in 20 sampled at 8 KiB +15 % against +18 %. The price: allocations for
 * shared memory and for what comes back from swap have the same flags; a few kernel frames tell
 * those (watch_cause.h). A huge page of hugetlbfs is not seen: it comes from a pool of its own.
 *
 * Before Linux 5.8 a write to a shared huge page copies all of it: one allocation of a higher order.
 * There each root has a second set of events for those, every one sampled, and each stands for as many
 * pages as a huge page has.
 */
#include "base/buf.h"
#include "base/err.h"
#include "model/stacks.h"
#include "sys/perf.h"
#include "watch/watch_cause.h"

struct watch_root {
	pid_t pid, tid;      /* 0: a cgroup */
	size_t first, n;     /* its events: one for each ring, then those of huge pages */
	int64_t complete_ns; /* CLOCK_MONOTONIC: from here on all CPUs were covered */
	bool closed;
	uint64_t counted; /* at the last take, of all that it covers */
	uint64_t lost;    /* at the last take */
};

struct watch_event {
	uint64_t id; /* ascending */
	int fd;
	uint32_t root;
	bool huge; /* of allocations of huge pages */
};

struct watch_events {
	enum stack_method method;
	struct perf_setup sampling, huge; /* layout.stream: samples are to be dropped (watch_first.h) */
	char filter[128], huge_filter[32];
	uint32_t huge_pages;        /* small pages in one that is copied whole; 0: none is */
	struct watch_causes causes; /* none: kernel frames are not asked for */
	struct perf_ring *rings;    /* one a CPU that is online */
	int *ring_fds, *cpus;
	size_t nrings;
	struct watch_event *events;
	size_t nevents, events_cap;
	struct watch_root *roots;
	size_t nroots, roots_cap;
	int epoll;  /* all rings */
	int failed; /* errno value of the last event that could not be opened, 0: none */
	size_t nfailed;
};

struct watch_events_setup {
	uint32_t period, stack_bytes;
	bool count_only;
	bool software; /* do not try tracepoints */
};

/*
 * Finds the best way that this user has on `pid`, and makes the rings. Why better ones are closed
 * is added to `gaps`. STATUS_DENIED: there is none.
 */
int watch_events_open(const struct procfs *fs, pid_t pid, const struct watch_events_setup *setup,
		      struct watch_events *ret, struct stacks *gaps, struct err *err);
/* Only finds the tracepoint's number and its filter, in sampling.tracepoint and filter. 0 or -errno. */
int watch_events_tracepoint(struct watch_events *e);
void watch_events_release(struct watch_events *e); /* a zeroed one is fine */

/* Sample a thread, and what it will start, on all CPUs. The root's number, or -errno: ESRCH, gone. */
int watch_events_thread(struct watch_events *e, pid_t pid, pid_t tid);
/* The same for a cgroup. */
int watch_events_cgroup(struct watch_events *e, int cgroup);
/* How many pages were allocated for whom the root covers, all that they started included, and how many
 * of their records were lost. 0 or -errno. */
int watch_events_count(const struct watch_events *e, uint32_t root, uint64_t *ret, uint64_t *ret_lost);
/* Another root covers the same. */
void watch_events_close_root(struct watch_events *e, uint32_t root);
/* Whose record is it? NULL: nobody's. */
const struct watch_event *watch_events_find(const struct watch_events *e, uint64_t id);

/* May anybody here have any event, were it one of his own? 0 or -errno. */
int watch_events_allowed(void);
/* What would give it. */
#define WATCH_EVENTS_ALLOWED \
	"a seccomp filter that allows perf_event_open(2), or perf_event_paranoid 2 or less"

/* Why a watch cannot begin: an errno of `what`. With too few files, what would help. -1. */
int watch_failed(struct err *err, int error, const char *what);

#endif
