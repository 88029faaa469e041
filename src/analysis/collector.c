#include "analysis/collector.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

void gc_mode_of(const struct gc_facts *g, struct gc_mode *ret)
{
	const struct gc_state *s = gc_main(g);
	size_t i;

	ret->runtime = g->runtime;
	ret->enabled = s ? s->enabled : ABSENT;
	ret->frozen = s ? s->any_frozen : ABSENT;
	for (i = 0; i < GC_GENERATIONS; i++)
		ret->thresholds[i] = s ? s->thresholds[i] : ABSENT;
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
	keep(&now->generational, before->generational);
	keep(&now->any_frozen, before->any_frozen);
	/* A count goes with its flag: objects that were unfrozen meanwhile are no longer counted. */
	if (now->any_frozen == 1 && before->any_frozen == 1)
		keep(&now->frozen, before->frozen);
	for (g = 0; g < GC_GENERATIONS; g++) {
		keep(&now->thresholds[g], before->thresholds[g]);
		keep(&now->collections[g], before->collections[g]);
	}
}

/* The states that were read; when none was, those that were known last. */
static void take_states(struct collector *now, const struct collector *before, const struct gc_facts *facts)
{
	const struct gc_state *from = facts->interpreters;

	now->nstates = facts->ninterpreters < COLLECTOR_STATES ? facts->ninterpreters : COLLECTOR_STATES;
	now->counted = now->nstates > 0 && gc_full_count(&from[0]) != ABSENT;
	if (!now->nstates && before) {
		from = before->states;
		now->nstates = before->nstates;
	}
	if (now->states_cap < now->nstates) {
		now->states_cap = now->nstates;
		now->states = xreallocarray(now->states, now->nstates, sizeof(*now->states));
	}
	if (now->nstates)
		memcpy(now->states, from, now->nstates * sizeof(*now->states));
}

static void take_tallies(struct collector *now, const struct collector *before)
{
	now->ntallies = before->ntallies;
	if (now->tallies_cap < now->ntallies) {
		now->tallies_cap = now->ntallies;
		now->tallies = xreallocarray(now->tallies, now->ntallies, sizeof(*now->tallies));
	}
	if (now->ntallies)
		memcpy(now->tallies, before->tallies, now->ntallies * sizeof(*now->tallies));
}

void collector_release(struct collector *c)
{
	free(c->states);
	free(c->tallies);
	*c = (struct collector){ 0 };
}

void collector_next(struct collector *now, const struct collector *before, const struct gc_facts *facts)
{
	const struct gc_state *was;
	bool flipped = false;
	size_t i;

	gc_mode_of(facts, &now->mode);
	take_states(now, before, facts);
	now->seen_frozen = before && before->seen_frozen;
	now->seen_thawed = before && before->seen_thawed;
	for (i = 0; i < now->nstates; i++) {
		now->seen_frozen |= now->states[i].any_frozen == 1;
		now->seen_thawed |= now->states[i].any_frozen == 0;
	}
	now->share = before ? before->share : (struct gc_share){ .made_before = ABSENT };
	if (now->share.made_before == ABSENT && now->counted)
		now->share.made_before = gc_full_count(&now->states[0]) - now->share.full;
	now->flips = now->ntallies = 0;
	now->full = now->pending = 0;
	now->copied = 0;
	now->under_way = false;
	if (!before)
		return;

	for (i = 0; i < now->nstates; i++) {
		was = collector_state_near(before, i, now->states[i].id);
		if (!was)
			continue;
		keep_known(&now->states[i], was);
		flipped |= was->any_frozen != ABSENT && was->any_frozen != now->states[i].any_frozen;
	}
	now->flips = (before->flips << 1 | flipped) & ((UINT64_C(1) << COLLECTOR_WINDOW) - 1);
	take_tallies(now, before);
}

/* Full collections between the two, of all interpreters; 0 when none is known of. */
static fact full_between(const struct collector *before, const struct collector *now)
{
	const struct gc_state *was;
	fact sum = 0, count;
	size_t i;

	for (i = 0; i < now->nstates; i++) {
		was = collector_state_near(before, i, now->states[i].id);
		count = gc_full_count(&now->states[i]);
		/* A counter that fell is another counter: a lie, or an interpreter made anew. */
		if (was && gc_full_count(was) != ABSENT && count > gc_full_count(was))
			sum += count - gc_full_count(was);
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
	if (c->ntallies == c->tallies_cap) {
		c->tallies_cap++;
		c->tallies = xreallocarray(c->tallies, c->tallies_cap, sizeof(*c->tallies));
	}
	c->tallies[c->ntallies] = (struct gc_tally){ .mode = *mode };
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

/* Unknown copies of an interval make those of the whole watch unknown. */
static void share_add(struct collector *now, fact full, bool measured, figure cow_bytes)
{
	struct gc_share *s = &now->share;

	s->all += cow_bytes;
	if (!s->full)
		s->early = full ? s->all - now->copied : s->all;
	s->full += full;
	if (measured) {
		s->measured += full;
		s->at += now->copied;
	}
	if (measured && s->full == full) {
		s->firsts++;
		s->in_firsts += full;
		s->at_first += now->copied;
	}
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
	fact full = full_between(before, now) + before->pending;
	bool measured, first = full && !now->share.full;
	struct gc_tally *t;

	now->full = full;
	now->copied = before->under_way ? before->copied + cow_bytes : cow_bytes;
	now->under_way = !full && is_collecting(now);
	/* After a sample without the counter the collections may lie before this interval. */
	measured = full && before->counted && now->counted && known(now->copied);
	share_add(now, full, measured, cow_bytes);
	if (!full)
		return;
	t = tally_of(now, is_on(&before->mode) && !is_on(&now->mode) ? &before->mode : &now->mode);
	t->collections += full;
	if (measured) {
		t->measured += full;
		t->bytes += now->copied;
	}
	if (measured && first) {
		t->firsts++;
		t->in_firsts += full;
		t->first_bytes += now->copied;
	}
}

void collector_wait(struct collector *now, const struct collector *before)
{
	now->pending = before->pending + full_between(before, now);
	now->copied = before->copied;
	now->under_way = before->under_way;
}
