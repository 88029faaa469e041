#include "analysis/story_teller.h"

#include "analysis/story_curve.h"
#include "base/alloc.h"
#include "base/clock.h"

static void catch_up(struct storyteller *t)
{
	for (size_t i = 0; i < t->n; i++)
		process_close(&t->followers[i].p);
}

/* The followers' figures now are those at the beginning of an interval. */
static void interval_open(struct storyteller *t, figure at_s)
{
	size_t i;

	catch_up(t);
	t->interval_from = at_s;
	t->interval_seen_s = t->s.elapsed_s;
	t->interval_full = t->s.full_collections;
	t->interval_samples = t->s.samples;
	for (i = 0; i < t->n; i++) {
		struct follower *f = &t->followers[i];

		f->based = f->p.at_end && f->p.role == ROLE_WORKER;
		f->base = f->p.last;
		f->base_minor = f->p.faults.minor;
	}
}

/* An interval in which no sample was taken tells nothing. */
static void interval_close(struct storyteller *t, figure at_s)
{
	struct moments private = { 0 }, own = { 0 }, cow = { 0 }, shared = { 0 }, minor = { 0 };
	struct story *s = &t->s;
	struct story_interval *to;
	figure of_master = UNKNOWN;
	size_t i;

	if (t->interval_samples == s->samples)
		return;
	catch_up(t);
	for (i = 0; i < t->n; i++) {
		struct follower *f = &t->followers[i];

		if (f->p.role == ROLE_MASTER && f->p.at_end)
			of_master = f->p.last.cow_broken - f->base.cow_broken;
		if (!f->based || !f->p.at_end)
			continue;
		moments_add(&private, f->p.last.private - f->base.private);
		moments_add(&own, story_own(&f->p.last) - story_own(&f->base));
		moments_add(&f->mark_growth, story_own(&f->p.last) - story_own(&f->base));
		moments_add(&f->mark_copies, f->p.last.cow_broken - f->base.cow_broken);
		moments_add(&f->mark_minor, f->p.faults.minor - f->base_minor);
		moments_add(&cow, f->p.last.cow_broken - f->base.cow_broken);
		moments_add(&shared, f->p.last.shared - f->base.shared);
		moments_add(&minor, f->p.faults.minor - f->base_minor);
	}
	s->intervals = xreallocarray(s->intervals, s->nintervals + 1, sizeof(*s->intervals));
	to = &s->intervals[s->nintervals++];
	*to = (struct story_interval){
		.from_s = t->interval_from,
		.to_s = at_s,
		.seen_s = s->elapsed_s - t->interval_seen_s,
		.private_bytes = moments_spread(&private),
		.own_bytes = moments_spread(&own),
		.cow_bytes = moments_spread(&cow),
		.shared_bytes = moments_spread(&shared),
		.minor = moments_spread(&minor),
		.master_cow_bytes = of_master,
		.full_collections = s->full_collections - (known(t->interval_full) ? t->interval_full : 0),
		.text = t->marks_done ? s->marks[t->marks_done - 1].text : "",
	};
}

static void mark_reached(struct storyteller *t)
{
	const struct story_mark *m = &t->s.marks[t->marks_done];

	interval_close(t, m->at_s);
	interval_open(t, m->at_s);
	t->marks_done++;
}

void story_mark(struct storyteller *t, int64_t time_ns, const char *text)
{
	struct story *s = &t->s;
	struct story_mark *m;

	if (s->nmarks == STORY_MARKS)
		return;
	s->marks = xreallocarray(s->marks, s->nmarks + 1, sizeof(*s->marks));
	m = &s->marks[s->nmarks++];
	*m = (struct story_mark){ .at_s = 0, .text = xstrdup(text) };
	/* Before the first sample: at the beginning. */
	if (s->samples)
		m->at_s = fmax(s->elapsed_s, s->elapsed_s + (figure)(time_ns - t->last_ns) / SECOND);
}

void marks_open(struct storyteller *t)
{
	interval_open(t, 0);
}

void marks_close(struct storyteller *t, figure at_s, figure next_s)
{
	while (t->marks_done < t->s.nmarks &&
	       t->s.marks[t->marks_done].at_s - at_s <= next_s - t->s.marks[t->marks_done].at_s)
		mark_reached(t);
}

void marks_end(struct storyteller *t)
{
	if (t->s.nmarks)
		interval_close(t, t->s.elapsed_s);
}
