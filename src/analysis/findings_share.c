#include <math.h>
#include "analysis/findings_parts.h"
#include "model/why_shown.h"

/*
 * What the collector of the workers did, where it is on and nothing is frozen: by what was measured, not by
 * its settings. Copies that came without a full collection were made by references and writes, and freezing
 * gives none of them back.
 */

/* Inherited memory, a risk, a cost below this, each worker, is not worth a word. */
#define BYTES_LEAST (1 * MIB)
/* The collector's part of the copies from which on it is the cause. */
#define COLLECTOR_PART (1.0 / 3)

/* A master that has it off went another way: then it is the collector of the worker that matters. */
static bool never_frozen(const struct scene *s, const struct proc_snapshot *worker)
{
	const struct gc_state *m = gc_told(s->master);

	return can_freeze(&worker->facts->gc) && m->any_frozen == 0 && gc_is_on(m) == 1 &&
	       is_unprotected(&worker->facts->gc);
}

/* A worker's first collection writes what nobody has written so far: with so many times what a later one copies the mean
 * of both is that of neither. */
#define FIRST_TIMES 2

static bool is_first_apart(const struct found *w, figure *first, figure *later)
{
	*first = w->at_first / (figure)w->firsts;
	*later = (w->at - w->at_first) / (figure)(w->measured - w->in_firsts);
	return w->firsts && w->measured > w->in_firsts && *first > FIRST_TIMES * *later;
}

/* "28 full collections copied 307.2 KiB each". The intervals that they end in hold other copies as well. */
static void say_collections(struct finding *f, const struct found *w)
{
	figure first, later;

	finding_say(f, "%lld full collection%s copied ", (long long)w->measured, w->measured == 1 ? "" : "s");
	if (is_first_apart(w, &first, &later)) {
		finding_say_size(f, measure_at_most(first));
		finding_say(f, " at the first seen in a worker, ");
		finding_say_size(f, measure_at_most(later));
		finding_say(f, " at each later one");
		return;
	}
	finding_say_size(f, measure_at_most(w->at / (figure)w->measured));
	finding_say(f, "%s", w->measured == 1 ? "" : " each");
}

/* Where the others came: before the first collection that was seen, and between them. */
static void say_others(struct finding *f, const struct found *w)
{
	figure doubt = w->copied - w->copied_least;
	figure between = fmax(0, w->all - w->early - w->at);

	/* What is in doubt was there at first sight. */
	finding_say(f, "; ");
	finding_say_size(f, measure_make(w->before + w->early, fmax(0, w->before - doubt) + w->early,
					 w->estimated));
	finding_say(f, " came before the first, ");
	finding_say_size(f, measure_make(between, UNKNOWN, w->estimated));
	finding_say(f, " between them");
}

/* Copies that came without a full collection, as far as one knows. */
static void not_by_collector(const struct scene *s, const struct found *w)
{
	struct finding *f = finding_add(s->snap, FINDING_NOT_BY_COLLECTOR, w);
	struct measure without = measure_minus(measure_minus(measure_copied(w), measure_at_most(w->at)),
					       measure_counted(w->collapsed));
	char workers[48];

	finding_value(f, without, "bytes");
	finding_say_size(f, without);
	finding_say(f,
		    " was copied in %s without a full collection, by reference counts and other writes: "
		    "gc.freeze() gives none of it back",
		    format_workers(workers, w));
	if (w->measured) {
		finding_say(f, "; ");
		say_collections(f, w);
		say_others(f, w);
	} else if (w->shared > 0 && !known(why_gain_bytes(s->snap->why).value)) {
		finding_say(f, ", and would only keep what a first full one takes, ");
		finding_say_size(f, measure_at_most(w->shared / (figure)w->n));
		finding_say(f, " in each");
	}
	finding_say_gain(f, s);
	finding_say(f, "; " TELLS_WHICH);
}

