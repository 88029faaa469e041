#include <math.h>
#include <string.h>
#include "analysis/why_advice_parts.h"

/* What helps against copies of objects' pages: by what a collection writes, what references do, what allocators fill. */

static bool is_frozen(const struct advising *a)
{
	return gc_main(a->gc) && gc_main(a->gc)->any_frozen == 1;
}

/* Objects that collections of the workers have freed since their fork: what stays when there are none. Mean; NaN: not
 * known. */
static double collected(const struct advising *a)
{
	const struct snapshot *snap = a->e->snap;
	double sum = 0, n = 0;

	for (size_t i = 0; i < snap->nprocs; i++) {
		const struct gc_state *s = gc_main(&snap->procs[i].facts->gc), *m = gc_main(a->gc);

		if (snap->procs[i].role != ROLE_WORKER)
			continue;
		n++;
		for (size_t g = 0; g < GC_GENERATIONS; g++)
			sum += s && m ? fmax(figure_of(s->collected[g]) - figure_of(m->collected[g]), 0) :
					NAN;
	}
	return sum / n;
}

static void advise_off(struct advising *a, struct why_amount gain)
{
	struct why_advice *d = advice_add(a, ADVICE_COLLECTOR_OFF, gain, a->w->copied);
	double freed = collected(a);

	d->how = server_off(a->server);
	advice_say(
		d,
		"the collector off in the workers (gc.disable(), or a first threshold of 0) gives as much, "
		"but garbage in cycles stays then");
	if (!isnan(freed))
		advice_say(d, ": their collections have freed %.0f objects a worker so far", freed);
	advice_rests_on(d, "the same as freezing");
}

static void say_nothing(const struct advising *a, struct why_advice *d)
{
	advice_say(d, "gc.freeze() before the fork: nothing to speak of, ");
	advice_say_amount(a, d);
	if (a->w->off)
		advice_say(d, "; the workers' collector is off");
	else if (is_frozen(a))
		advice_say(d, "; the master has frozen its objects");
}

void advise_freeze(struct advising *a)
{
	const bool off = a->w->basis == WHY_RISK && a->w->off;
	struct why_amount gain = { 0 };
	struct why_advice *d;
	char text[160];

	if (!off && !why_freeze_gain(a->w, &gain))
		return;
	d = advice_add(a, ADVICE_FREEZE, gain, a->w->basis == WHY_RISK ? 0 : a->w->copied);
	d->how = server_freeze(a->server);
	advice_rests_on(d, "%s", a->w->reason);
	if (d->helps)
		advice_say(d, "%s", why_freeze_text(a->w, text));
	else
		say_nothing(a, d);
	if (d->helps)
		advise_off(a, gain);
}

/* At most what a cause has copied, where it is enough of `of`. That the bounds are wide, as pages of an ordinary user are
 * guessed, is no reason to advise anything. */
static struct why_advice *add_most(struct advising *a, enum why_advice_kind kind, enum why_cause cause,
				   double of)
{
	const struct why_amount *c = &a->w->causes[cause];

	if (a->w->basis == WHY_NONE || isnan(c->high) ||
	    (!isnan(c->pages) && !advice_is_enough(a, c->pages, of)))
		return NULL;
	return advice_add_helpful(a, kind, (struct why_amount){ NAN, 0, c->high }, of);
}

/* Blocks that were free at the fork and are given afterwards lie among those in use. */
void advise_collect(struct advising *a)
{
	struct why_advice *d;

	if (a->gc->runtime != RUNTIME_CPYTHON)
		return;
	d = add_most(a, ADVICE_COLLECT, WHY_ALLOCATOR, a->w->copied);
	if (!d)
		return;
	d->how = server_collect(a->server);
	advice_say(
		d,
		"gc.collect() before the fork, so that garbage leaves its holes before and not among what is "
		"shared: ");
	advice_say_amount(a, d);
	advice_rests_on(
		d, "pages of which nothing but blocks freed or given anew has changed; not measured: compare "
		   "with cowtop diff");
}

static bool has_no_pymalloc(const struct advising *a)
{
	const char *set = advice_setting(a, "PYTHONMALLOC");

	if (set)
		return !strncmp(set, "malloc", 6);
	return a->e->master && advice_allocator(a->e->master, ALLOCATOR_GLIBC) &&
	       !advice_allocator(a->e->master, ALLOCATOR_PYMALLOC) && !strcmp(a->gc->build, "release");
}

/* Pages that a full collection has copied, or takes, at the most. */
static double taken(const struct advising *a)
{
	const struct why_amount *only = &a->w->causes[WHY_COLLECTOR_ONLY];

	if (a->w->basis == WHY_NONE)
		return a->copied;
	if (a->w->basis == WHY_RISK)
		return a->w->at_risk;
	if (isnan(only->pages))
		return only->high;
	return fmin(only->high + a->w->causes[WHY_COLLECTOR_FIRST].high, a->w->copied);
}

