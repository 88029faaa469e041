#include <stdio.h>
#include <string.h>
#include "analysis/findings_parts.h"

/* How the collectors of the master and of its workers are set. */

/* Allocated after the freeze: a few modules bring thousands of objects. */
#define OBJECTS_LEAST 10000
/* Freeze, unfreeze, freeze: once there and back is a plan, more is a loop. */
#define FLIPS_LEAST 3
/* An interpreter that imports nothing itself has 4 to 6 such names. */
#define LAZY_LEAST 20

/* CPython before 3.7 has no gc.freeze(). */
bool can_freeze(const struct gc_facts *g)
{
	const char *v = g->version;

	return !(v[0] == '2' || (!strncmp(v, "3.", 2) && v[2] >= '0' && v[2] <= '6' && v[3] == '.'));
}

/* What is frozen is safe from the collector, on or not; that this one is not is known. */
bool is_unprotected(const struct gc_facts *g)
{
	const struct gc_state *s = gc_told(g);

	return gc_is_on(s) == 1 && (s->any_frozen == 0 || (s->any_frozen == ABSENT && !can_freeze(g)));
}

static bool reenabled(const struct scene *s, const struct proc_snapshot *worker)
{
	return gc_told(s->master)->enabled == 0 && is_unprotected(&worker->facts->gc);
}

static bool thresholds_back(const struct scene *s, const struct proc_snapshot *worker)
{
	return gc_told(s->master)->enabled == 1 && gc_told(s->master)->thresholds[0] == 0 &&
	       is_unprotected(&worker->facts->gc);
}

static bool is_on(const struct scene *s, const struct proc_snapshot *worker)
{
	return gc_is_on(gc_told(&worker->facts->gc)) == 1;
}

static bool is_frozen(const struct scene *s, const struct proc_snapshot *worker)
{
	return gc_told(&worker->facts->gc)->any_frozen == 1;
}

static bool is_thawed(const struct scene *s, const struct proc_snapshot *worker)
{
	return gc_told(&worker->facts->gc)->any_frozen == 0;
}

/* It was seen without anything frozen, and has frozen since. */
static bool seen_freezing(const struct scene *s, const struct proc_snapshot *worker)
{
	const struct past *p = history_find(s->now, worker->facts->pid, worker->facts->start_ticks);

	return is_frozen(s, worker) && p->collector.seen_thawed;
}

/* Its copies; without a ledger the figure is the number of the workers. */
static void say_copied(struct finding *f, const struct found *w)
{
	if (!known(w->copied))
		return;
	finding_value(f, measure_copied(w), "bytes");
	finding_say(f, "; %s copied ", w->n == 1 ? "it has" : "they have");
	finding_say_size(f, measure_copied(w));
	finding_say(f, " so far");
}

/* Forked later; pids ascend within a clock tick. */
static bool is_younger(const struct proc_snapshot *a, const struct proc_snapshot *b)
{
	if (!a || !b)
		return false;
	return a->facts->start_ticks > b->facts->start_ticks ||
	       (a->facts->start_ticks == b->facts->start_ticks && a->facts->pid > b->facts->pid);
}

/* The worker, of those that `test` holds for, that was forked first, or last; NULL: there is none. */
static const struct proc_snapshot *find_by_birth(const struct scene *s, applies test, bool last)
{
	const struct proc_snapshot *p, *found = NULL;

	for (p = s->snap->procs; p < s->snap->procs + s->snap->nprocs; p++) {
		if (p->role != ROLE_WORKER || !has_state(p) || !test(s, p))
			continue;
		if (!found || is_younger(p, found) == last)
			found = p;
	}
	return found;
}

/*
 * A master with nothing frozen is no proof that it froze nothing: it may freeze before each fork and
 * unfreeze after it, which takes microseconds, and then all of its workers inherit frozen objects. Known is
 * what was seen, and what differs: where a younger worker has nothing frozen, the older ones did not inherit it.
 * (Younger ones alone may have: the master freezes since.)
 */
void find_frozen_after_fork(const struct scene *s)
{
	struct found frozen = find_workers(s, is_frozen), late = find_workers(s, seen_freezing);
	char workers[48];
	struct finding *f;
	size_t i;

	if (gc_told(s->master)->any_frozen != 0)
		return;
	for (i = 0; i < s->now->n; i++) {
		if (s->now->items[i].role == ROLE_MASTER && s->now->items[i].collector.seen_frozen)
			return;
	}
	if (frozen.n && is_younger(find_by_birth(s, is_thawed, true), find_by_birth(s, is_frozen, false)))
		late = frozen;
	if (!late.n)
		return;
	f = finding_add(s->snap, FINDING_FROZEN_AFTER_FORK, &late);
	finding_say(f,
		    "gc.freeze() belongs into the master, before the fork: nothing is frozen there, but "
		    "in %s",
		    format_workers(workers, &late));
	say_copied(f, &late);
	finding_say_gain(f, s);
}

/*
 * freeze() sets the counter of generation 0 to 0; while the collector is off, it is the number of
 * container objects made since and still alive. With the collector on they move on, uncounted.
 */