/* The collector has copied, or may. */
static struct finding *unfrozen(const struct scene *s, const struct found *w)
{
	struct finding *f = finding_add(s->snap, FINDING_NEVER_FROZEN, w);
	char workers[48];

	finding_say(f, "nothing is frozen (gc.freeze) and gc is on in %s", format_workers(workers, w));
	return f;
}

/* Nothing is known of a full collection: what the first one may take. */
static void at_risk(const struct scene *s, const struct found *w)
{
	struct finding *f = unfrozen(s, w);

	if (!known(w->shared) || !known(w->copied))
		return;
	finding_value(f, measure_at_most(w->shared), "bytes");
	finding_say(f, ": no full collection is known of yet, the first can break ");
	finding_say_size(f, measure_at_most(w->shared / (figure)w->n));
	finding_say(f, " in each; ");
	finding_say_size(f, measure_copied(w));
	finding_say(f, " copied so far came without one");
}

/* Full collections were seen, and copied. */
static void measured(const struct scene *s, const struct found *w)
{
	struct finding *f = unfrozen(s, w);

	finding_value(f, measure_at_most(w->at), "bytes");
	finding_say(f, ": ");
	say_collections(f, w);
	say_others(f, w);
}

/* They were made before anybody looked. */
static void made_before(const struct scene *s, const struct found *w)
{
	struct finding *f = unfrozen(s, w);

	finding_value(f, measure_at_most(w->before), "bytes");
	finding_say(f, ": %lld full collection%s before cowtop looked copied ", (long long)w->made_before,
		    w->made_before == 1 ? "" : "s");
	finding_say_size(f, measure_at_most(w->before));
	finding_say(f, " in all");
	if (w->measured) {
		finding_say(f, "; since then ");
		say_collections(f, w);
	}
}

/* Some full collections are known of, but not what they copied. */
static void unmeasured(const struct scene *s, const struct found *w)
{
	struct finding *f = unfrozen(s, w);

	if (!known(w->copied))
		return;
	finding_value(f, measure_at_most(w->copied), "bytes");
	finding_say(f, "; they have copied ");
	finding_say_size(f, measure_at_most(w->copied));
	finding_say(f, " by full collections");
}

static void weigh(const struct scene *s, const struct found *w)
{
	figure n = (figure)w->n, without = w->copied - w->at - w->collapsed;
	bool much = without >= fmax(COPIED_LEAST * n, COPIED_PART * w->inherited);
	enum foretold foretold = find_foretold(s, w);

	if (foretold == FORETOLD_SAID)
		return;
	if (foretold == FORETOLD_NOTHING) {
		if (much)
			not_by_collector(s, w);
	} else if (w->full > w->measured || !known(w->copied) || !known(w->all)) {
		unmeasured(s, w);
	} else if (w->made_before) {
		if (w->before >= BYTES_LEAST * n)
			made_before(s, w);
		else if (w->at >= BYTES_LEAST * n)
			measured(s, w);
	} else if (w->at >= BYTES_LEAST * n && w->at >= COLLECTOR_PART * w->copied) {
		measured(s, w);
	} else if (much) {
		not_by_collector(s, w);
	} else if (!w->full && w->shared >= BYTES_LEAST * n) {
		at_risk(s, w);
	}
}

void find_collector_share(const struct scene *s)
{
	struct found w = find_workers(s, never_frozen);
	size_t i;

	if (!w.n || (known(w.inherited) && w.inherited < BYTES_LEAST * (figure)w.n))
		return;
	/* Unfrozen by now, or frozen in some worker: that is another story. Increments leave no full ones. */
	for (i = 0; i < s->now->n; i++) {
		if (s->now->items[i].collector.seen_frozen)
			return;
	}
	for (i = 0; i < s->snap->nfindings; i++) {
		if (s->snap->findings[i].kind == FINDING_INCREMENTAL)
			return;
	}
	weigh(s, &w);
}
