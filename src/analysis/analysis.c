#include "analysis/analysis.h"

#include <stdlib.h>
#include "analysis/collapse.h"
#include "model/command.h"
#include "analysis/events.h"
#include "analysis/figures.h"
#include "analysis/findings.h"
#include "analysis/groups.h"
#include "analysis/history.h"
#include "analysis/rates.h"
#include "analysis/memory_low.h"
#include "analysis/own_cpu.h"
#include "analysis/roles.h"
#include "analysis/untold.h"
#include "analysis/why_gather.h"
#include "base/alloc.h"
#include "base/clock.h"

struct analysis {
	bool unexplained, no_memory, no_why;
	bool begun; /* the rest is of the sample before */
	struct rates rates;
	struct history history, spare; /* they take turns */
	struct memory_low memory_low;
	struct own_cpu own;
	figure events[EVENT_TYPES]; /* so far */
	struct why_gather *why;
};

struct analysis *analysis_new(void)
{
	struct analysis *a = xcalloc(1, sizeof(*a));

	a->why = why_gather_new();
	return a;
}

void analysis_leave_correlation(struct analysis *a)
{
	a->rates.uncorrelated = true;
}

void analysis_leave_findings(struct analysis *a)
{
	a->unexplained = true;
}

void analysis_leave_memory(struct analysis *a)
{
	a->no_memory = true;
}

void analysis_leave_why(struct analysis *a, bool leave)
{
	a->no_why = leave;
}

void analysis_free(struct analysis *a)
{
	if (!a)
		return;
	history_release(&a->history);
	history_release(&a->spare);
	correlation_release(&a->rates.window);
	why_gather_free(a->why);
	free(a);
}

/* The clock stands still only between two copies of one sample: no interval, no rate. */
static figure elapsed_s(const struct analysis *a, const struct sample *s)
{
	if (!a->begun || s->mono_ns <= a->rates.mono_ns)
		return UNKNOWN;
	return (figure)(s->mono_ns - a->rates.mono_ns) / SECOND;
}

static void take_processes(const struct analysis *a, const struct sample *s, struct snapshot *snap)
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
		snap->deferred += p->facts->pages_age_ns != 0;
		figures_of_process(p->facts, s, !a->no_memory, &p->figures);
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
		if (!holds_pages(&s->procs[i]) || s->procs[i].pages_age_ns == ABSENT)
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

static void take_events(struct analysis *a, const struct history *now, struct snapshot *snap)
{
	events_between(&a->history, now, snap);
	events_of_gc(now, snap);
	events_of_faults(&a->history, now, snap);
	events_of_collapse(now, snap);
	memory_low_events(&a->memory_low, snap);
}

/* What is told from the second sample on is counted from there. */
static void count_events(struct analysis *a, struct snapshot *snap)
{
	size_t i;

	for (i = 0; i < snap->nevents; i++)
		a->events[snap->events[i].type]++;
	for (i = 0; i < EVENT_TYPES; i++)
		snap->events_so_far[i] = a->begun ? a->events[i] : UNKNOWN;
	snap->untold_events = untold_events(snap);
}

static void take_command(const struct sample *s, struct snapshot *snap)
{
	const struct proc_sample *leader = sample_find(s, sample_leader(s));

	if (leader)
		command_of(leader, snap->command, sizeof(snap->command));
}

void analysis_next(struct analysis *a, const struct sample *s, struct snapshot *ret)
{
	struct snapshot snap = {
		.facts = s,
		.elapsed_s = elapsed_s(a, s),
		.level = lowest_level(s),
		.untold_findings = ~0U,
	};
	struct history now = a->spare;

	snap.own_cpu = own_cpu_share(&a->own, s);
	take_command(s, &snap);
	take_processes(a, s, &snap);
	figures_of_pool(&snap, &snap.pool);
	least_of_pool(&snap);
	snap.forked = snap.pool.workers > 0;
	snap.exactness = least_exact(&snap);

	history_take(&snap, &a->history, &now);
	history_assign_slots(&now);
	rates_take(&a->rates, a->begun, &now, &snap);
	if (a->begun)
		take_events(a, &now, &snap);
	count_events(a, &snap);

	a->spare = a->history;
	a->history = now;
	a->rates.time_ns = s->time_ns;
	a->rates.mono_ns = s->mono_ns;
	a->begun = true;
	why_gather_take(a->why, s);
	if (!a->no_why)
		snap.why = why_gather_judge(a->why, &snap, false);
	if (!a->unexplained)
		analysis_add_findings(a, &snap);
	*ret = snap;
}

void analysis_add_findings(struct analysis *a, struct snapshot *last)
{
	groups_of(&a->history, last);
	findings_of(&a->history, last);
}

void analysis_pass(struct analysis *a, const struct sample *s)
{
	why_gather_take(a->why, s);
}

void analysis_add_why(struct analysis *a, struct snapshot *last)
{
	if (last->why)
		why_release(last->why);
	free(last->why);
	why_gather_take(a->why, last->facts);
	last->why = why_gather_judge(a->why, last, true);
}

struct why_gather *analysis_why(struct analysis *a)
{
	return a->why;
}
