#include "analysis/story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "analysis/erosion.h"
#include "analysis/story_curve.h"
#include "analysis/story_teller.h"
#include "base/alloc.h"
#include "base/clock.h"

struct storyteller *story_begin(void)
{
	struct storyteller *t = xcalloc(1, sizeof(*t));

	t->s.level = LEVEL_EXACT;
	t->s.prefork_least = t->s.loss.first_least = UNKNOWN;
	t->s.prefork_bytes = t->s.footprint_most = t->s.workers_most = UNKNOWN;
	t->s.footprint_last = t->s.saved_last = UNKNOWN;
	t->s.copied_first = t->s.copied_last = UNKNOWN;
	t->s.copied_first_least = t->s.copied_last_least = UNKNOWN;
	t->s.loss.first_bytes = t->s.master_loss.first_bytes = t->s.master_loss.first_least = UNKNOWN;
	t->s.ended_minor = t->s.ended_unseen = UNKNOWN;
	t->s.growth.room_bytes = t->s.growth.limit_bytes = UNKNOWN;
	t->s.full_collections = t->s.load_s = t->s.load_requests = UNKNOWN;
	t->stride = 1;
	return t;
}

static void take(figure *to, figure later)
{
	if (known(later))
		*to = later;
}

static void take_text(char *to, size_t size, const char *from)
{
	if (strcmp(to, from))
		snprintf(to, size, "%s", from);
}

static void take_first(struct storyteller *t, const struct snapshot *snap)
{
	const struct sample *facts = snap->facts;
	struct story *s = &t->s;

	take_text(s->host, sizeof(s->host), facts->host.name);
	take_text(s->kernel, sizeof(s->kernel), facts->host.kernel);
	s->page_size = facts->host.page_size;
	s->properties = facts->host.properties;
	s->begin_ns = facts->time_ns;
	s->workers_first = snap->pool.workers;
	s->footprint_first = snap->pool.footprint_bytes;
	s->saved_first = snap->pool.saved_bytes;
}

/* The first gap of the pool explains what is missing; cowtop doctor knows the others. */
static void take_missing(struct story *s, const struct snapshot *snap)
{
	size_t i;

	for (i = 0; i < snap->nprocs && !*s->missing; i++) {
		const struct proc_sample *p = snap->procs[i].facts;

		if (p->forked && p->ngaps)
			snprintf(s->missing, sizeof(s->missing), "%.31s%s%.55s", p->gaps[0].what,
				 *p->gaps[0].needs ? ", needs " : "", p->gaps[0].needs);
	}
}

/* A load of which the beginning was not seen is not told: a part of the recording began later. */
static void take_load(struct storyteller *t, const struct sample *facts)
{
	if (!t->s.samples)
		t->load_seen = facts->load_ns == 0;
	if (!t->load_seen)
		return;
	if (facts->load_ns > 0)
		t->s.load_s = (figure)facts->load_ns / SECOND;
	if (facts->load_requests > 0)
		t->s.load_requests = (figure)facts->load_requests;
}

/* What is left of memory, as it was known last. */
static void take_room(struct story_growth *g, const struct host_sample *h)
{
	figure host = figure_of(h->available_bytes), limit = figure_of(h->cgroup_limit_bytes);
	figure left = limit - figure_of(h->cgroup_used_bytes);

	if (!known(host) && !known(left))
		return;
	g->of_cgroup = known(left) && !(host < left);
	g->room_bytes = g->of_cgroup ? fmax(left, 0) : host;
	g->limit_bytes = g->of_cgroup ? limit : figure_of(h->memory_bytes);
}

static void take_pool(struct storyteller *t, const struct snapshot *snap)
{
	const struct figures *pool = &snap->pool;
	struct story *s = &t->s;

	if (!s->samples)
		take_first(t, snap);
	/* a pool on demand has workers later */
	if (!known(s->loss.first_bytes)) {
		struct story_point mean;

		point_of_workers(snap, &mean);
		s->loss.first_bytes = mean.cow_broken;
		s->loss.first_least = mean.least.cow_broken;
	}
	if (*snap->command)
		take_text(s->command, sizeof(s->command), snap->command);
	s->master_pid = snap->facts->master_pid;
	s->end_ns = snap->facts->time_ns;
	if (snap->level < s->level)
		s->level = snap->level;
	s->exactness = snap->exactness;
	s->estimated |= snap->estimated;
	s->estimated_all |= snap->estimated_all;
	take_load(t, snap->facts);
	take_room(&s->growth, &snap->facts->host);
	take_missing(s, snap);
	s->workers_last = pool->workers;
	s->workers_most = fmax(s->workers_most, pool->workers);
	s->prefork_bytes = fmax(s->prefork_bytes, pool->prefork_bytes);
	s->prefork_least = fmax(s->prefork_least, snap->least.prefork_bytes);
	take(&s->footprint_last, pool->footprint_bytes);
	s->footprint_most = fmax(s->footprint_most, pool->footprint_bytes);
	take(&s->saved_last, pool->saved_bytes);
	s->cost_s += (figure)snap->facts->cost_ns / SECOND;
}

