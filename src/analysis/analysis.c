#include "analysis/analysis.h"

#include <stdlib.h>
#include "analysis/collapse.h"
#include "analysis/command.h"
#include "analysis/events.h"
#include "analysis/figures.h"
#include "analysis/findings.h"
#include "analysis/groups.h"
#include "analysis/history.h"
#include "analysis/rates.h"
#include "analysis/roles.h"
#include "analysis/shortage.h"
#include "analysis/window.h"
#include "base/alloc.h"

struct analysis {
	bool uncorrelated, unexplained;
	bool begun; /* the rest is of the sample before */
	int64_t time_ns, mono_ns;
	struct history history, spare; /* they take turns */
	struct window window; /* of the pool */
	figure ahead;         /* of the pool, see rates_of() */
	struct shortage shortage;
};

struct analysis *analysis_new(void)
{
	return xcalloc(1, sizeof(struct analysis));
}

void analysis_leave_correlation(struct analysis *a)
{
	a->uncorrelated = true;
}

void analysis_leave_findings(struct analysis *a)
{
	a->unexplained = true;
}

void analysis_free(struct analysis *a)
{
	if (!a)
		return;
	history_release(&a->history);
	history_release(&a->spare);
	free(a);
}

/* The clock stands still only between two copies of one sample: no interval, no rate. */
static figure elapsed_s(const struct analysis *a, const struct sample *s)
{
	if (!a->begun || s->mono_ns <= a->mono_ns)
		return UNKNOWN;
	return (figure)(s->mono_ns - a->mono_ns) / 1e9;
}

static void take_processes(const struct sample *s, struct snapshot *snap)
{
	size_t i;

	snap->nprocs = s->nprocs;
	snap->procs = xreallocarray(NULL, s->nprocs + 1, sizeof(*snap->procs));
	for (i = 0; i < s->nprocs; i++) {
		struct proc_snapshot *p = &snap->procs[i];

		/* All of its members but those of the rates. */
		p->facts = &s->procs[i];
		p->slot = p->arbiter_pid = 0;
		p->arbiter = false;
		p->role = role_of(p->facts, s->master_pid);
		figures_of_process(p->facts, s, &p->figures);
		least_of_process(p->facts, s, p);
	}
	arbiters_of(snap);
}

/* The lowest level among the processes that the pool's figures are made of. */
static enum level lowest_level(const struct sample *s)
{
	enum level lowest = LEVEL_EXACT;
	bool any = false;
	size_t i;

	for (i = 0; i < s->nprocs; i++) {
		if (!holds_pages(&s->procs[i]))
			continue;
		any = true;
		if (s->procs[i].level < lowest)
			lowest = s->procs[i].level;
	}
	return any ? lowest : LEVEL_NONE;
}

/* A bound is less than an estimate, and without one worker's ledger the pool has none. */
static enum exactness least_exact(const struct snapshot *snap)
{
	enum exactness least = EXACTNESS_UNKNOWN, one;
	size_t i;

	if (snap->facts->kinship == KINSHIP_GUESS)
		least = EXACTNESS_ESTIMATE;

	for (i = 0; i < snap->nprocs; i++) {
		if (snap->procs[i].role != ROLE_WORKER)
			continue;
		one = snap->procs[i].facts->exactness;
		if (one == EXACTNESS_UNKNOWN || !known(snap->procs[i].figures.pages.cow_broken))
			return EXACTNESS_UNKNOWN;
		if (one > least)
			least = one;
	}
	return least;
}

/*
 * The faults of a process in the interval. One that is new but was not born in it (it was missed,
 * or its parent was) has an unknown share of them in it.
 */
static struct counters interval_of(const struct analysis *a, const struct past *now)
{
	if (now->before)
		return counters_between(&now->before->counters, &now->counters);
	if (a->begun && now->start_ns > a->time_ns)
		return now->counters; /* all that it ever did */
	return COUNTERS_UNKNOWN;
}

/* What the interval adds to the past of a process. */
static void take_interval(const struct analysis *a, const struct snapshot *snap,
			  const struct counters *interval, struct fault_figures *f, struct past *now)
{
	figure page_size = (figure)snap->facts->host.page_size;

	rates_of(interval, snap->elapsed_s, &now->ahead, f);
	if (!a->uncorrelated)
		window_add(&now->kept->window, f->cow_per_s, f->minor_per_s);
	pace_add(&now->pace, interval->minor, snap->elapsed_s);
	if (now->before)
		collector_tally(&now->collector, &now->before->collector,
				interval->cow * page_size);
}

