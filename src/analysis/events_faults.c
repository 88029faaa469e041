#include "analysis/events.h"

#include <math.h>
#include <stdio.h>
#include "base/units.h"

/* Of a process that is still to be seen; its final faults stand in a zombie's counters, too. */
static void add_burst(const struct past *before, const struct past *now, struct snapshot *snap)
{
	struct counters interval = counters_between(&before->counters, &now->counters);
	figure faults = before->pace.held + interval.minor;
	char label[32], rate[16], usual[16];
	struct event *e;

	if (!now->pace.burst || before->pace.burst || !before->in_pool || (now->execed && !now->zombie))
		return;
	e = event_add(snap, now->pid, EVENT_FAULT_BURST);
	/* how many of the copies between two readings of its pages are of this interval cannot be told */
	if (!before->stale && !now->stale)
		e->cow_bytes = interval.cow * (figure)snap->facts->host.page_size;
	e->estimated = now->estimated;
	past_label(label, before);
	units_format_count(usual, before->pace.mean);
	if (now->zombie)
		snprintf(e->text, sizeof(e->text), "%s shut down with %.0f minor faults, %s/s before", label,
			 faults, usual);
	else
		snprintf(e->text, sizeof(e->text), "%s minor faults/s in %s, %s/s before",
			 units_format_count(rate, faults / (before->pace.held_s + snap->elapsed_s)), label,
			 usual);
}

/* Workers of one parent that went without a trace but in its counters. */
struct leavers {
	const struct past *any;
	size_t workers;
	figure counted;          /* minor faults that were seen of all children that went */
	struct fault_burst pace; /* of the workers together */
};

static struct leavers leavers_of(const struct past *parent, const struct history *before,
				 const struct history *now)
{
	struct leavers r = { .pace.n = SIZE_MAX };
	const struct past *p;

	for (p = before->items; p < before->items + before->n; p++) {
		if (p->ppid != parent->pid || history_find(now, p->pid, p->start_ticks))
			continue;
		r.counted += p->counters.minor;
		if (p->role != ROLE_WORKER)
			continue;
		r.any = p;
		r.workers++;
		r.pace.mean += p->pace.mean;
		r.pace.held += p->pace.held;
		r.pace.held_s = fmax(r.pace.held_s, p->pace.held_s);
		if (p->pace.n < r.pace.n)
			r.pace.n = p->pace.n;
	}
	return r;
}

/*
 * A worker that ends through Py_Finalize is gone within two seconds, often unseen. When it was waited
 * for, its faults went to its parent's cminflt: those that had not been counted are of its end, or of
 * a child that lived between two samples; hence "up to".
 */
static void add_shutdown(const struct past *was, const struct past *parent, const struct history *before,
			 const struct history *now, struct snapshot *snap)
{
	figure faults = parent->child_minor - was->child_minor;
	char usual[16], who[32];
	struct leavers l;
	struct event *e;

	if (!(faults > 0))
		return;
	l = leavers_of(was, before, now);
	faults -= l.counted;
	if (!l.workers || !fault_burst_is(&l.pace, faults, snap->elapsed_s))
		return;
	if (l.workers == 1)
		past_label(who, l.any);
	else
		snprintf(who, sizeof(who), "%zu workers", l.workers);
	e = event_add(snap, l.workers == 1 ? l.any->pid : parent->pid, EVENT_FAULT_BURST);
	snprintf(e->text, sizeof(e->text), "%s shut down with up to %.0f minor faults, %s/s before", who,
		 l.pace.held + faults, units_format_count(usual, l.pace.mean));
}

void events_of_faults(const struct history *before, const struct history *now, struct snapshot *snap)
{
	const struct past *p, *was;

	for (p = now->items; p < now->items + now->n; p++) {
		was = p->before;
		if (!was)
			continue;
		add_burst(was, p, snap);
		add_shutdown(was, p, before, now, snap);
	}
}
