#include <math.h>
#include <string.h>
#include "analysis/why_advice_parts.h"
#include "base/units.h"

/* What helps against memory that workers have of their own, and what there is room for. */

/* What was sampled lies within so many standard errors of what is; pages that were chosen together (pool/live_equal.h)
 * count as one. */
#define ERRORS 2.0
#define CHOSEN_TOGETHER 64
/* Fewer words tell nothing. */
#define WORDS_LEAST 30
/* More arenas than that, and MALLOC_ARENA_MAX has something to do. */
#define ARENAS_LEAST 2
/* Ages for which recycling is reckoned: that of the youngest, where it is no beginner and the others are so many times
 * as old. */
#define YOUNG_LEAST 10.0
#define OLDER_TIMES 2

static double pages_of(const struct advising *a, fact bytes)
{
	return figure_of(bytes) / a->w->page_size;
}

/* What a worker has more of than its master: what was free at the fork is shared until somebody writes it. */
static double more_than_master(const struct advising *a, fact worker, fact master)
{
	double more = pages_of(a, worker) - (master == ABSENT ? 0 : pages_of(a, master));

	return fmax(more, 0);
}

/* Resident pages of a worker that malloc could give back; of its own, not the master's. NaN: not known. */
static struct why_amount trimmable(const struct advising *a)
{
	const struct allocator_facts *w = advice_allocator(a->e->worker, ALLOCATOR_GLIBC);
	const struct allocator_facts *m = advice_allocator(a->e->master, ALLOCATOR_GLIBC);
	struct why_amount r = WHY_UNKNOWN;

	if (!w || w->trimmable == ABSENT)
		return r;
	r.high = fmin(pages_of(a, w->trimmable), a->new + a->copied);
	r.pages = fmin(more_than_master(a, w->trimmable, m ? m->trimmable : ABSENT), r.high);
	r.low = w->guessed || !m || m->trimmable == ABSENT ? 0 : r.pages;
	return r;
}

static void advise_trim(struct advising *a, struct why_amount free_pages)
{
	struct why_advice *d = advice_add(a, ADVICE_TRIM, free_pages, a->new + a->copied);

	d->how = a->gc->runtime == RUNTIME_CPYTHON ?
			 "after what needed it: import ctypes; ctypes.CDLL(None).malloc_trim(0)" :
			 "after what needed it: malloc_trim(0)";
	advice_say(d, d->helps ? "malloc_trim() gives back what was freed and kept: " :
				 "malloc_trim(): nothing to speak of, ");
	advice_say_amount(a, d);
	advice_rests_on(
		d, "free chunks of malloc in one worker, by whole resident pages, less those of the master");
}

/* By settings that nobody has tried here: bounds only. */
static void advise_setting(struct advising *a, enum why_advice_kind kind, double high)
{
	struct why_advice *d = advice_add_helpful(a, kind, (struct why_amount){ NAN, 0, high },
						  a->new + a->copied);
	const struct allocator_facts *w = advice_allocator(a->e->worker, ALLOCATOR_GLIBC);

	if (!d)
		return;
	if (kind == ADVICE_ARENAS) {
		d->how = "in the environment that the master is started with: MALLOC_ARENA_MAX=2";
		advice_say(d, "fewer arenas: malloc has %lld in a worker", (long long)w->arenas);
		if (a->e->cores > 0)
			advice_say(d, ", on %ld core%s", a->e->cores, a->e->cores == 1 ? "" : "s");
		advice_say(d, ", each with free memory of its own: ");
	} else {
		d->how =
			"in the environment that the master is started with: LD_PRELOAD=libjemalloc.so.2, or "
			"libtcmalloc_minimal.so.4";
		advice_say(d, "jemalloc or tcmalloc, which keep sizes apart: ");
	}
	advice_say_amount(a, d);
	advice_rests_on(
		d,
		"what malloc keeps free in one worker, on pages in use as well, beyond that of the master: "
		"not tried, compare with cowtop diff");
}

