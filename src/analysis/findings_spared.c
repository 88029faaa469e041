#include <math.h>
#include "analysis/findings_parts.h"

/*
 * Workers whose collector leaves alone what they inherited, and who copied much all the same: reference counts, or
 * writes of the program. What it goes over is known by its settings and by its counters, not by its copies.
 */

/* More collections of this generation than the master has are made since the fork; so is what is not known. */
static bool has_collected(const struct scene *s, const struct proc_snapshot *worker, size_t generation)
{
	fact own = gc_told(&worker->facts->gc)->collections[generation];
	fact of_master = gc_told(s->master)->collections[generation];

	return own == ABSENT || of_master == ABSENT || own > of_master;
}

/* No full collection of its own, seen or made before. The master's counter goes on while that is on. */
static bool is_never_full(const struct scene *s, const struct proc_snapshot *worker)
{
	const struct past *p = finding_past(s, worker);
	const struct gc_share *share = &p->collector.share;

	return !share->full && share->made_before != ABSENT && p->master_full != ABSENT &&
	       share->made_before <= p->master_full;
}

/* The master's later ones would hide the worker's; and after a load with the collector off the first young one
 * goes over everything. */
static bool is_off(const struct scene *s, const struct proc_snapshot *worker)
{
	return gc_is_on(gc_told(&worker->facts->gc)) == 0 && gc_is_on(gc_told(s->master)) == 0 &&
	       is_never_full(s, worker) && !has_collected(s, worker, 0) && !has_collected(s, worker, 1);
}

/* Frozen before the fork: in the master as well; or there it was undone after the fork, and no full one came first. */
static bool is_frozen(const struct scene *s, const struct proc_snapshot *worker)
{
	const struct past *p = finding_past(s, worker);

	return gc_told(&worker->facts->gc)->any_frozen == 1 && !p->collector.seen_thawed &&
	       (gc_told(s->master)->any_frozen == 1 || is_never_full(s, worker));
}

static bool is_spared(const struct scene *s, const struct proc_snapshot *worker)
{
	return is_frozen(s, worker) || is_off(s, worker);
}

static bool has_finding(const struct snapshot *snap, enum finding_kind kind)
{
	for (size_t i = 0; i < snap->nfindings; i++) {
		if (snap->findings[i].kind == kind)
			return true;
	}
	return false;
}

static void say(const struct scene *s, const struct found *w, const struct found *frozen)
{
	struct finding *f = finding_add(s->snap, FINDING_NOT_BY_COLLECTOR, w);
	struct measure copied = measure_minus(measure_copied(w), measure_counted(w->collapsed));
	char workers[48];

	finding_value(f, copied, "bytes");
	finding_say_size(f, copied);
	finding_say(f, " was copied in %s%s, and not by the collector: ", format_workers(workers, w),
		    w->full || w->made_before ? "" : " without a full collection");
	if (frozen->n == w->n)
		finding_say(f, "what they inherited is frozen (gc.freeze)");
	else if (!frozen->n)
		finding_say(f, "it is off, and has made none");
	else
		finding_say(f, "it is off, or what they inherited is frozen");
	finding_say(f, "; most likely by reference counts, or by data that is written: " TELLS_WHICH);
}

void find_copied_though_spared(const struct scene *s)
{
	struct found w = find_workers(s, is_spared), frozen = find_workers(s, is_frozen);
	figure copied = w.copied - w.collapsed;

	if (!w.n || !(copied >= fmax(COPIED_LEAST * (figure)w.n, COPIED_PART * w.inherited)))
		return;
	/* Frozen too late, or not all of it: then a collection may have gone over the rest. */
	if (has_finding(s->snap, FINDING_NOT_BY_COLLECTOR) ||
	    has_finding(s->snap, FINDING_FROZEN_AFTER_FORK) ||
	    ((w.full || w.made_before) && has_finding(s->snap, FINDING_IMPORTED_AFTER_FREEZE)))
		return;
	say(s, &w, &frozen);
}
