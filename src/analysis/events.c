#include "analysis/events.h"

#include <stdio.h>
#include "base/alloc.h"
#include "base/clock.h"
#include "base/units.h"

struct event *event_add(struct snapshot *snap, pid_t pid, enum event_type type)
{
	struct event *e;

	vec_room(&snap->events, snap->nevents, &snap->events_cap);
	e = &snap->events[snap->nevents++];
	*e = (struct event){
		.time_ns = snap->facts->time_ns,
		.pid = pid,
		.type = type,
		.cow_bytes = UNKNOWN,
		.cow_least = UNKNOWN,
	};
	return e;
}

static void add_worker_exited(struct snapshot *snap, const struct past *p, bool execed)
{
	struct event *e = event_add(snap, p->pid, EVENT_WORKER_EXITED);
	double age_s = (double)(snap->facts->time_ns - p->start_ns) / SECOND;
	double read_s = (double)(snap->facts->mono_ns - p->known_ns) / SECOND;
	char age[16], size[16], when[16], copied[64] = "";
	int n = 0;

	e->cow_bytes = p->cow_broken_bytes;
	/* what it copied later is not known: no bounds */
	e->cow_least = p->stale ? UNKNOWN : p->cow_broken_least;
	e->estimated = p->estimated || p->stale;
	if (known(e->cow_bytes))
		n = snprintf(copied, sizeof(copied), ", having copied %s%s",
			     label_words(event_copies(e).label), units_format_size(size, e->cow_bytes));
	if (n && p->stale)
		snprintf(copied + n, sizeof(copied) - (size_t)n, " %s before",
			 units_format_age(when, read_s));
	snprintf(e->text, sizeof(e->text), "worker %d %s after %s%s", p->slot, execed ? "exec'ed" : "exited",
		 units_format_age(age, age_s), copied);
}

static void add_worker_started(struct snapshot *snap, const struct past *p)
{
	struct event *e = event_add(snap, p->pid, EVENT_WORKER_STARTED);

	snprintf(e->text, sizeof(e->text), "worker %d started", p->slot);
}

static void add_master_exited(struct snapshot *snap, const struct past *p)
{
	struct event *e = event_add(snap, p->pid, EVENT_MASTER_EXITED);

	if (snap->pool.workers > 0)
		snprintf(e->text, sizeof(e->text), "the master exited; %.0f worker%s on", snap->pool.workers,
			 snap->pool.workers == 1 ? " lives" : "s live");
	else
		snprintf(e->text, sizeof(e->text), "the master exited");
}

void events_between(const struct history *before, const struct history *now, struct snapshot *snap)
{
	const struct past *p, *other;

	if (now->same)
		return;
	for (p = before->items; p < before->items + before->n; p++) {
		other = history_find_near(now, (size_t)(p - before->items), p->pid, p->start_ticks);
		/* A worker whose title now names it a helper is still there. */
		if (p->role == ROLE_WORKER && (!other || !other->in_pool))
			add_worker_exited(snap, p, other && other->execed);
	}
	for (p = now->items; p < now->items + now->n; p++) {
		if (p->role == ROLE_WORKER && !p->before)
			add_worker_started(snap, p);
	}
	for (p = before->items; p < before->items + before->n; p++) {
		other = history_find_near(now, (size_t)(p - before->items), p->pid, p->start_ticks);
		if (p->role == ROLE_MASTER && p->in_pool && (!other || !other->in_pool))
			add_master_exited(snap, p);
	}
}
