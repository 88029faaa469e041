#include "analysis/compare_sides.h"

#include "analysis/compare_totals.h"
#include "analysis/compare_window.h"
#include "analysis/story_sums.h"

/* Seconds that a sample stands for by itself: a level that was seen once only is that of its moment. */
#define MOMENT 1e-9

static figure at_offset(const void *figures, size_t offset)
{
	return *(const figure *)((const char *)figures + offset);
}

static struct compare_side side_of(const struct moments *workers, const struct window *w)
{
	return (struct compare_side){ .from_s = w->from_s,
				      .to_s = w->to_s,
				      .workers = moments_spread(workers),
				      .time = window_over_time(w) };
}

/* A curve that is walked along, sample by sample. */
struct walk {
	struct window *window;
	struct span own;
	figure at_s, y; /* the sample before; y unknown: there was none */
};

static void walk_add(struct walk *w, figure mean, figure time)
{
	span_add(&w->own, mean, time);
	span_add(&w->window->all, mean, time);
}

/*
 * Straight from the sample before to this one. A block gets the half that is nearer to a sample in it,
 * at the height of that sample: blocks that shared the straight line would be smoother than they are.
 */
static void walk_to(struct walk *w, figure at_s, figure y)
{
	struct window *in = w->window;
	figure from = fmax(w->at_s, in->from_s), middle = (w->at_s + at_s) / 2, begin;

	if (!known(y))
		return;
	if (known(w->y) && at_s > from) {
		begin = w->y + (y - w->y) * (from - w->at_s) / (at_s - w->at_s);
		walk_add(w, (begin + y) / 2, at_s - from);
		if (w->at_s >= in->from_s)
			span_add(&in->blocks[window_block(in, from)], w->y, middle - from);
		span_add(&in->blocks[window_block(in, at_s)], y, at_s - fmax(middle, from));
	}
	if (at_s >= in->from_s) {
		walk_add(w, y, MOMENT);
		span_add(&in->blocks[window_block(in, at_s)], y, MOMENT);
	}
	w->at_s = at_s;
	w->y = y;
}

/* The windows of a level: what its mean is that of; what its spread over time is; and when there are too few samples
 * in that, of which every row has that is no mean over workers. */
struct windows {
	struct window end, fifth, whole;
};

static struct windows windows_of(const struct story *s)
{
	return (struct windows){ window_end(s), window_fifth(s), window_whole(s) };
}

/* A load leaves few samples in its last fifth. Then it is the spread of a sample of the whole recording, and not one
 * over more of them: there may have been no calm. */
static struct compare_side level_of(const struct moments *workers, const struct windows *w,
				    const struct story *s)
{
	struct compare_side side = side_of(workers, &w->end);
	const struct window *over = &w->fifth;

	side.time = window_over_time(over);
	/* A load ends at one moment: how its workers came there is no noise of where they are. */
	if (s->load_s > 0 && known(side.workers.deviation))
		side.time.deviation = UNKNOWN;
	if (!known(side.time.deviation) && !known(side.workers.deviation)) {
		over = &w->whole;
		side.time = window_over_time(over);
		side.of_one = true;
	}
	side.time.mean = span_mean(&w->end.all);
	side.step = window_step(s, over);
	return side;
}

/* A curve through a window: what a process, or the pool, is at in it. */
struct curve {
	const struct story_instant *instants;
	const void *points;
	size_t n, size, offset; /* of a point; of the figure in it */
};

static struct span walk_through(const struct curve *c, struct window *w)
{
	struct walk walk = { .window = w, .y = UNKNOWN };

	for (size_t k = 0; k < c->n; k++)
		walk_to(&walk, c->instants[k].at_s,
			at_offset((const char *)c->points + k * c->size, c->offset));
	return walk.own;
}

/* A level of the workers: its mean over the time of each. */
static struct compare_side level(const struct story *s, size_t offset)
{
	struct windows w = windows_of(s);
	struct moments workers = { 0 };
	size_t i;

	for (i = 0; i < s->nprocesses; i++) {
		const struct story_process *p = &s->processes[i];
		const struct curve c = {
			s->instants + p->from, p->points, p->npoints, sizeof(*p->points), offset,
		};
		struct span own;

		if (p->role != ROLE_WORKER)
			continue;
		walk_through(&c, &w.fifth);
		walk_through(&c, &w.whole);
		own = walk_through(&c, &w.end);
		moments_weigh(&workers, span_mean(&own), own.time);
	}
	return level_of(&workers, &w, s);
}

