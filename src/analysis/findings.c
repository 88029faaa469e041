#include "analysis/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "analysis/collapse.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "model/field.h"

#define MIB 1048576.0

/* Inherited memory below this is not worth a word about who breaks it. */
#define INHERITED_LEAST (1 * MIB)
/* Workers that inherited less than a tenth of their anonymous memory, and have so much of their own. */
#define INHERITED_PART 0.1
#define OWN_LEAST (16 * MIB)
/* Allocated after the freeze: a few modules bring thousands of objects. */
#define OBJECTS_LEAST 10000
/* Freeze, unfreeze, freeze: once there and back is a plan, more is a loop. */
#define FLIPS_LEAST 3

/* The workers that a finding is about. */
struct found {
	size_t n, of;
	const struct proc_snapshot *any;
	bool estimated;
	figure copied, copied_least, shared, inherited; /* bytes */
};

typedef bool (*applies)(const struct gc_facts *master, const struct gc_facts *worker);

/* CPython before 3.7 has no gc.freeze(). */
static bool can_freeze(const struct gc_facts *g)
{
	const char *v = g->version;

	return !(v[0] == '2' || (!strncmp(v, "3.", 2) && v[2] >= '0' && v[2] <= '6' && v[3] == '.'));
}

/* What is frozen is safe from the collector, on or not; that this one is not is known. */
static bool unprotected(const struct gc_facts *g)
{
	const struct gc_state *s = gc_main(g);

	return gc_is_on(s) == 1 && (s->any_frozen == 0 || (s->any_frozen == ABSENT && !can_freeze(g)));
}

/* A master that has it off went another way: then it is the collector of the worker that matters. */
static bool never_frozen(const struct gc_facts *master, const struct gc_facts *worker)
{
	return can_freeze(worker) && gc_main(master)->any_frozen == 0 &&
	       gc_is_on(gc_main(master)) == 1 && unprotected(worker);
}

static bool frozen_late(const struct gc_facts *master, const struct gc_facts *worker)
{
	return gc_main(master)->any_frozen == 0 && gc_main(worker)->any_frozen == 1;
}

static bool reenabled(const struct gc_facts *master, const struct gc_facts *worker)
{
	return gc_main(master)->enabled == 0 && unprotected(worker);
}

static bool thresholds_back(const struct gc_facts *master, const struct gc_facts *worker)
{
	return gc_main(master)->enabled == 1 && gc_main(master)->thresholds[0] == 0 &&
	       unprotected(worker);
}

static bool is_on(const struct gc_facts *master, const struct gc_facts *worker)
{
	return gc_is_on(gc_main(worker)) == 1;
}

/* A CPython process of the pool whose state was read. */
static bool has_state(const struct proc_snapshot *p)
{
	return p->role != ROLE_HELPER && p->facts->gc.runtime == RUNTIME_CPYTHON &&
	       gc_main(&p->facts->gc);
}

static struct found find_workers(const struct snapshot *snap, const struct gc_facts *master,
				 applies test)
{
	figure page_size = (figure)snap->facts->host.page_size;
	const struct proc_snapshot *p;
	struct found r = {0};

	for (p = snap->procs; p < snap->procs + snap->nprocs; p++) {
		const struct page_figures *pages = &p->figures.pages;

		if (p->role != ROLE_WORKER)
			continue;
		r.of++;
		if (!has_state(p) || !test(master, &p->facts->gc))
			continue;
		r.n++;
		r.any = p;
		r.estimated |= p->estimated;
		r.copied += p->figures.cow_broken_bytes;
		r.copied_least += p->least.cow_broken_bytes;
		r.shared += p->figures.pages.shared * page_size;
		r.inherited += (pages->shared + pages->orphaned + pages->cow_broken) * page_size;
	}
	return r;
}

static struct finding *add(struct snapshot *snap, enum finding_kind kind, const struct found *w)
{
	struct finding *f;

	snap->findings = xreallocarray(snap->findings, snap->nfindings + 1,
				       sizeof(*snap->findings));
	f = &snap->findings[snap->nfindings++];
	*f = (struct finding){.kind = kind};
	if (w && w->n == 1)
		f->pid = w->any->facts->pid;
	return f;
}