/* The copies belong to the collections only when these are known to lie in the interval. */
static void take_collections(const struct past *past, struct proc_snapshot *p)
{
	const struct collector *c = &past->collector;
	bool measured = c->full && c->counted && past->before->collector.counted;

	p->full = c->counted ? c->full : ABSENT;
	p->full_bytes = measured ? c->copied : UNKNOWN;
}

/* What was in doubt at the first look at a process was counted then, and in no interval after it. Is there any? */
static bool doubt_interval(const struct past *past, const struct proc_snapshot *p, struct counters *least)
{
	figure doubt = p->figures.pages.cow_broken - p->least.pages.cow_broken;

	if (past->before || !(doubt > 0))
		return false;
	doubt = fmin(doubt, least->cow);
	least->cow -= doubt;
	least->fresh += doubt;
	return true;
}

static figure correlation(const struct analysis *a, const struct window *w)
{
	return a->uncorrelated ? UNKNOWN : window_correlation(w);
}

/* `now` gets the interval into the windows; the pool's rates are those of the living workers. */
static void take_rates(struct analysis *a, struct history *now, struct snapshot *snap)
{
	figure none = snap->pool.workers * 0; /* unknown when the workers are */
	struct counters sum = {none, none, none, none, none, none, none}, least = sum;
	figure copied = none, copied_least = none; /* by all */
	struct fault_figures *f;
	figure ahead = a->ahead;
	struct past *past;
	size_t i;

	for (i = 0; i < snap->nprocs; i++) {
		struct proc_snapshot *p = &snap->procs[i];
		struct counters interval, certain;
		figure before;
		bool doubtful;

		past = history_find_near(now, i, p->facts->pid, p->facts->start_ticks);
		certain = interval = interval_of(a, past);
		doubtful = doubt_interval(past, p, &certain);
		if (p->role == ROLE_WORKER) {
			counters_add(&sum, &interval);
			counters_add(&least, &certain);
		}
		if (p->role == ROLE_WORKER || holds_pages(p->facts)) {
			copied += interval.cow;
			copied_least += certain.cow;
		}

		before = past->ahead;
		f = &p->figures.faults;
		take_interval(a, snap, &interval, f, past);
		take_collections(past, p);
		f->correlation = correlation(a, &past->kept->window);
		p->least.faults = *f;
		if (doubtful)
			rates_of(&certain, snap->elapsed_s, &before, &p->least.faults);
		p->slot = past->slot;
	}

	snap->pool.copied_per_s = copied / snap->elapsed_s;
	f = &snap->pool.faults;
	rates_of(&sum, snap->elapsed_s, &a->ahead, f);
	window_add(&a->window, f->cow_per_s, f->minor_per_s);
	f->correlation = correlation(a, &a->window);
	snap->least.copied_per_s = copied_least / snap->elapsed_s;
	snap->least.faults = *f;
	rates_of(&least, snap->elapsed_s, &ahead, &snap->least.faults);
}

static void take_events(struct analysis *a, const struct history *now, struct snapshot *snap)
{
	events_between(&a->history, now, snap);
	events_of_gc(now, snap);
	events_of_faults(&a->history, now, snap);
	events_of_collapse(now, snap);
	shortage_events(&a->shortage, snap);
}

static void take_command(const struct sample *s, struct snapshot *snap)
{
	const struct proc_sample *leader = sample_find(s, sample_leader(s));

	if (leader)
		command_of(leader, snap->command, sizeof(snap->command));
}

void analysis_next(struct analysis *a, const struct sample *s, struct snapshot *ret)
{
	struct snapshot snap = {.facts = s, .elapsed_s = elapsed_s(a, s), .level = lowest_level(s)};
	struct history now = a->spare;

	take_command(s, &snap);
	take_processes(s, &snap);
	figures_of_pool(&snap, &snap.pool);
	least_of_pool(&snap);
	snap.forked = snap.pool.workers > 0;
	snap.exactness = least_exact(&snap);

	history_take(&snap, &a->history, &now);
	history_assign_slots(&now);
	take_rates(a, &now, &snap);
	if (a->begun)
		take_events(a, &now, &snap);

	a->spare = a->history;
	a->history = now;
	a->time_ns = s->time_ns;
	a->mono_ns = s->mono_ns;
	a->begun = true;
	if (!a->unexplained)
		analysis_add_findings(a, &snap);
	*ret = snap;
}

void analysis_add_findings(struct analysis *a, struct snapshot *last)
{
	groups_of(&a->history, last);
	findings_of(&a->history, last);
}