static struct compare_side pool_level(const struct story *s, size_t offset)
{
	static const struct moments none;
	struct windows w = windows_of(s);
	const struct curve c = { s->instants, s->instants, s->ninstants, sizeof(*s->instants), offset };

	walk_through(&c, &w.fifth);
	walk_through(&c, &w.whole);
	walk_through(&c, &w.end);
	return level_of(&none, &w, s);
}

/* The slopes of a process's own memory, in each block that of what ends in it. */
static void add_slopes(struct window *w, const struct story *s, const struct story_process *p)
{
	struct trend_line lines[BLOCKS] = { 0 };
	figure at_s, before_s = 0, own, before = UNKNOWN, slope;
	size_t k, b;

	for (k = 0; k < p->npoints; k++) {
		at_s = s->instants[p->from + k].at_s;
		own = story_own(&p->points[k]);
		if (!known(own))
			continue;
		b = window_block(w, at_s);
		trend_line_add(&lines[b], before_s, before, at_s, own);
		before_s = at_s;
		before = own;
	}
	for (b = 0; b < BLOCKS; b++) {
		slope = 60 * trend_line_slope(&lines[b]);
		if (!known(slope))
			continue;
		span_add(&w->blocks[b], slope, lines[b].weight);
		span_add(&w->all, slope, lines[b].weight);
	}
}

static struct compare_side growth(const struct story *s)
{
	struct window whole = window_whole(s);
	struct moments workers = { 0 };
	size_t i;

	for (i = 0; i < s->nprocesses; i++) {
		const struct story_process *p = &s->processes[i];

		if (p->role != ROLE_WORKER)
			continue;
		moments_weigh(&workers, p->growth_per_min, p->last_s - p->first_s);
		add_slopes(&whole, s, p);
	}
	return side_of(&workers, &whole);
}

/* What came between marks, of each process and of each interval: places of a struct spread. */
static struct compare_side per_mark(const struct story *s, size_t of_process, size_t of_interval)
{
	struct window whole = window_whole(s);
	figure marks[STORY_MARKS + 1];
	struct moments workers = { 0 };
	struct compare_side r;
	size_t i;

	for (i = 0; i < s->nprocesses; i++) {
		const struct spread *each = (const struct spread *)((const char *)&s->processes[i] +
								    of_process);

		moments_weigh(&workers, each->mean, each->n);
	}
	for (i = 0; i < s->nintervals; i++)
		marks[i] = ((const struct spread *)((const char *)&s->intervals[i] + of_interval))->mean;
	r = side_of(&workers, &whole);
	r.time = roughness(marks, s->nintervals);
	return r;
}

#define PER_MARK_OF(s, member, interval) \
	per_mark(s, offsetof(struct story_process, member), offsetof(struct story_interval, interval))

/* Faults of a kind per second; `offset` in struct story_faults. */
static struct compare_side rate(const struct story *s, size_t offset)
{
	struct window whole = window_whole(s);
	struct moments workers = { 0 };
	size_t i, k;

	for (i = 0; i < s->nprocesses; i++) {
		const struct story_process *p = &s->processes[i];

		if (p->role != ROLE_WORKER)
			continue;
		moments_weigh(&workers, story_per_s(&p->faults, at_offset(&p->faults, offset)),
			      p->faults.known_s);
		for (k = 0; k < p->npoints; k++) {
			const struct story_faults *f = &p->points[k].faults;
			figure at_s = s->instants[p->from + k].at_s;
			figure per_s = story_per_s(f, at_offset(f, offset));

			if (!known(per_s))
				continue;
			span_add(&whole.all, per_s, f->known_s);
			span_add(&whole.blocks[window_block(&whole, at_s)], per_s, f->known_s);
		}
	}
	return side_of(&workers, &whole);
}

static figure error_of(const struct spread *s)
{
	return s->deviation / sqrt(s->n);
}

/* The mean is that over workers where there are some. */
static void side_finish(struct compare_side *s)
{
	figure workers = error_of(&s->workers);
	figure time = s->of_one ? s->time.deviation : error_of(&s->time);

	s->mean = s->workers.n ? s->workers.mean : s->time.mean;
	s->error = fmax(workers, time);
	s->freedom = known(time) && !(workers > time) ? s->time.n - 2 : s->workers.n - 1;
}

static figure least_level(const struct story *s, size_t offset)
{
	struct compare_side side = level(s, offset);

	side_finish(&side);
	return side.mean;
}