/* The clock of intervals begins anew when a machine does: then the wall clock is what there is. */
static figure elapsed_of(const struct storyteller *t, const struct snapshot *snap)
{
	if (!t->s.samples)
		return 0;
	if (known(snap->elapsed_s))
		return snap->elapsed_s;
	return fmax(0, (figure)(snap->facts->time_ns - t->last_ns) / SECOND);
}

/* The last point of the axis, a new one when that is full. */
static size_t axis_next(struct storyteller *t)
{
	struct story *s = &t->s;
	size_t i;

	if (s->ninstants && t->filled < t->stride) {
		t->filled++;
		return s->ninstants - 1;
	}
	if (s->ninstants == STORY_POINTS) {
		instants_halve(s->instants, &s->ninstants);
		for (i = 0; i < t->n; i++)
			process_halve(&t->followers[i].p);
		t->stride *= 2;
	}
	if (!s->instants)
		s->instants = xcalloc(STORY_POINTS, sizeof(*s->instants));
	t->filled = 1;
	s->instants[s->ninstants] = (struct story_instant){
		.workers = UNKNOWN,
		.footprint = UNKNOWN,
		.saved = UNKNOWN,
		.copied = UNKNOWN,
		.copied_least = UNKNOWN,
	};
	point_init(&s->instants[s->ninstants].mean);
	point_init(&s->instants[s->ninstants].master);
	return s->ninstants++;
}

static const struct story_point *point_in(const struct story_instant *i, size_t offset)
{
	return (const struct story_point *)((const char *)i + offset);
}

static void take_once(figure *to, figure first)
{
	if (!known(*to))
		*to = first;
}

static void take_instant(struct story *s, struct story_instant *i, const struct snapshot *snap, figure at_s)
{
	struct story_point mean, master;

	point_of_workers(snap, &mean);
	point_of_master(snap, &master);
	i->at_s = at_s;
	take(&i->workers, snap->pool.workers);
	take(&i->footprint, snap->pool.footprint_bytes);
	take(&i->saved, snap->pool.saved_bytes);
	take(&i->copied, snap->pool.copied_bytes);
	take(&i->copied_least, snap->least.copied_bytes);
	point_merge(&i->mean, &mean);
	point_merge(&i->master, &master);
	take_once(&s->loss.first_bytes, mean.cow_broken);
	take_once(&s->loss.first_least, mean.least.cow_broken);
	take_once(&s->master_loss.first_bytes, master.cow_broken);
	take_once(&s->master_loss.first_least, master.least.cow_broken);
	if (!(snap->pool.workers > 0))
		return;
	take_once(&s->copied_first, snap->pool.copied_bytes);
	take_once(&s->copied_first_least, snap->least.copied_bytes);
	take(&s->copied_last, snap->pool.copied_bytes);
	take(&s->copied_last_least, snap->least.copied_bytes);
}

void story_findings(struct storyteller *t, const struct snapshot *last)
{
	struct story *s = &t->s;

	s->findings = xreallocarray(s->findings, last->nfindings + 1, sizeof(*s->findings));
	if (last->nfindings)
		memcpy(s->findings, last->findings, last->nfindings * sizeof(*s->findings));
	s->nfindings = last->nfindings;
}

