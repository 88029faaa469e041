#ifndef COWTOP_TESTS_ADVICE_STAGE_H
#define COWTOP_TESTS_ADVICE_STAGE_H

/*
 * A pool that is advised, by made facts.
 */
#include "lib/analysis_steps.h"
#include "analysis/why_advice.h"
#include "analysis/why_pool.h"

#define PAGES(mib) ((mib)*FIXTURE_MIB / FIXTURE_PAGE)

/* A pool that is asked why, and all that may be known of it. */
struct stage {
	struct analysis_steps c;
	struct why w;
	struct why_evidence e;
	struct why_growth growth;
	struct equal_facts equal;
	struct allocator_inventory master, worker;
	struct address_space space;
	struct region region;
};

static inline void stage_end(struct stage *s)
{
	allocator_inventory_release(&s->master);
	allocator_inventory_release(&s->worker);
	why_growth_free(&s->growth);
	why_release(&s->w);
	steps_end(&s->c);
}

/* Three workers with 80 MiB inherited, so much of it copied, and new memory. */
static inline void workers_at(struct stage *s, double second, fact copied, fact new)
{
	const fact pages[6] = { PAGES(80) - copied, 0, copied, 0, new, 100 };

	steps_at(&s->c, second);
	fixture_gc(&s->c.s.procs[0], 1, 700, 0);
	s->c.s.host.available_bytes = 1000 * FIXTURE_MIB;
	for (pid_t pid = 101; pid < 104; pid++) {
		struct proc_sample *p = fixture_add(&s->c.s, pid, -50, pages);

		p->minflt = 1000 + (fact)(100 * second);
		fixture_gc(p, 1, 700, 0)->collected[0] = 120;
	}
}

static inline void look(struct stage *s)
{
	steps_look(&s->c);
	why_growth_look(&s->growth, &s->c.snap);
}

static inline struct why_amount exactly(double pages)
{
	return (struct why_amount){ pages, pages, pages };
}

/* What was copied, by `only` the collector alone. */
static inline void causes(struct stage *s, enum why_basis basis, struct why_amount only)
{
	struct why_worker k = { .basis = basis, .inherited = PAGES(80), .copied = PAGES(50), .at_risk = NAN };

	k.causes[WHY_COLLECTOR_ONLY] = only;
	k.causes[WHY_COLLECTOR_FIRST] = (struct why_amount){ PAGES(8), PAGES(6), PAGES(10) };
	k.causes[WHY_REFERENCES] = exactly(PAGES(20));
	k.causes[WHY_STARTUP] = exactly(PAGES(5));
	s->w = (struct why){ .nworkers = 3, .n = 1, .page_size = FIXTURE_PAGE };
	s->w.workers = calloc(1, sizeof(k));
	s->w.workers[0] = k;
	why_sum_up(&s->w, basis == WHY_NONE ? "nothing is known" : NULL);
}

static inline void begin(struct stage *s, fact copied, fact new)
{
	*s = (struct stage){ 0 };
	steps_begin(&s->c);
	workers_at(s, 0, copied, new);
}

static inline void advise(struct stage *s)
{
	look(s);
	s->e.snap = &s->c.snap;
	why_advise(&s->w, &s->e);
}

static inline const struct why_advice *any(const struct stage *s, enum why_advice_kind kind)
{
	for (size_t i = 0; i < s->w.nadvice; i++)
		if (s->w.advice[i].kind == kind)
			return &s->w.advice[i];
	return NULL;
}

static inline const struct why_advice *the(const struct stage *s, enum why_advice_kind kind)
{
	const struct why_advice *d = any(s, kind);

	if (!d)
		fail_msg("no advice: %s", why_advice_name(kind));
	return d;
}

static inline void assert_mib(struct why_amount a, double mib, double low, double high)
{
	const double by = (double)FIXTURE_PAGE / FIXTURE_MIB;

	if (isnan(mib) ? !isnan(a.pages) : !(fabs(a.pages * by - mib) < 0.06))
		fail_msg("%.2f, not %.2f MiB", a.pages * by, mib);
	if (!(fabs(a.low * by - low) < 0.06 && fabs(a.high * by - high) < 0.06))
		fail_msg("%.2f to %.2f, not %.2f to %.2f MiB", a.low * by, a.high * by, low, high);
}

static inline void set_glibc(struct allocator_inventory *i, fact arenas, fact trimmable, fact pinned)
{
	struct allocator_facts *f = allocator_add(i, ALLOCATOR_GLIBC, ALLOCATOR_BY_STATE);

	f->arenas = arenas;
	f->trimmable = trimmable * (fact)FIXTURE_MIB;
	f->pinned = pinned * (fact)FIXTURE_MIB;
}

#endif
