#include "watch/watch_events.h"

#include <errno.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/clock.h"
#include "base/search.h"
#include "sys/file_limit.h"

/* One event of a new root; started once it writes into the ring of its CPU. */
static int add_event(struct watch_events *e, size_t ring, int fd, uint32_t root, bool huge)
{
	uint64_t id;
	int r = file_limit_leaves_enough(fd) ? perf_redirect(fd, e->ring_fds[ring]) : -EMFILE;

	if (r == 0)
		r = perf_id(fd, &id);
	if (r < 0) {
		close(fd);
		return r;
	}
	vec_room(&e->events, e->nevents, &e->events_cap);
	e->events[e->nevents++] = (struct watch_event){ .id = id, .fd = fd, .root = root, .huge = huge };
	return 0;
}

/* One event of a new root for each ring. */
static int add_events(struct watch_events *e, const struct watch_root *root, int cgroup, bool huge)
{
	const struct perf_setup *setup = huge ? &e->huge : &e->sampling;
	size_t i;
	int r = 0;

	for (i = 0; i < e->nrings && r >= 0; i++) {
		r = root->tid ? perf_open(setup, root->tid, e->cpus[i]) :
				perf_open_cgroup(setup, cgroup, e->cpus[i]);
		if (r >= 0)
			r = add_event(e, i, r, (uint32_t)e->nroots, huge);
	}
	return r;
}

/* Nothing of it stays when one event fails. */
static int add_root(struct watch_events *e, struct watch_root root, int cgroup)
{
	size_t from = e->nevents, i;
	int r = add_events(e, &root, cgroup, false);

	if (r >= 0 && e->huge_pages)
		r = add_events(e, &root, cgroup, true);
	for (i = from; i < e->nevents && r >= 0; i++)
		r = perf_start(e->events[i].fd);
	if (r < 0) {
		for (i = from; i < e->nevents; i++)
			close(e->events[i].fd);
		e->nevents = from;
		if (r != -ESRCH) {
			e->failed = -r;
			e->nfailed++;
		}
		return r;
	}
	root.first = from;
	root.n = e->nevents - from;
	root.complete_ns = clock_now();
	vec_room(&e->roots, e->nroots, &e->roots_cap);
	e->roots[e->nroots] = root;
	return (int)e->nroots++;
}

int watch_events_thread(struct watch_events *e, pid_t pid, pid_t tid)
{
	return add_root(e, (struct watch_root){ .pid = pid, .tid = tid }, -1);
}

int watch_events_cgroup(struct watch_events *e, int cgroup)
{
	return add_root(e, (struct watch_root){ 0 }, cgroup);
}

int watch_events_count(const struct watch_events *e, uint32_t root, uint64_t *ret, uint64_t *ret_lost)
{
	uint64_t sum = 0, lost = 0, one, one_lost;
	size_t i;
	int r;

	if (e->roots[root].closed)
		return -EBADF;
	for (i = 0; i < e->roots[root].n; i++) {
		const struct watch_event *event = &e->events[e->roots[root].first + i];

		r = perf_count(event->fd, &one, &one_lost);
		if (r < 0)
			return r;
		sum += event->huge ? one * e->huge_pages : one;
		lost += one_lost;
	}
	*ret = sum;
	*ret_lost = lost;
	return 0;
}

void watch_events_close_root(struct watch_events *e, uint32_t root)
{
	size_t i;

	if (e->roots[root].closed)
		return;
	e->roots[root].closed = true;
	for (i = 0; i < e->roots[root].n; i++) {
		struct watch_event *event = &e->events[e->roots[root].first + i];

		close(event->fd);
		event->fd = -1;
	}
}

const struct watch_event *watch_events_find(const struct watch_events *e, uint64_t id)
{
	size_t i = search(at, e->nevents, e->events[at].id < id);

	return i < e->nevents && e->events[i].id == id ? &e->events[i] : NULL;
}