void advise_pythonmalloc(struct advising *a)
{
	struct why_amount bound = { NAN, 0, 0 };
	struct why_advice *d;

	if (a->gc->runtime != RUNTIME_CPYTHON || !has_no_pymalloc(a) || advice_has_other_malloc(a))
		return;
	bound.high = taken(a);
	if (isnan(bound.high))
		return;
	d = advice_add(a, ADVICE_PYTHONMALLOC, bound, 0);
	d->how =
		"unset PYTHONMALLOC where the master is started; or LD_PRELOAD=libjemalloc.so.2, libtcmalloc_minimal.so.4";
	advice_say(
		d,
		"CPython's own allocator, which keeps objects of one size together; under PYTHONMALLOC=malloc "
		"there is something that the collector writes on nearly every page: ");
	advice_say_amount(a, d);
	advice_rests_on(
		d, "what a full collection has copied, or takes: the most that keeping its objects together "
		   "can spare");
}

/* 3.13 and later write the caches of code with branches whenever it runs (Include/internal/pycore_backoff.h). */
static bool writes_when_warm(const struct advising *a)
{
	const char *minor = strncmp(a->gc->version, "3.", 2) ? NULL : a->gc->version + 2;

	return !minor || advice_number(minor) >= 13;
}

void advise_warm(struct advising *a)
{
	struct why_advice *d = add_most(a, ADVICE_WARM, WHY_STARTUP, a->w->inherited);

	if (!d)
		return;
	d->how = server_warm(a->server);
	advice_say(d, "a typical request served before the fork, so that code and caches are warm: ");
	advice_say_amount(a, d);
	if (writes_when_warm(a))
		advice_say(
			d,
			"; not promised: from CPython 3.13 on code with branches writes its pages, warm or not");
	advice_rests_on(d, "what was copied by the first look after the fork, of which it can spare a part");
}

/* What references copy frozen objects lose as well. */
void advise_bulk(struct advising *a)
{
	const struct why_amount *c = a->w->causes;
	struct why_amount bound = { NAN, 0, c[WHY_REFERENCES].high };
	struct why_advice *d;

	if (a->gc->runtime != RUNTIME_CPYTHON || a->w->basis == WHY_NONE)
		return;
	if (!isnan(c[WHY_STARTUP].high))
		bound.high += c[WHY_STARTUP].high;
	if (a->w->basis == WHY_YOUNG || a->w->basis == WHY_TRANSFER)
		bound.high += c[WHY_COLLECTOR_FIRST].high;
	bound.high = fmin(bound.high, a->w->copied);
	if (isnan(bound.high))
		return;
	d = advice_add_helpful(a, ADVICE_BULK, bound, a->w->inherited);
	if (!d)
		return;
	d->how = "keep what is read often in one buffer: array, numpy, mmap, sqlite; not in str, int, dict";
	advice_say(d, "data that is read often kept outside of objects, whose counts each reader writes: ");
	advice_say_amount(a, d);
	advice_rests_on(
		d,
		"what references have copied, and the run-up after the fork; how much of it is such data is not known");
}

/* Pages of Ruby's heap that a worker has copied, a mean. NaN: not known. */
static double copied_of_ruby(const struct advising *a)
{
	for (size_t i = 0; a->e->nuses && i < a->e->uses->n; i++)
		if (a->e->uses->items[i].kind == MEMORY_RUBY)
			return figure_of(memory_use_copied(&a->e->uses->items[i])) / (double)a->e->nuses;
	return NAN;
}

/* Of Ruby's heap no more than what ageing writes, or new objects: what of the master's has young ones, and free slots. What
 * was copied and made elsewhere may go with it: bits of marks, tables. */
static double unsettled(const struct advising *a)
{
	const struct ruby_heap_facts *r = a->e->ruby;
	fact ageing = r && !r->partly ? ruby_heap_ageing_pages(r) : ABSENT;
	double copied = copied_of_ruby(a);

	if (ageing == ABSENT || r->roomy_pages == ABSENT)
		return NAN;
	return fmax(a->copied - copied, 0) + a->new + fmin(copied, figure_of(ageing + r->roomy_pages));
}

/* 3.3 and later: Process.warmup collects, and makes what is left old. */
void advise_compact(struct advising *a)
{
	const char *v = a->gc->version;
	bool warmup = *v && (advice_number(v) > 3 ||
			     (advice_number(v) == 3 && v[1] == '.' && advice_number(v + 2) >= 3));
	double pages = unsettled(a);
	struct why_amount bound = { NAN, 0, a->copied + a->new };
	struct why_advice *d;

	if (a->gc->runtime != RUNTIME_RUBY || isnan(a->copied))
		return;
	if (!isnan(pages))
		bound.high = fmin(bound.high, pages);
	d = advice_add(a, ADVICE_COMPACT, bound, a->copied + a->new);
	d->how = server_compact(a->server, warmup);
	advice_say(d, "%s before the fork, so that objects are old and lie together: ",
		   warmup ? "Process.warmup" : "GC.start and GC.compact");
	if (!d->helps)
		advice_say(d, "nothing to speak of, ");
	advice_say_amount(a, d);
	if (isnan(pages))
		advice_rests_on(
			d,
			"all that a worker has copied or made: of how much of it objects that grew old are the cause "
			"is not told apart");
	else
		advice_rests_on(
			d,
			"of what was copied of Ruby's heap no more than what has young objects in the master, which "
			"ageing writes, or free slots; and what was copied or made elsewhere");
}
