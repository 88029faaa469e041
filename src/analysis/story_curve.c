#include "analysis/story_curve.h"

#include "analysis/figures.h"
#include "base/alloc.h"

static const struct story_levels no_levels = {
	UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN
};

void point_init(struct story_point *p)
{
	*p = (struct story_point){
		.shared = UNKNOWN,
		.cow_broken = UNKNOWN,
		.new = UNKNOWN,
		.private = UNKNOWN,
		.orphaned = UNKNOWN,
		.cow_file = UNKNOWN,
		.cow_broken_ratio = UNKNOWN,
		.least = no_levels,
	};
}

static enum story_gc gc_of(const struct gc_facts *g)
{
	const struct gc_state *s = gc_main(g);
	fact on = s ? gc_is_on(s) : ABSENT;

	if (on == ABSENT)
		return STORY_GC_UNKNOWN;
	if (s->any_frozen == 1)
		return on ? STORY_GC_ON_FROZEN : STORY_GC_OFF_FROZEN;
	return on ? STORY_GC_ON : STORY_GC_OFF;
}

/* Of the time that the pages of this sample tell of; none when a part of the split is not known in it, or the
 * pages are those of a sample before, which has told it. */
static void faults_of(const struct figures *figures, const struct fault_figures *least,
		      struct story_faults *ret)
{
	const struct fault_figures *f = &figures->faults;
	figure sum = f->cow_per_s + f->new_per_s + f->file_per_s + f->other_per_s, span_s = f->span_s;
	figure doubt = f->cow_per_s - least->cow_per_s;

	if (figures->pages_age_s > 0 || !known((sum + f->span_minor_per_s + f->span_major_per_s) * span_s)) {
		*ret = (struct story_faults){ 0 };
		return;
	}
	ret->known_s = span_s;
	ret->minor = f->span_minor_per_s * span_s;
	ret->cow = f->cow_per_s * span_s;
	ret->new = span_s * f->new_per_s;
	ret->file = f->file_per_s * span_s;
	ret->major = f->span_major_per_s * span_s;
	ret->doubt = (doubt > 0 ? doubt : 0) * span_s;
}

/* Of one of `n`. */
static inline void levels_of(const struct figures *f, const struct snapshot *snap, figure n,
			     struct story_levels *ret)
{
	figure page_size = (figure)snap->facts->host.page_size;

	ret->shared = f->shared_bytes;
	ret->cow_broken = f->cow_broken_bytes;
	ret->new = page_size * f->pages.new;
	ret->private = f->private_bytes;
	ret->orphaned = f->pages.orphaned * page_size;
	ret->cow_file = f->pages.cow_file * page_size;
	ret->cow_broken_ratio = f->cow_broken_ratio;
	if (n == 1)
		return;
	ret->shared /= n;
	ret->cow_broken /= n;
	ret->new /= n;
	ret->private /= n;
	ret->orphaned /= n;
	ret->cow_file /= n;
}

static void point_from(const struct figures *f, const struct figures *least, const struct snapshot *snap,
		       figure n, struct story_point *ret)
{
	struct story_levels at;

	levels_of(f, snap, n, &at);
	ret->shared = at.shared;
	ret->cow_broken = at.cow_broken;
	ret->new = at.new;
	ret->private = at.private;
	ret->cow_broken_ratio = at.cow_broken_ratio;
	ret->orphaned = at.orphaned;
	ret->cow_file = at.cow_file;
	if (least == f)
		ret->least = at;
	else
		levels_of(least, snap, n, &ret->least);
	faults_of(f, &least->faults, &ret->faults);
	ret->full = 0;
	ret->gc = STORY_GC_UNKNOWN;
}

void point_of(const struct proc_snapshot *p, const struct snapshot *snap, fact full, struct story_point *ret)
{
	point_from(&p->figures, process_least(p), snap, 1, ret);
	ret->full = (figure)full;
	ret->gc = (uint8_t)gc_of(&p->facts->gc);
}

void point_of_workers(const struct snapshot *snap, struct story_point *ret)
{
	const struct proc_snapshot *kind;
	struct figures sums, least;

	point_init(ret);
	if (!(snap->pool.workers > 0))
		return;
	kind = snapshot_kind(snap);
	if (!kind) {
		point_from(&snap->pool, &snap->least, snap, snap->pool.workers, ret);
		return;
	}
	figures_of_kind(snap, kind, &sums, &least);
	/* those of all: they are sums */
	sums.faults = snap->pool.faults;
	sums.pages_age_s = snap->pool.pages_age_s;
	least.faults = snap->least.faults;
	point_from(&sums, &least, snap, sums.workers, ret);
}

