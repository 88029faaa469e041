#include "analysis/collector.h"

#include <string.h>

#define OLDEST (GC_GENERATIONS - 1)

struct gc_mode gc_mode_of(const struct gc_facts *g)
{
	struct gc_state none;
	const struct gc_state *s = gc_main(g);
	struct gc_mode r;

	if (!s) {
		gc_state_init(&none);
		s = &none;
	}
	r = (struct gc_mode){.runtime = g->runtime, .enabled = s->enabled, .frozen = s->any_frozen};
	memcpy(r.thresholds, s->thresholds, sizeof(r.thresholds));
	return r;
}

bool gc_mode_same(const struct gc_mode *a, const struct gc_mode *b)
{
	return a->runtime == b->runtime && a->enabled == b->enabled && a->frozen == b->frozen &&
	       !memcmp(a->thresholds, b->thresholds, sizeof(a->thresholds));
}

const struct gc_state *collector_state(const struct collector *c, fact id)
{
	size_t i;

	for (i = 0; i < c->nstates; i++) {
		if (c->states[i].id == id)
			return &c->states[i];
	}
	return NULL;
}

static void keep(fact *now, fact before)
{
	if (*now == ABSENT)
		*now = before;
}

/* What is unknown in `now` is as it was before. */
static void keep_known(struct gc_state *now, const struct gc_state *before)
{
	size_t g;

	keep(&now->enabled, before->enabled);
	keep(&now->any_frozen, before->any_frozen);
	/* A count goes with its flag: objects that were unfrozen meanwhile are no longer counted. */
	if (now->any_frozen == 1 && before->any_frozen == 1)
		keep(&now->frozen, before->frozen);
	for (g = 0; g < GC_GENERATIONS; g++) {
		keep(&now->thresholds[g], before->thresholds[g]);
		keep(&now->collections[g], before->collections[g]);
	}
}

static bool flipped(const struct collector *before, const struct collector *now)
{
	const struct gc_state *was;
	size_t i;

	for (i = 0; i < now->nstates; i++) {
		was = collector_state(before, now->states[i].id);
		if (was && was->any_frozen != ABSENT && was->any_frozen != now->states[i].any_frozen)
			return true;
	}
	return false;
}

struct collector collector_next(const struct collector *before, const struct gc_facts *facts)
{
	struct collector r = {.mode = gc_mode_of(facts)};
	const struct gc_state *was;
	size_t i;

	r.nstates = facts->ninterpreters < COLLECTOR_STATES ? facts->ninterpreters :
							      COLLECTOR_STATES;
	for (i = 0; i < r.nstates; i++)
		r.states[i] = facts->interpreters[i];
	r.counted = r.nstates > 0 && r.states[0].collections[OLDEST] != ABSENT;
	for (i = 0; i < r.nstates; i++)
		r.seen_frozen |= r.states[i].any_frozen == 1;
	if (!before)
		return r;

	if (!r.nstates) {
		memcpy(r.states, before->states, sizeof(r.states));
		r.nstates = before->nstates;
	}
	for (i = 0; i < r.nstates; i++) {
		was = collector_state(before, r.states[i].id);
		if (was)
			keep_known(&r.states[i], was);
	}
	r.seen_frozen |= before->seen_frozen;
	r.flips = (before->flips << 1 | flipped(before, &r)) &
		  ((UINT64_C(1) << COLLECTOR_WINDOW) - 1);
	memcpy(r.tallies, before->tallies, sizeof(r.tallies));
	r.ntallies = before->ntallies;
	return r;
}

fact collector_full(const struct collector *before, const struct collector *now)
{
	const struct gc_state *was;
	fact sum = 0, count;
	size_t i;

	for (i = 0; i < now->nstates; i++) {
		was = collector_state(before, now->states[i].id);
		count = now->states[i].collections[OLDEST];
		/* A counter that fell is another counter: a lie, or an interpreter made anew. */
		if (was && was->collections[OLDEST] != ABSENT && count > was->collections[OLDEST])
			sum += count - was->collections[OLDEST];
	}
	return sum;
}

static struct gc_tally *tally_of(struct collector *c, const struct gc_mode *mode)
{
	size_t i;

	for (i = 0; i < c->ntallies; i++) {
		if (gc_mode_same(&c->tallies[i].mode, mode))
			return &c->tallies[i];
	}
	if (c->ntallies == COLLECTOR_TALLIES)
		memmove(c->tallies, c->tallies + 1, --c->ntallies * sizeof(*c->tallies));
	c->tallies[c->ntallies] = (struct gc_tally){.mode = *mode};
	return &c->tallies[c->ntallies++];
}

static bool is_collecting(const struct collector *c)
{
	size_t i;

	for (i = 0; i < c->nstates; i++) {
		if (c->states[i].collecting == 1)
			return true;
	}
	return false;
}

static bool is_on(const struct gc_mode *m)
{
	return m->enabled == 1 && m->thresholds[0] > 0;
}

/*
 * When the setting changed in the interval, its collections are those of the setting under which
 * the collector was on, the later one if it was on under both.
 */
void collector_tally(struct collector *now, const struct collector *before, figure cow_bytes)
{
	fact full = collector_full(before, now);
	struct gc_tally *t;

	now->copied = before->under_way ? before->copied + cow_bytes : cow_bytes;
	now->under_way = !full && is_collecting(now);
	if (!full)
		return;
	t = tally_of(now, is_on(&before->mode) && !is_on(&now->mode) ? &before->mode : &now->mode);
	t->collections += full;
	/* After a sample without the counter the collections may lie before this interval. */
	if (before->counted && now->counted && known(now->copied)) {
		t->measured += full;
		t->bytes += now->copied;
	}
}