/* The text, and the copies of these workers; without a ledger the figure is their number. */
static void __attribute__((format(printf, 3, 4)))
say_copied(struct finding *f, const struct found *w, const char *fmt, ...)
{
	struct measure copies = measure_make(w->copied, w->copied_least, w->estimated);
	size_t size = sizeof(f->text), len;
	char copied[16];
	va_list args;

	va_start(args, fmt);
	vsnprintf(f->text, size, fmt, args);
	va_end(args);
	f->value = (figure)w->n;
	f->unit = "workers";
	if (!known(w->copied))
		return;
	finding_measure(f, copies);
	f->unit = "bytes";
	len = strlen(f->text);
	snprintf(f->text + len, size - len, "; %s copied %s%s so far",
		 w->n == 1 ? "it has" : "they have", label_words(copies.label),
		 units_format_size(copied, w->copied));
}

/* "1 of 4 workers". */
static char *format_workers(char out[static 48], const struct found *w)
{
	snprintf(out, 48, "%zu of %zu worker%s", w->n, w->of, w->of == 1 ? "" : "s");
	return out;
}

static void find_never_frozen(const struct history *now, struct snapshot *snap,
			      const struct gc_facts *master)
{
	struct found w = find_workers(snap, master, never_frozen);
	char workers[48], shared[16], rest[64] = "";
	size_t i;

	if (!w.n || (known(w.inherited) && w.inherited < INHERITED_LEAST * (figure)w.n))
		return;
	/* Unfrozen by now, or frozen in some worker: that is another story. */
	for (i = 0; i < now->n; i++) {
		if (now->items[i].collector.seen_frozen)
			return;
	}
	if (known(w.shared))
		snprintf(rest, sizeof(rest), ": a full collection can break up to %s more in each",
			 units_format_size(shared, w.shared / (figure)w.n));
	say_copied(add(snap, FINDING_NEVER_FROZEN, &w), &w,
		   "nothing is frozen (gc.freeze) and gc is on in %s%s", format_workers(workers, &w),
		   rest);
}

static void find_frozen_after_fork(const struct history *now, struct snapshot *snap,
				   const struct gc_facts *master)
{
	struct found w = find_workers(snap, master, frozen_late);
	char workers[48];
	size_t i;

	/* A master that was seen frozen may have unfrozen after the fork. */
	for (i = 0; i < now->n; i++) {
		if (now->items[i].role == ROLE_MASTER && now->items[i].collector.seen_frozen)
			return;
	}
	if (w.n)
		say_copied(add(snap, FINDING_FROZEN_AFTER_FORK, &w), &w,
			   "gc.freeze() belongs into the master, before the fork: nothing is frozen there, "
			   "but in %s", format_workers(workers, &w));
}

/*
 * freeze() sets the counter of generation 0 to 0; while the collector is off, it is the number of
 * container objects made since and still alive. With the collector on they move on, uncounted.
 */
static void find_imported_after_freeze(const struct history *now, struct snapshot *snap,
				       const struct gc_facts *master)
{
	const struct gc_state *s = gc_main(master);
	struct finding *f;

	if (s->any_frozen != 1 || gc_is_on(s) != 0 || s->counts[0] < OBJECTS_LEAST ||
	    !find_workers(snap, master, is_on).n)
		return;
	f = add(snap, FINDING_IMPORTED_AFTER_FREEZE, NULL);
	f->pid = snap->facts->master_pid;
	f->value = (figure)s->counts[0];
	f->unit = "objects";
	snprintf(f->text, sizeof(f->text), "the master has %lld objects that it made after gc.freeze(): "
		 "they are not frozen, freeze last, after all imports", (long long)s->counts[0]);
}

static void find_reenabled(const struct history *now, struct snapshot *snap,
			   const struct gc_facts *master)
{
	struct found w = find_workers(snap, master, reenabled);
	char workers[48];

	if (w.n)
		say_copied(add(snap, FINDING_REENABLED, &w), &w,
			   "gc is disabled in the master and on again in %s, with nothing frozen: "
			   "something calls gc.enable() there", format_workers(workers, &w));
}

