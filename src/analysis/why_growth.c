#include "analysis/why_growth.h"

#include <stdlib.h>
#include "base/alloc.h"

static struct why_grown *find(struct why_growth *g, const struct proc_snapshot *p)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->workers[i].pid == p->facts->pid && g->workers[i].start_ticks == p->facts->start_ticks)
			return &g->workers[i];
	return NULL;
}

static figure own_of(const struct proc_snapshot *p)
{
	return p->figures.pages.new + p->figures.pages.cow_broken;
}

static struct why_grown *add(struct why_growth *g, const struct proc_snapshot *p)
{
	vec_room(&g->workers, g->n, &g->cap);
	g->workers[g->n] = (struct why_grown){
		.pid = p->facts->pid,
		.start_ticks = p->facts->start_ticks,
		.first_age_s = p->figures.age_s,
		.first_new = p->figures.pages.new,
		.first_own = own_of(p),
		.first_minor = p->figures.faults.minor,
	};
	return &g->workers[g->n++];
}

void why_growth_look(struct why_growth *g, const struct snapshot *snap)
{
	const figure page_size = (figure)snap->facts->host.page_size;

	for (size_t i = 0; i < g->n; i++)
		g->workers[i].lives = false;
	for (size_t i = 0; i < snap->nprocs; i++) {
		const struct proc_snapshot *p = &snap->procs[i];
		struct why_grown *w;

		if (p->role != ROLE_WORKER || !known(own_of(p)))
			continue;
		w = find(g, p);
		if (!w)
			w = add(g, p);
		w->lives = true;
		w->age_s = p->figures.age_s;
		w->new = p->figures.pages.new;
		w->own = own_of(p);
		w->minor = p->figures.faults.minor;
		growth_add(&w->curve, w->age_s, w->new *page_size);
	}
}

void why_growth_free(struct why_growth *g)
{
	free(g->workers);
	*g = (struct why_growth){ 0 };
}

static void add_to_mean(struct why_grown_mean *to, const struct why_grown *w)
{
	struct growth curve = w->curve;

	to->n++;
	to->growing += growth_trend(&curve).grows;
	to->span_s += w->age_s - w->first_age_s;
	to->age_s += w->age_s;
	to->own += w->own;
	to->new += w->new;
	to->gained_new += w->new - w->first_new;
	to->minor += w->minor - w->first_minor;
}

void why_growth_mean(const struct why_growth *g, struct why_grown_mean *ret)
{
	const struct why_grown *youngest = NULL;
	figure *const sums[] = { &ret->span_s, &ret->age_s,      &ret->own,
				 &ret->new,    &ret->gained_new, &ret->minor };

	*ret = (struct why_grown_mean){ .young_s = UNKNOWN, .young_own = UNKNOWN, .young_minor = UNKNOWN };
	for (size_t i = 0; i < g->n; i++) {
		if (!youngest || g->workers[i].first_age_s < youngest->first_age_s)
			youngest = &g->workers[i];
		if (g->workers[i].lives)
			add_to_mean(ret, &g->workers[i]);
	}
	for (size_t i = 0; i < sizeof(sums) / sizeof(*sums); i++)
		*sums[i] = ret->n ? *sums[i] / (figure)ret->n : UNKNOWN;
	if (!youngest)
		return;
	ret->young_s = youngest->first_age_s;
	ret->young_own = youngest->first_own;
	ret->young_minor = youngest->first_minor;
}