void story_add(struct storyteller *t, const struct snapshot *snap)
{
	figure at_s = t->s.elapsed_s + elapsed_of(t, snap);
	size_t index;

	if (t->s.samples)
		marks_close(t, t->s.elapsed_s, at_s);
	take_pool(t, snap);
	t->before_s = t->s.elapsed_s;
	t->s.elapsed_s = at_s;
	index = axis_next(t);
	take_instant(&t->s, &t->s.instants[index], snap, at_s);
	follow(t, snap, index);
	collapse_sum_add(&t->collapsed, snap->facts);
	events_keep(t, snap);
	ended_take(t, snap);
	story_findings(t, snap);
	t->last_ns = snap->facts->time_ns;
	if (!t->s.samples++)
		marks_open(t);
	/* A mark at this very time, or before the first sample, is reached. */
	marks_close(t, at_s, at_s);
}

/* What was lost between the first sample and the last, and when most of it; `offset` is that of the
 * point in an instant. */
static void loss_of(struct story *s, size_t offset, struct story_loss *l)
{
	figure before = l->first_bytes, before_s = 0, cow;
	size_t i;

	l->last_bytes = l->most_bytes = l->first_bytes;
	l->last_least = l->first_least;
	for (i = 0; i < s->ninstants; i++) {
		take(&l->last_bytes, point_in(&s->instants[i], offset)->cow_broken);
		take(&l->last_least, point_in(&s->instants[i], offset)->least.cow_broken);
	}
	l->half_s = l->step_bytes = l->step_from_s = l->step_to_s = UNKNOWN;
	for (i = 0; i < s->ninstants; i++) {
		cow = point_in(&s->instants[i], offset)->cow_broken;
		l->most_bytes = fmax(l->most_bytes, cow);
		if (!known(l->half_s) && l->last_bytes > l->first_bytes &&
		    cow >= (l->first_bytes + l->last_bytes) / 2)
			l->half_s = s->instants[i].at_s;
		if (cow - before > fmax(0, l->step_bytes)) {
			l->step_bytes = cow - before;
			l->step_from_s = before_s;
			l->step_to_s = s->instants[i].at_s;
			l->step_full = point_in(&s->instants[i], offset)->full;
		}
		take(&before, cow);
		before_s = s->instants[i].at_s;
	}
}

static int by_first_seen(const void *a, const void *b)
{
	const struct story_process *x = a, *y = b;

	if ((x->role == ROLE_MASTER) != (y->role == ROLE_MASTER))
		return x->role == ROLE_MASTER ? -1 : 1;
	if (x->first_s != y->first_s)
		return x->first_s < y->first_s ? -1 : 1;
	if (x->start_ticks != y->start_ticks)
		return x->start_ticks < y->start_ticks ? -1 : 1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

static void process_end(struct follower *f)
{
	process_close(&f->p);
	f->p.growth_per_min = 60 * trend_line_slope(&f->own_line);
	f->p.new = growth_trend(&f->new);
	f->p.mark_growth = moments_spread(&f->mark_growth);
	f->p.mark_copies = moments_spread(&f->mark_copies);
	f->p.mark_minor = moments_spread(&f->mark_minor);
	f->p.first_full_bytes = f->first_full_bytes;
	f->p.later_full_bytes = f->later_full ? f->later_full_bytes / f->later_full : UNKNOWN;
	f->p.bytes_per_full_collection = f->full_measured ? f->full_bytes / f->full_measured : UNKNOWN;
}

void story_end(struct storyteller *t, struct story *ret)
{
	size_t i;

	marks_end(t);
	events_end(t);
	t->s.nprocesses = t->n;
	t->s.processes = xcalloc(t->n, sizeof(*t->s.processes));
	for (i = 0; i < t->n; i++) {
		process_end(&t->followers[i]);
		t->s.processes[i] = t->followers[i].p;
	}
	qsort(t->s.processes, t->n, sizeof(*t->s.processes), by_first_seen);
	t->s.bytes_per_full_collection = moments_spread(&t->full_bytes);
	t->s.first_full_bytes = moments_spread(&t->first_full_bytes);
	t->s.later_full_bytes = moments_spread(&t->later_full_bytes);
	t->s.later_full = t->later_full_bytes.weight;
	t->s.collapsed_bytes = t->collapsed.copied * (figure)t->s.page_size;
	t->s.filled_bytes = t->collapsed.filled * (figure)t->s.page_size;
	collapse_sum_release(&t->collapsed);
	loss_of(&t->s, offsetof(struct story_instant, mean), &t->s.loss);
	loss_of(&t->s, offsetof(struct story_instant, master), &t->s.master_loss);
	erosion_of(&t->s);
	growth_of_new(&t->s);
	*ret = t->s;
	free(t->followers);
	free(t->waited.children);
	free(t);
}