static void find_thresholds_differ(const struct history *now, struct snapshot *snap,
				   const struct gc_facts *master)
{
	struct found w = find_workers(snap, master, thresholds_back);
	char workers[48], of_master[64], of_worker[64];

	if (w.n)
		say_copied(add(snap, FINDING_THRESHOLDS_DIFFER, &w), &w,
			   "the master has thresholds %s, but gc is on in %s, with %s",
			   gc_format_thresholds(of_master, gc_main(master)->thresholds),
			   format_workers(workers, &w),
			   gc_format_thresholds(of_worker, gc_main(&w.any->facts->gc)->thresholds));
}

/* Of any process of the pool, the one that does it most. */
static void find_freeze_loop(const struct history *now, struct snapshot *snap)
{
	const struct past *p, *most = NULL;
	int flips, most_flips = 0;
	struct finding *f;
	char label[32];

	for (p = now->items; p < now->items + now->n; p++) {
		flips = __builtin_popcountll(p->collector.flips);
		if (p->in_pool && flips > most_flips) {
			most = p;
			most_flips = flips;
		}
	}
	if (most_flips < FLIPS_LEAST)
		return;
	f = add(snap, FINDING_FREEZE_LOOP, NULL);
	f->pid = most->pid;
	f->value = most_flips;
	f->unit = "times";
	snprintf(f->text, sizeof(f->text), "gc.freeze() and gc.unfreeze() take turns in %s, %d times in "
		 "%d samples: garbage that is frozen is never collected", past_label(label, most),
		 most_flips, COLLECTOR_WINDOW);
}

/* Shared memory and files are no matter here: a backend of PostgreSQL inherits little and copies
 * little, and needs nothing else. */
static bool find_not_sharing(struct snapshot *snap)
{
	const struct figures *f = &snap->pool;
	figure page_size = (figure)snap->facts->host.page_size, workers = f->workers;
	figure inherited = (f->pages.shared + f->pages.orphaned + f->pages.cow_broken) * page_size;
	figure own = f->pages.fresh * page_size;
	char part[16], whole[16];
	struct finding *finding;

	if (!(workers > 0 && own >= OWN_LEAST * workers &&
	      inherited < INHERITED_PART * (inherited + own)))
		return false;
	finding = add(snap, FINDING_NOT_SHARING, NULL);
	finding_measure(finding, measure_times(field_of_pool(FIELD(pages.fresh), snap), page_size));
	finding->unit = "bytes";
	snprintf(finding->text, sizeof(finding->text), "a worker has %s of its %s from the master: the "
		 "application is loaded after the fork (no preload, lazy-apps)",
		 units_format_size(part, inherited / workers),
		 units_format_size(whole, (inherited + own) / workers));
	return true;
}

static figure weight(const struct finding *f)
{
	return strcmp(f->unit, "bytes") ? -1 : f->value;
}

static int by_weight(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (weight(x) != weight(y))
		return weight(x) > weight(y) ? -1 : 1;
	return (x->kind > y->kind) - (x->kind < y->kind);
}

static const struct proc_snapshot *master_of(const struct snapshot *snap)
{
	size_t i;

	for (i = 0; i < snap->nprocs; i++) {
		if (snap->procs[i].role == ROLE_MASTER)
			return &snap->procs[i];
	}
	return NULL;
}

void findings_of(const struct history *now, struct snapshot *snap)
{
	/* Those that compare the workers with the master. */
	static void (*const finders[])(const struct history *, struct snapshot *,
				       const struct gc_facts *) = {
		find_never_frozen,
		find_frozen_after_fork,
		find_imported_after_freeze,
		find_reenabled,
		find_thresholds_differ,
	};
	const struct proc_snapshot *master = master_of(snap);
	size_t i;

	/* Where nothing is shared there is nothing for a collector to break. */
	if (!find_not_sharing(snap) && master && has_state(master)) {
		for (i = 0; i < sizeof(finders) / sizeof(*finders); i++)
			finders[i](now, snap, &master->facts->gc);
	}
	find_freeze_loop(now, snap);
	find_collapsed(snap);
	/* what is counted, not measured */
	for (i = 0; i < snap->nfindings; i++)
		if (snap->findings[i].label == LABEL_NONE)
			finding_measure(&snap->findings[i],
					measure_make(snap->findings[i].value, UNKNOWN, false));
	if (snap->nfindings)
		qsort(snap->findings, snap->nfindings, sizeof(*snap->findings), by_weight);
}