void advise_malloc(struct advising *a)
{
	const struct allocator_facts *w = advice_allocator(a->e->worker, ALLOCATOR_GLIBC);
	const struct allocator_facts *m = advice_allocator(a->e->master, ALLOCATOR_GLIBC);
	struct why_amount free_pages = trimmable(a);
	const char *set = advice_setting(a, "MALLOC_ARENA_MAX");
	double pinned;

	if (isnan(free_pages.high) || isnan(a->new + a->copied))
		return;
	advise_trim(a, free_pages);
	pinned = w->pinned == ABSENT ? 0 : more_than_master(a, w->pinned, m ? m->pinned : ABSENT);
	if (w->arenas > ARENAS_LEAST &&
	    !(set && advice_number(set) > 0 && advice_number(set) <= ARENAS_LEAST))
		advise_setting(a, ADVICE_ARENAS, fmin(free_pages.pages + pinned, a->new + a->copied));
	if (!advice_has_other_malloc(a))
		advise_setting(a, ADVICE_ALLOCATOR, fmin(pinned, a->new + a->copied));
}

/* A part of a sample, with the error that it has: of all. */
static double bound(const struct equal_facts *q, double part, double errors)
{
	double n = fmax(q->sampled / CHOSEN_TOGETHER, 1);

	if (q->sampled < q->new)
		part += errors * sqrt(fmax(part * (1 - part), 1 / n) / n);
	return fmin(fmax(part, 0), 1) * q->new;
}

/* Of what was read: by bytes, or by words, of what is not zero, if that is more. */
static double part(const struct equal_facts *q, double pages, double found)
{
	double told = q->words >= WORDS_LEAST ? found / q->words * (q->sampled - q->zero) : 0;

	return fmax(pages, told) / q->sampled;
}

/* Pages that were freed hold what they held, in all workers alike: those are not loaded. */
static struct why_amount equal_amount(const struct advising *a)
{
	const struct equal_facts *q = a->e->equal;
	struct why_amount free_pages = trimmable(a), r;
	double freed = isnan(free_pages.pages) ? 0 : free_pages.pages;

	r.high = bound(q, part(q, q->pages.in_other, q->found.in_other), ERRORS);
	r.pages = fmax(bound(q, part(q, q->pages.in_most, q->found.in_most), 0) - freed, 0);
	r.low = fmax(fmin(bound(q, q->pages.in_all / q->sampled, -ERRORS) - freed, r.pages), 0);
	return r;
}

void advise_preload(struct advising *a)
{
	const struct equal_facts *q = a->e->equal;
	double n = (double)a->w->nworkers;
	struct why_amount amount = { 0 };
	struct why_advice *d;

	if (!q || q->workers < 2 || (q->new > 0 && q->sampled <= 0))
		return;
	if (q->new > 0)
		amount = equal_amount(a);
	d = advice_add(a, ADVICE_PRELOAD, amount, a->new);
	/* The master then has one. */
	d->pool = (struct why_amount){ amount.pages * (n - 1), amount.low * (n - 1), amount.high * (n - 1) };
	d->how = server_load(a->server);
	if (d->helps)
		advice_say(d, "loading before the fork what each worker loads for itself: ");
	else
		advice_say(d, "loading before the fork: nothing to speak of is the same in the workers, ");
	advice_say_amount(a, d);
	if (d->helps && server_preloads(a->server, a->e->snap))
		advice_say(d, "; it preloads, and this comes later: lazy imports, a model, a cache");
	advice_rests_on(
		d,
		"pages with the same bytes in %zu workers, %.1f of %.1f MiB that each has made were read; %.1f "
		"MiB of zeros left out",
		q->workers, advice_mib(a, q->sampled), advice_mib(a, q->new), advice_mib(a, q->zero));
}

void advise_huge_pages(struct advising *a)
{
	double seen = a->w->basis == WHY_NONE ? NAN : a->w->causes[WHY_COLLAPSE].pages;
	double pages = isnan(a->collapsed) ? seen : a->collapsed;
	struct why_advice *d;

	if (!(pages > 0))
		return;
	d = advice_add_helpful(a, ADVICE_HUGE_PAGES, (struct why_amount){ pages, 0, pages }, a->copied);
	if (!d)
		return;
	d->how = a->gc->runtime == RUNTIME_CPYTHON ?
			 "first thing in the master: import ctypes; ctypes.CDLL(None).prctl(41, 1, 0, 0, 0)"
			 "  # PR_SET_THP_DISABLE" :
			 "first thing in the master: prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0); it is inherited";
	advice_say(d, "no huge pages: the kernel has copied in making them ");
	advice_say_amount(a, d);
	advice_rests_on(
		d,
		"copies that came without a fault, a block of 2 MiB at once; some of them references might "
		"have copied later");
}

