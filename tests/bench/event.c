/*
 * event - what the kernel's own part of watching stacks costs, for the bench
 *
 * usage: event PID PERIOD BYTES
 *
 * Opens the event that cowtop stacks has, page allocations with the flags of a copy, on PID and what it
 * starts: one in PERIOD is sampled, with BYTES of the user's stack and the kernel's frames; with a period of
 * 0 they are only counted, with 0 bytes there is neither stack nor registers. Prints "ready". The rings are
 * given back unread, a thousand times a second. At the end of input: how many there were, and how many
 * samples found no room.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>
#include "base/alloc.h"
#include "sys/arch.h"
#include "watch/watch_events.h"

#define RING ((size_t)16 << 20)
#define NEVER (UINT64_C(1) << 62)

struct one {
	int fd, owner;
	struct perf_ring ring;
};

static int fail(const char *what, int r)
{
	fprintf(stderr, "event: %s: %s\n", what, strerror(-r));
	return 1;
}

static int open_one(struct one *o, const struct perf_setup *setup, pid_t pid, int cpu)
{
	const struct perf_setup owner = {
		.dummy = true, .period = NEVER, .user_only = true, .wakeup = RING / 8
	};
	int r;

	o->fd = perf_open(setup, pid, cpu);
	if (o->fd < 0 || !setup->period)
		return o->fd < 0 ? o->fd : perf_start(o->fd);
	o->owner = perf_open(&owner, 0, cpu);
	r = o->owner < 0 ? o->owner : perf_ring_open(o->owner, RING, &o->ring);
	if (r == 0)
		r = perf_redirect(o->fd, o->owner);
	return r < 0 ? r : perf_start(o->fd);
}

static void give_back(struct one *all, int n)
{
	for (int i = 0; i < n; i++) {
		if (!all[i].ring.map)
			continue;
		all[i].ring.tail = perf_ring_head(&all[i].ring);
		perf_ring_done(&all[i].ring);
	}
}

static int print_counts(const struct one *all, int n)
{
	uint64_t count = 0, lost = 0;

	for (int i = 0; i < n; i++) {
		uint64_t c, l;
		int r = perf_count(all[i].fd, &c, &l);

		if (r < 0)
			return fail("read", r);
		count += c;
		lost += l;
	}
	printf("%" PRIu64 " %" PRIu64 "\n", count, lost);
	return 0;
}

int main(int argc, char **argv)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	struct watch_events e = { 0 };
	struct one *all;
	int n = get_nprocs(), r;

	if (argc != 4)
		return 2;
	r = watch_events_tracepoint(&e);
	if (r < 0)
		return fail("no such event", r);
	e.sampling.filter = e.filter;
	e.sampling.period = strtoull(argv[2], NULL, 10);
	e.sampling.stack_bytes = (uint32_t)strtoul(argv[3], NULL, 10);
	e.sampling.inherit = true;
	e.sampling.wakeup = RING / 8;
	e.sampling.layout = (struct perf_layout){ .chain = true,
						  .stack = e.sampling.stack_bytes > 0,
						  .registers = arch.registers };
	all = xcalloc((size_t)n, sizeof(*all));
	for (int i = 0; i < n; i++) {
		r = open_one(&all[i], &e.sampling, (pid_t)strtol(argv[1], NULL, 10), i);
		if (r < 0)
			return fail("perf_event_open", r);
	}
	puts("ready");
	fflush(stdout);
	while (!poll(&in, 1, 1))
		give_back(all, n);
	return print_counts(all, n);
}