void point_of_master(const struct snapshot *snap, struct story_point *ret)
{
	size_t i;

	point_init(ret);
	for (i = 0; snap->pool.workers > 0 && i < snap->nprocs; i++) {
		if (snap->procs[i].role == ROLE_MASTER && holds_pages(snap->procs[i].facts))
			point_of(&snap->procs[i], snap, 0, ret);
	}
}

static void take(figure *to, figure later)
{
	if (known(later))
		*to = later;
}

/* Most often all of them are. */
static inline bool levels_known(const struct story_point *p)
{
	const struct story_levels *l = &p->least;

	return known(p->shared + p->cow_broken + p->new + p->private + p->orphaned + p->cow_file +
		     p->cow_broken_ratio + l->shared + l->cow_broken + l->new + l->private + l->orphaned +
		     l->cow_file + l->cow_broken_ratio);
}

static void take_levels(struct story_point *p, const struct story_point *later)
{
	take(&p->shared, later->shared);
	take(&p->cow_broken, later->cow_broken);
	take(&p->new, later->new);
	take(&p->private, later->private);
	take(&p->orphaned, later->orphaned);
	take(&p->cow_file, later->cow_file);
	take(&p->cow_broken_ratio, later->cow_broken_ratio);
	take(&p->least.shared, later->least.shared);
	take(&p->least.cow_broken, later->least.cow_broken);
	take(&p->least.new, later->least.new);
	take(&p->least.private, later->least.private);
	take(&p->least.cow_broken_ratio, later->least.cow_broken_ratio);
	take(&p->least.orphaned, later->least.orphaned);
	take(&p->least.cow_file, later->least.cow_file);
}

static void copy_levels(struct story_point *p, const struct story_point *later)
{
	p->shared = later->shared;
	p->cow_broken = later->cow_broken;
	p->new = later->new;
	p->private = later->private;
	p->orphaned = later->orphaned;
	p->cow_file = later->cow_file;
	p->cow_broken_ratio = later->cow_broken_ratio;
	p->least = later->least;
}

void point_merge(struct story_point *p, const struct story_point *later)
{
	if (levels_known(later))
		copy_levels(p, later);
	else
		take_levels(p, later);
	story_faults_add(&p->faults, &later->faults);
	p->full += later->full;
	if (later->gc != STORY_GC_UNKNOWN)
		p->gc = later->gc;
}

static void instant_merge(struct story_instant *i, const struct story_instant *later)
{
	i->at_s = later->at_s;
	take(&i->workers, later->workers);
	take(&i->footprint, later->footprint);
	take(&i->saved, later->saved);
	take(&i->copied, later->copied);
	take(&i->copied_least, later->copied_least);
	point_merge(&i->mean, &later->mean);
	point_merge(&i->master, &later->master);
}

void instants_halve(struct story_instant *instants, size_t *n)
{
	size_t i;

	for (i = 0; i < *n; i++) {
		if (i % 2)
			instant_merge(&instants[i / 2], &instants[i]);
		else
			instants[i / 2] = instants[i];
	}
	*n = (*n + 1) / 2;
}

void process_halve(struct story_process *p)
{
	size_t i, to = 0, from = p->from / 2;

	if (!p->npoints)
		return;
	for (i = 0; i < p->npoints; i++) {
		to = (p->from + i) / 2 - from;
		/* The first of the two, unless the curve begins with the second. */
		if (i && (p->from + i) % 2)
			point_merge(&p->points[to], &p->points[i]);
		else
			p->points[to] = p->points[i];
	}
	p->npoints = to + 1;
	p->from = from;
}

/* There is room for the next power of two at the least: it is made when one is reached. */
static void add_point(struct story_process *p)
{
	if (!(p->npoints & (p->npoints - 1)))
		p->points = xreallocarray(p->points, p->npoints ? 2 * p->npoints : 1, sizeof(*p->points));
	point_init(&p->points[p->npoints++]);
}

void process_close(struct story_process *p)
{
	if (p->npoints)
		point_merge(&p->last, &p->points[p->npoints - 1]);
}

void process_put(struct story_process *p, size_t index, const struct story_point *now)
{
	if (!p->npoints)
		p->from = index;
	else if (index - p->from >= p->npoints)
		process_close(p);
	while (index - p->from >= p->npoints)
		add_point(p);
	point_merge(&p->points[index - p->from], now);
}
