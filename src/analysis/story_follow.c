#include "analysis/story_teller.h"

#include <stdlib.h>
#include <string.h>
#include "model/command.h"
#include "analysis/story_curve.h"
#include "base/alloc.h"

/* Most often it stands at `near`: where the process stands in its sample. */
static struct follower *follower_find(const struct storyteller *t, const struct proc_sample *p, size_t near)
{
	size_t at = near < t->n ? near : 0;

	for (size_t i = 0; i < t->n; i++) {
		struct follower *f = &t->followers[at];

		if (f->p.pid == p->pid && f->p.start_ticks == p->start_ticks)
			return f;
		at = at + 1 < t->n ? at + 1 : 0;
	}
	return NULL;
}

/* Room for another: that of the process which has been gone for the longest time, if there is none. */
static struct follower *follower_room(struct storyteller *t)
{
	struct follower *oldest = NULL;
	size_t i;

	if (t->n < STORY_PROCESSES) {
		vec_room(&t->followers, t->n, &t->cap);
		return &t->followers[t->n++];
	}
	for (i = 0; i < t->n; i++) {
		struct follower *f = &t->followers[i];

		if (f->p.last_s < t->before_s && (!oldest || f->p.last_s < oldest->p.last_s))
			oldest = f;
	}
	if (oldest) {
		t->s.unfollowed++;
		free(oldest->p.points);
	}
	return oldest;
}

/* NULL when there are too many at a time: those are counted when they are new. */
static struct follower *follower_add(struct storyteller *t, const struct proc_sample *facts)
{
	struct follower *f = follower_room(t);

	if (!f) {
		t->s.unfollowed += !t->s.samples || facts->start_ns > t->last_ns;
		return NULL;
	}
	*f = (struct follower){.p = {
		.pid = facts->pid,
		.start_ticks = facts->start_ticks,
		.level = LEVEL_EXACT,
		.begun = t->s.samples && facts->start_ns > t->last_ns,
		.first_s = t->s.elapsed_s,
		.full_collections = UNKNOWN,
	}, .own = UNKNOWN, .first_full_bytes = UNKNOWN};
	point_init(&f->p.first);
	point_init(&f->p.last);
	command_of(facts, f->p.command, sizeof(f->p.command));
	f->p.settings = (struct story_settings){
		.enabled = ABSENT,
		.frozen = ABSENT,
		.thresholds = { ABSENT, ABSENT, ABSENT },
	};
	return f;
}

static void take_fact(fact *to, fact later)
{
	if (later != ABSENT)
		*to = later;
}

static void take_settings(struct story_settings *to, const struct gc_facts *g)
{
	const struct gc_state *state = gc_main(g);
	size_t i;

	if (g->runtime != RUNTIME_NONE)
		to->runtime = g->runtime;
	if (*g->version)
		memcpy(to->version, g->version, sizeof(to->version));
	if (!state)
		return;
	take_fact(&to->enabled, state->enabled);
	take_fact(&to->frozen, state->any_frozen);
	for (i = 0; i < GC_GENERATIONS; i++)
		take_fact(&to->thresholds[i], state->thresholds[i]);
}

/* Those of one interval, and the copies in it. */
static void take_full(struct storyteller *t, struct follower *f, const struct proc_snapshot *p, bool first)
{
	bool worker = p->role == ROLE_WORKER;
	figure full = (figure)p->full;

	f->full_measured += full;
	f->full_bytes += p->full_bytes;
	if (worker)
		moments_weigh(&t->full_bytes, p->full_bytes / full, full);
	if (first) {
		f->first_full_bytes = p->full_bytes;
		if (worker)
			moments_add(&t->first_full_bytes, p->full_bytes);
		return;
	}
	f->later_full += full;
	f->later_full_bytes += p->full_bytes;
	if (worker)
		moments_weigh(&t->later_full_bytes, p->full_bytes / full, full);
}

/* Full collections since the sample before, and what they made the process copy. Those of samples
 * that do not know them are counted by the next one that does, if there was one before. */
static fact take_collections(struct storyteller *t, struct follower *f, const struct proc_snapshot *p)
{
	bool worker = p->role == ROLE_WORKER;
	figure full = (figure)p->full;

	if (p->full == ABSENT)
		return 0;
	if (!known(f->p.full_collections)) {
		f->p.full_collections = 0;
		f->full_from_s = t->s.elapsed_s;
	}
	f->p.full_known_s = t->s.elapsed_s - f->full_from_s;
	if (worker)
		t->s.full_collections = fmax(t->s.full_collections, 0);
	if (!p->full)
		return 0;
	f->p.full_collections += full;
	if (worker)
		t->s.full_collections += full;
	if (known(p->full_bytes))
		take_full(t, f, p, !f->first_full_seen);
	f->first_full_seen = true;
	return p->full;
}

/* Where it is not known it went straight on. */
static void take_own(struct follower *f, figure at_s, figure own)
{
	if (!known(own))
		return;
	trend_line_add(&f->own_line, f->own_s, f->own, at_s, own);
	f->own_s = at_s;
	f->own = own;
}

static void follow_one(struct storyteller *t, const struct snapshot *snap, const struct proc_snapshot *p,
		       size_t index)
{
	struct follower *f = follower_find(t, p->facts, (size_t)(p - snap->procs));
	struct story_point now;
	fact full;

	if (!f)
		f = follower_add(t, p->facts);
	if (!f)
		return;
	full = take_collections(t, f, p);
	point_of(p, snap, full, &now);
	f->p.role = p->role;
	f->p.slot = p->slot;
	f->p.at_end = true;
	f->p.last_s = t->s.elapsed_s;
	f->p.exactness = p->facts->exactness;
	f->p.estimated |= p->estimated;
	if (p->facts->level < f->p.level)
		f->p.level = p->facts->level;
	take_settings(&f->p.settings, &p->facts->gc);
	take_own(f, t->s.elapsed_s, story_own(&now));
	if (!p->facts->pages_age_ns)
		growth_add(&f->new, t->s.elapsed_s, now.new);
	if (!f->p.samples)
		f->p.first = now;
	f->p.samples++;
	process_put(&f->p, index, &now);
	story_faults_add(&f->p.faults, &now.faults);
	if (!known(snap->elapsed_s))
		return;
	if (p->role == ROLE_MASTER) {
		t->s.instants[index].master.full += now.full;
		story_faults_add(&t->s.master_faults, &now.faults);
		t->s.master_s += snap->elapsed_s;
	}
	if (p->role != ROLE_WORKER)
		return;
	t->s.instants[index].mean.full += now.full;
	story_faults_add(&t->s.faults, &now.faults);
	t->s.worker_s += snap->elapsed_s;
}

void follow(struct storyteller *t, const struct snapshot *snap, size_t index)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		t->followers[i].p.at_end = false;
	for (i = 0; i < snap->nprocs; i++) {
		/* Exec'ed helpers hold nothing of the pool. */
		if (snap->procs[i].facts->forked && !snap->procs[i].facts->same_mm_pid)
			follow_one(t, snap, &snap->procs[i], index);
	}
}
