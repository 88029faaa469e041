#include "analysis/why_advice_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

/* What has bounds only counts for so much of what lies between them, when the best comes first. */
#define BETWEEN 0.25

static double expected(const struct why_amount *a)
{
	return isnan(a->pages) ? a->low + BETWEEN * (a->high - a->low) : a->pages;
}

static void take_means(struct advising *a)
{
	const struct snapshot *snap = a->e->snap;
	double n = 0;

	for (size_t i = 0; i < snap->nprocs; i++) {
		const struct page_figures *p = &snap->procs[i].figures.pages;

		if (snap->procs[i].role != ROLE_WORKER)
			continue;
		n++;
		a->copied += p->cow_broken;
		a->new += p->new;
		a->collapsed += p->collapsed;
		a->cost += p->cow_broken + p->new + p->cow_file + p->orphaned;
	}
	a->copied /= n;
	a->new /= n;
	a->collapsed /= n;
	a->cost /= n;
}

/* Off is as good as frozen, but it has its price; and less sure is what lies together. */
static double rank(const struct why_advice *d)
{
	static const double behind[ADVICE_KINDS] = { [ADVICE_COLLECTOR_OFF] = 1, [ADVICE_PYTHONMALLOC] = 2 };

	return d->kind == ADVICE_WORKERS ? -3 : expected(&d->per_worker) - behind[d->kind];
}

static int by_rank(const void *a, const void *b)
{
	const struct why_advice *x = a, *y = b;

	if (x->helps != y->helps)
		return x->helps ? -1 : 1;
	return (rank(x) < rank(y)) - (rank(x) > rank(y));
}

static const struct gc_facts *gc_of(const struct snapshot *snap)
{
	static const struct gc_facts none;
	const struct proc_sample *p = sample_find(snap->facts, sample_leader(snap->facts));

	return p ? &p->gc : &none;
}

void why_advise(struct why *w, const struct why_evidence *e)
{
	struct advising a = {
		.w = w, .e = e, .server = server_within(e->snap, e->space), .gc = gc_of(e->snap)
	};

	w->how = server_freeze(a.server);
	take_means(&a);
	advise_freeze(&a);
	advise_collect(&a);
	advise_pythonmalloc(&a);
	advise_warm(&a);
	advise_bulk(&a);
	advise_compact(&a);
	advise_malloc(&a);
	advise_preload(&a);
	advise_huge_pages(&a);
	advise_recycle(&a);
	qsort(a.items, a.n, sizeof(*a.items), by_rank);
	advise_workers(&a);
	qsort(a.items, a.n, sizeof(*a.items), by_rank);
	free(w->advice);
	w->advice = xreallocarray(NULL, a.n + 1, sizeof(*w->advice));
	memcpy(w->advice, a.items, a.n * sizeof(*a.items));
	w->nadvice = a.n;
}
