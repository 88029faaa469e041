#include "analysis/story_teller.h"

/* One that only gets more. */
static void add(struct story_growth *g, const struct story_process *p)
{
	g->since_s = fmin(g->since_s, p->new.since_s);
	g->gained += p->new.since_gained;
	g->per_s += p->new.per_s;
	g->estimated |= p->estimated;
}

void growth_of_new(struct story *s)
{
	struct story_growth *g = &s->growth;
	struct moments gained = { 0 }, ends = { 0 };
	size_t i;

	g->since_s = UNKNOWN;
	for (i = 0; i < s->nprocesses; i++) {
		const struct story_process *p = &s->processes[i];
		bool worker = p->role == ROLE_WORKER;

		if (!p->at_end || !p->new.told || !(worker || p->role == ROLE_MASTER))
			continue;
		g->workers += worker;
		g->growing += worker && p->new.grows;
		g->master |= !worker && p->new.grows;
		if (p->new.grows)
			add(g, p);
		if (!worker || !p->new.levels_off)
			continue;
		g->levelling++;
		g->estimated |= p->estimated;
		moments_add(&gained, p->new.all_gained);
		moments_add(&ends, p->new.end);
	}
	g->end_gained = moments_spread(&gained).mean;
	g->end_bytes = moments_spread(&ends).mean;
}