static void advise_growth(struct advising *a, const struct why_grown_mean *g)
{
	const struct why_amount amount = { g->gained_new, g->gained_new / 2, g->new };
	struct why_advice *d = advice_add_helpful(a, ADVICE_RECYCLE, amount, 0);
	char span[16];

	if (!d)
		return;
	units_format_age(span, g->span_s);
	d->how = server_recycle(a->server);
	advice_say(
		d,
		"what is kept let go: memory that was never shared only grows, by %.1f MiB a worker in %s. Until it "
		"is found ending workers after %s gives back ",
		advice_mib(a, g->gained_new), span, span);
	advice_say_amount(a, d);
	if (!isnan(g->minor))
		advice_say(d, " and costs some %.0f minor faults each", g->minor);
	advice_rests_on(d,
			"%zu worker%s, watched for %s; one that ends at that age has half of it on average",
			g->n, g->n == 1 ? "" : "s", span);
}

static void advise_age(struct advising *a, const struct why_grown_mean *g)
{
	struct why_advice *d = advice_add_helpful(
		a, ADVICE_RECYCLE, (struct why_amount){ NAN, 0, fmax(g->own - g->young_own, 0) }, g->own);
	char young[16], old[16];

	if (!d)
		return;
	units_format_age(young, g->young_s);
	units_format_age(old, g->age_s);
	d->how = server_recycle(a->server);
	advice_say(
		d,
		"ending workers after %s: one of that age has %.1f MiB of its own, they have %.1f at %s: gives back ",
		young, advice_mib(a, g->young_own), advice_mib(a, g->own), old);
	advice_say_amount(a, d);
	if (!isnan(g->young_minor))
		advice_say(d, " and costs some %.0f minor faults each", g->young_minor);
	advice_rests_on(d, "the youngest worker beside the mean of %zu, under the same load", g->n);
}

void advise_recycle(struct advising *a)
{
	struct why_grown_mean g;

	if (!a->e->growth)
		return;
	why_growth_mean(a->e->growth, &g);
	if (g.n && 2 * g.growing > g.n)
		advise_growth(a, &g);
	else if (g.n && g.young_s >= YOUNG_LEAST && g.age_s >= OLDER_TIMES * g.young_s)
		advise_age(a, &g);
}

/* Below the limit of its cgroup, or on the host, whichever is nearer; in pages. */
static double room(const struct advising *a, bool *ret_limit)
{
	const struct host_sample *h = &a->e->snap->facts->host;
	double host = pages_of(a, h->available_bytes);
	double left = pages_of(a, h->cgroup_limit_bytes) - pages_of(a, h->cgroup_used_bytes);

	*ret_limit = !isnan(left) && !(host < left);
	return *ret_limit ? fmax(left, 0) : host;
}

void advise_workers(struct advising *a)
{
	const struct why_advice *best = a->n && a->items[0].helps ? &a->items[0] : NULL;
	double gain = !best                         ? 0 :
		      isnan(best->per_worker.pages) ? best->per_worker.low :
						      best->per_worker.pages;
	double n = (double)a->w->nworkers, left, after = a->cost - gain;
	struct why_advice *d;
	bool limit;

	left = room(a, &limit);
	if (isnan(left) || !(a->cost * a->w->page_size >= 1 << 20))
		return;
	d = advice_add(a, ADVICE_WORKERS, (struct why_amount){ a->cost, a->cost, a->cost }, 0);
	d->pool = (struct why_amount){ left, left, left };
	d->fit = floor(left / a->cost);
	d->helps = d->fit >= 1;
	advice_say(d, "%.0f more worker%s would fit %s: each costs %.1f MiB of its own", d->fit,
		   d->fit == 1 ? "" : "s", limit ? "below the memory limit" : "into the host's memory",
		   advice_mib(a, a->cost));
	if (gain > 0 && after * a->w->page_size >= 1 << 20) {
		d->fit_after = floor((left + n * gain) / after);
		advice_say(d, ", and %.0f with %s", d->fit_after, why_advice_words(best->kind));
	}
	advice_rests_on(
		d,
		"%.1f MiB that are left, and what a worker has that nobody else has: new ones begin with less",
		advice_mib(a, left));
}
