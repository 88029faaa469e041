#include "watch/watch_probe.h"

#include <errno.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "sys/arch.h"
#include "watch/watch.h"
#include "watch/watch_events.h"

static int try_open(const struct perf_setup *s, pid_t pid)
{
	cleanup_close int fd = perf_open(s, pid, 0);

	return fd < 0 ? fd : 0;
}

static struct perf_layout stacks(void)
{
	return (struct perf_layout){ .stack = true, .registers = arch.registers };
}

static void try_tracepoint(pid_t pid, struct watch_probe *ret)
{
	cleanup(watch_events_release) struct watch_events e = { 0 };

	ret->tracefs = ret->copies = watch_events_tracepoint(&e);
	if (ret->tracefs < 0)
		return;
	e.sampling.filter = e.filter;
	e.sampling.period = watch_period();
	e.sampling.layout = stacks();
	e.sampling.stack_bytes = WATCH_BYTES;
	e.sampling.inherit = true;
	ret->copies = try_open(&e.sampling, pid);
}

static int try_faults(pid_t pid)
{
	struct perf_setup s = {
		.period = watch_period(),
		.layout = stacks(),
		.stack_bytes = WATCH_BYTES,
		.user_only = true,
		.inherit = true,
	};

	return try_open(&s, pid);
}

/* On cowtop itself: the memory is its own, whoever is watched. */
static int try_rings(const struct procfs *fs)
{
	const struct watch_events_setup setup = {
		.period = watch_period(),
		.stack_bytes = WATCH_BYTES,
		.software = true,
	};
	cleanup(watch_events_release) struct watch_events e = { 0 };
	cleanup(stacks_release) struct stacks gaps = { 0 };

	if (watch_events_open(fs, getpid(), &setup, &e, &gaps, NULL) < 0)
		return -EACCES;
	return gaps.ngaps ? -EPERM : 0;
}

void watch_probe(const struct procfs *fs, pid_t pid, struct watch_probe *ret)
{
	ret->allowed = watch_events_allowed();
	pid = procfs_thread(fs, pid);
	try_tracepoint(pid, ret);
	ret->faults = try_faults(pid);
	ret->rings = try_rings(fs);
}