static figure least_of_pool(const struct story *s, size_t offset)
{
	struct compare_side side = pool_level(s, offset);

	side_finish(&side);
	return side.mean;
}

/* The same means when what may be no copy is none. */
static void take_doubts(const struct story *s, struct compare_side to[COMPARE_ROWS])
{
	figure least[COMPARE_ROWS];
	size_t i;

	for (i = 0; i < COMPARE_ROWS; i++)
		least[i] = UNKNOWN;
	least[ROW_OF(shared_bytes)] = least_level(s, offsetof(struct story_point, least.shared));
	least[ROW_OF(cow_broken_bytes)] = least_level(s, offsetof(struct story_point, least.cow_broken));
	least[ROW_OF(cow_broken_ratio)] = least_level(s,
						      offsetof(struct story_point, least.cow_broken_ratio));
	least[ROW_OF(private_bytes)] = least_level(s, offsetof(struct story_point, least.private));
	least[ROW_OF(new_bytes)] = least_level(s, offsetof(struct story_point, least.new));
	least[ROW_OF(orphaned_bytes)] = least_level(s, offsetof(struct story_point, least.orphaned));
	least[ROW_OF(cow_file_bytes)] = least_level(s, offsetof(struct story_point, least.cow_file));
	least[ROW_OF(copied_bytes)] = least_of_pool(s, offsetof(struct story_instant, copied_least));
	least[ROW_OF(master_cow_broken_bytes)] = least_of_pool(s, offsetof(struct story_instant,
									   master.least.cow_broken));
	least[ROW_OF(cow_per_s)] = to[ROW_OF(cow_per_s)].mean * (1 - s->faults.doubt / s->faults.cow);
	least[ROW_OF(copies)] = to[ROW_OF(copies)].mean * (1 - s->faults.doubt / s->faults.cow);
	least[ROW_OF(copies_per_request)] = to[ROW_OF(copies_per_request)].mean *
					    (1 - s->faults.doubt / s->faults.cow);
	for (i = 0; i < COMPARE_ROWS; i++)
		to[i].doubt = measure_make(to[i].mean, least[i],
					   compare_fields[i].ledger &&
						   (compare_fields[i].all ? s->estimated_all : s->estimated));
}

void compare_sides(const struct story *s, figure requests, struct compare_side to[COMPARE_ROWS])
{
	size_t i;

	compare_totals(s, known(requests) ? requests : s->load_requests, to);
	to[ROW_OF(shared_bytes)] = level(s, offsetof(struct story_point, shared));
	to[ROW_OF(cow_broken_bytes)] = level(s, offsetof(struct story_point, cow_broken));
	to[ROW_OF(cow_broken_ratio)] = level(s, offsetof(struct story_point, cow_broken_ratio));
	to[ROW_OF(private_bytes)] = level(s, offsetof(struct story_point, private));
	to[ROW_OF(new_bytes)] = level(s, offsetof(struct story_point, new));
	to[ROW_OF(orphaned_bytes)] = level(s, offsetof(struct story_point, orphaned));
	to[ROW_OF(cow_file_bytes)] = level(s, offsetof(struct story_point, cow_file));
	to[ROW_OF(growth_bytes_per_min)] = growth(s);
	to[ROW_OF(growth_bytes_per_mark)] = PER_MARK_OF(s, mark_growth, own_bytes);
	to[ROW_OF(copied_bytes_per_mark)] = PER_MARK_OF(s, mark_copies, cow_bytes);
	to[ROW_OF(minor_faults_per_mark)] = PER_MARK_OF(s, mark_minor, minor);
	to[ROW_OF(cow_per_s)] = rate(s, offsetof(struct story_faults, cow));
	to[ROW_OF(minor_per_s)] = rate(s, offsetof(struct story_faults, minor));
	to[ROW_OF(footprint_bytes)] = pool_level(s, offsetof(struct story_instant, footprint));
	to[ROW_OF(saved_bytes)] = pool_level(s, offsetof(struct story_instant, saved));
	to[ROW_OF(copied_bytes)] = pool_level(s, offsetof(struct story_instant, copied));
	to[ROW_OF(master_cow_broken_bytes)] = pool_level(s,
							 offsetof(struct story_instant, master.cow_broken));
	for (i = 0; i < COMPARE_ROWS; i++)
		side_finish(&to[i]);
	take_doubts(s, to);
}
