#include "analysis/compare_totals.h"

#include "analysis/compare_sides.h"
#include "analysis/story_sums.h"

static struct compare_side side_of(const struct story *s, struct spread workers)
{
	return (struct compare_side){
		.from_s = 0, .to_s = s->elapsed_s, .workers = workers, .time = { UNKNOWN, UNKNOWN, 0 }
	};
}

/* Of one that there is but once. */
static struct compare_side side_alone(const struct story *s, figure value)
{
	struct compare_side side = side_of(s, (struct spread){ UNKNOWN, UNKNOWN, 0 });

	side.time = (struct spread){ value, UNKNOWN, known(value) };
	return side;
}

/* What came to each worker in all of its time, by the time that it was there; and to all of them. */
struct total {
	struct moments workers;
	figure sum;
};

static void total_add(struct total *t, figure value, figure time)
{
	moments_weigh(&t->workers, value, time);
	if (known(value))
		t->sum += value;
}

static figure gained(const struct story_process *p)
{
	return story_own(&p->last) - story_own(&p->first);
}

static struct total total_gained(const struct story *s)
{
	struct total t = { 0 };
	size_t i;

	for (i = 0; i < s->nprocesses; i++) {
		const struct story_process *p = &s->processes[i];

		if (p->role == ROLE_WORKER && p->last_s > p->first_s)
			total_add(&t, gained(p), p->last_s - p->first_s);
	}
	return t;
}

/* `offset` in struct story_faults. */
static struct total total_faults(const struct story *s, size_t offset)
{
	struct total t = { 0 };
	size_t i;

	for (i = 0; i < s->nprocesses; i++) {
		const struct story_faults *f = &s->processes[i].faults;

		if (s->processes[i].role == ROLE_WORKER && f->known_s > 0)
			total_add(&t, *(const figure *)((const char *)f + offset), f->known_s);
	}
	return t;
}

/* In a minute, or in all. */
static struct moments collections(const struct story *s, bool per_min)
{
	struct moments workers = { 0 };
	size_t i;

	for (i = 0; i < s->nprocesses; i++) {
		const struct story_process *p = &s->processes[i];

		if (p->role == ROLE_WORKER)
			moments_weigh(&workers, p->full_collections * (per_min ? 60 / p->full_known_s : 1),
				      p->full_known_s);
	}
	return workers;
}

/* All workers together, for each request; spread as far as the workers are. */
static struct compare_side for_each(const struct story *s, const struct total *t, figure requests)
{
	struct spread workers = moments_spread(&t->workers);
	figure each = t->sum / requests;

	if (!(requests > 0) || !(workers.n > 0))
		return side_alone(s, UNKNOWN);
	workers.deviation *= workers.mean != 0 ? fabs(each / workers.mean) : 0;
	workers.mean = each;
	return side_of(s, workers);
}

void compare_totals(const struct story *s, figure requests, struct compare_side to[COMPARE_ROWS])
{
	const struct total own = total_gained(s);
	const struct total cow = total_faults(s, offsetof(struct story_faults, cow));
	const struct total minor = total_faults(s, offsetof(struct story_faults, minor));
	const struct moments full = collections(s, false), full_per_min = collections(s, true);

	to[ROW_OF(gained_bytes)] = side_of(s, moments_spread(&own.workers));
	to[ROW_OF(copies)] = side_of(s, moments_spread(&cow.workers));
	to[ROW_OF(minor_faults)] = side_of(s, moments_spread(&minor.workers));
	to[ROW_OF(gained_bytes_per_request)] = for_each(s, &own, requests);
	to[ROW_OF(copies_per_request)] = for_each(s, &cow, requests);
	to[ROW_OF(minor_faults_per_request)] = for_each(s, &minor, requests);
	to[ROW_OF(full_collections)] = side_of(s, moments_spread(&full));
	to[ROW_OF(full_collections_per_min)] = side_of(s, moments_spread(&full_per_min));
	to[ROW_OF(bytes_per_full_collection)] = side_of(s, s->bytes_per_full_collection);
	to[ROW_OF(first_full_collection_bytes)] = side_of(s, s->first_full_bytes);
	to[ROW_OF(later_full_collection_bytes)] = side_of(s, s->later_full_bytes);
	to[ROW_OF(load_s)] = side_alone(s, s->load_s);
}