void find_imported_after_freeze(const struct scene *s)
{
	const struct gc_state *m = gc_told(s->master);
	struct finding *f;

	if (m->any_frozen != 1 || gc_is_on(m) != 0 || m->counts[0] < OBJECTS_LEAST ||
	    !find_workers(s, is_on).n)
		return;
	f = finding_add(s->snap, FINDING_IMPORTED_AFTER_FREEZE, NULL);
	f->pid = s->snap->facts->master_pid;
	finding_value(f, measure_counted((figure)m->counts[0]), "objects");
	finding_say(f,
		    "the master has %lld objects that it made after gc.freeze(): "
		    "they are not frozen, freeze last, after all imports",
		    (long long)m->counts[0]);
}

void find_reenabled(const struct scene *s)
{
	struct found w = find_workers(s, reenabled);
	char workers[48];
	struct finding *f;

	if (!w.n)
		return;
	f = finding_add(s->snap, FINDING_REENABLED, &w);
	finding_say(f,
		    "gc is disabled in the master and on again in %s, with nothing frozen: something "
		    "calls gc.enable() there",
		    format_workers(workers, &w));
	say_copied(f, &w);
	finding_say_gain(f, s);
}

void find_thresholds_differ(const struct scene *s)
{
	struct found w = find_workers(s, thresholds_back);
	char workers[48], of_master[64], of_worker[64];
	struct finding *f;

	if (!w.n)
		return;
	f = finding_add(s->snap, FINDING_THRESHOLDS_DIFFER, &w);
	finding_say(f, "the master has thresholds %s, but gc is on in %s, with %s",
		    gc_format_thresholds(of_master, gc_told(s->master)->thresholds),
		    format_workers(workers, &w),
		    gc_format_thresholds(of_worker, gc_told(&w.any->facts->gc)->thresholds));
	say_copied(f, &w);
	finding_say_gain(f, s);
}

/* Of any process of the pool, the one that does it most. */
void find_freeze_loop(const struct scene *s)
{
	const struct past *p, *most = NULL;
	int flips, most_flips = 0;
	struct finding *f;
	char label[32];

	for (p = s->now->items; p < s->now->items + s->now->n; p++) {
		flips = __builtin_popcountll(p->collector.flips);
		if (p->in_pool && flips > most_flips) {
			most = p;
			most_flips = flips;
		}
	}
	if (most_flips < FLIPS_LEAST)
		return;
	f = finding_add(s->snap, FINDING_FREEZE_LOOP, NULL);
	f->pid = most->pid;
	finding_value(f, measure_counted(most_flips), "times");
	finding_say(f,
		    "gc.freeze() and gc.unfreeze() take turns in %s, %d times in "
		    "%d samples: garbage that is frozen is never collected",
		    past_label(label, most), most_flips, COLLECTOR_WINDOW);
}

/* 3.14.0 to 3.14.4 collect in increments (cpython issue 148726); 3.14.5 went back. */
static bool is_incremental(const struct gc_facts *g)
{
	const char *v = g->version;

	return !strncmp(v, "3.14.", 5) && v[5] >= '0' && v[5] <= '4' && !(v[6] >= '0' && v[6] <= '9');
}

static bool collects_in_increments(const struct scene *s, const struct proc_snapshot *worker)
{
	return is_incremental(&worker->facts->gc) && is_unprotected(&worker->facts->gc);
}

void find_incremental(const struct scene *s)
{
	struct found w = find_workers(s, collects_in_increments);
	char workers[48];
	struct finding *f;

	if (!w.n)
		return;
	f = finding_add(s->snap, FINDING_INCREMENTAL, &w);
	finding_say(f,
		    "CPython %s collects in increments (3.14.0 to 3.14.4 do, 3.14.5 went back) in %s, with "
		    "nothing frozen: each young collection also writes to a part of the old objects, so they "
		    "are copied without a full one",
		    w.any->facts->gc.version, format_workers(workers, &w));
	say_copied(f, &w);
	finding_say_gain(f, s);
}

/* What is still pending in the master is loaded by each worker that comes to use it, beside how much each has
 * made so far. (Its own number says nothing: what it loads brings lazy names of its own.) */
void find_lazy_imports(const struct scene *s)
{
	fact pending = s->master ? gc_told(s->master)->lazy_imports : ABSENT;
	struct measure made = measure_made(s->snap);
	struct finding *f;

	if (pending == ABSENT || pending < LAZY_LEAST || !(s->snap->pool.workers > 0))
		return;
	f = finding_add(s->snap, FINDING_LAZY_IMPORTS, NULL);
	f->pid = s->snap->facts->master_pid;
	finding_value(f, measure_counted((figure)pending), "names");
	finding_say(f,
		    "%lld names are imported lazily in the master and not loaded yet: each worker that uses "
		    "one loads it for itself, what is used once before the fork is shared",
		    (long long)pending);
	if (!known(made.value))
		return;
	finding_say(f, "; so far a worker has made ");
	finding_say_size(f, measure_times(made, 1 / s->snap->pool.workers));
}
