#include "analysis/groups.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

/* What a group is made of besides its means. */
struct sums {
	figure broken, inherited; /* pages */
	figure broken_least;
	unsigned doubts;
	figure measured, measured_bytes;
	figure firsts, in_firsts, first_bytes; /* of them */
};

static struct gc_mode mode_of(const struct gc_group *g)
{
	struct gc_mode r = { .runtime = g->runtime, .enabled = g->enabled, .frozen = g->frozen };

	memcpy(r.thresholds, g->thresholds, sizeof(r.thresholds));
	return r;
}

/* The group of this kind and setting; a new one starts with sums of nothing. */
static size_t group_of(struct snapshot *snap, struct sums **sums, const struct proc_snapshot *p,
		       const struct gc_mode *mode)
{
	struct gc_group *g;
	size_t i;

	for (i = 0; i < snap->ngc_groups; i++) {
		struct gc_mode other = mode_of(&snap->gc_groups[i]);

		g = &snap->gc_groups[i];
		if (gc_mode_same(&other, mode) && g->arbiter == p->arbiter &&
		    g->arbiter_pid == p->arbiter_pid)
			return i;
	}
	snap->gc_groups = xreallocarray(snap->gc_groups, i + 1, sizeof(*snap->gc_groups));
	*sums = xreallocarray(*sums, i + 1, sizeof(**sums));
	(*sums)[i] = (struct sums){ 0 };
	g = &snap->gc_groups[i];
	*g = (struct gc_group){ .runtime = mode->runtime,
				.enabled = mode->enabled,
				.frozen = mode->frozen,
				.arbiter = p->arbiter,
				.arbiter_pid = p->arbiter_pid };
	g->pids = xcalloc(snap->nprocs, sizeof(*g->pids));
	memcpy(g->thresholds, mode->thresholds, sizeof(g->thresholds));
	snap->ngc_groups++;
	return i;
}

/* A process whose full collections cannot be read makes their number unknown. */
static void add_collections(const struct collector *c, const struct gc_mode *mode, struct gc_group *g,
			    struct sums *sums)
{
	size_t i;

	if (!c->nstates || gc_full_count(&c->states[0]) == ABSENT)
		g->full_collections = UNKNOWN;
	for (i = 0; i < c->ntallies; i++) {
		if (!gc_mode_same(&c->tallies[i].mode, mode))
			continue;
		g->full_collections += (figure)c->tallies[i].collections;
		sums->measured += (figure)c->tallies[i].measured;
		sums->measured_bytes += c->tallies[i].bytes;
		sums->firsts += (figure)c->tallies[i].firsts;
		sums->in_firsts += (figure)c->tallies[i].in_firsts;
		sums->first_bytes += c->tallies[i].first_bytes;
	}
}

static void add_worker(const struct proc_snapshot *p, struct gc_group *g, struct sums *sums)
{
	const struct figures *f = &p->figures;

	g->pids[g->npids++] = p->facts->pid;
	g->shared_bytes_mean += f->shared_bytes;
	g->cow_broken_bytes_mean += f->cow_broken_bytes;
	g->cow_per_s_mean += f->faults.cow_per_s;
	g->minor_per_s_mean += f->faults.minor_per_s;
	g->span_minor_per_s_mean += f->faults.span_minor_per_s;
	g->cow_broken_bytes_least += process_least(p)->cow_broken_bytes;
	g->cow_per_s_least += process_least(p)->faults.cow_per_s;
	g->estimated |= p->estimated;
	sums->doubts |= p->doubts;
	sums->broken += f->pages.cow_broken;
	sums->inherited += pages_inherited(&f->pages);
	sums->broken_least += process_least(p)->pages.cow_broken;
}

static figure mean_of(figure sum, figure n)
{
	return n > 0 ? sum / n : UNKNOWN;
}

static void finish(struct gc_group *g, const struct sums *sums)
{
	figure n = (figure)g->npids;

	g->shared_bytes_mean /= n;
	g->cow_broken_bytes_mean /= n;
	g->cow_per_s_mean /= n;
	g->cow_broken_bytes_least /= n;
	g->cow_per_s_least /= n;
	g->minor_per_s_mean /= n;
	g->span_minor_per_s_mean /= n;
	g->cow_broken_ratio = copied_ratio(sums->broken, sums->inherited);
	g->cow_broken_ratio_least = copied_ratio(sums->broken_least, sums->inherited);
	if (sums->doubts & DOUBT_AGE) {
		g->cow_broken_bytes_least = g->cow_broken_bytes_mean;
		g->cow_per_s_least = g->cow_per_s_mean;
		g->cow_broken_ratio_least = g->cow_broken_ratio;
	}
	g->bytes_per_full_collection = mean_of(sums->measured_bytes, sums->measured);
	g->first_full_collection_bytes = mean_of(sums->first_bytes, sums->firsts);
	g->later_full_collection_bytes = mean_of(sums->measured_bytes - sums->first_bytes,
						 sums->measured - sums->in_firsts);
}

static int by_size(const void *a, const void *b)
{
	const struct gc_group *x = a, *y = b;

	if (x->npids != y->npids)
		return x->npids > y->npids ? -1 : 1;
	return (x->pids[0] > y->pids[0]) - (x->pids[0] < y->pids[0]);
}

void groups_of(const struct history *now, struct snapshot *snap)
{
	struct sums *sums = NULL;
	const struct past *past;
	struct gc_mode mode;
	size_t i, at;

	for (i = 0; i < snap->nprocs; i++) {
		const struct proc_snapshot *p = &snap->procs[i];

		if (p->role != ROLE_WORKER || p->facts->gc.runtime == RUNTIME_NONE)
			continue;
		gc_mode_of(&p->facts->gc, &mode);
		at = group_of(snap, &sums, p, &mode);
		add_worker(p, &snap->gc_groups[at], &sums[at]);
		past = history_find_near(now, i, p->facts->pid, p->facts->start_ticks);
		add_collections(&past->collector, &mode, &snap->gc_groups[at], &sums[at]);
	}
	for (i = 0; i < snap->ngc_groups; i++)
		finish(&snap->gc_groups[i], &sums[i]);
	if (snap->ngc_groups)
		qsort(snap->gc_groups, snap->ngc_groups, sizeof(*snap->gc_groups), by_size);
	free(sums);
}
