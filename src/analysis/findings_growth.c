#include <math.h>
#include <stdlib.h>
#include "analysis/findings_parts.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "model/field.h"

/* Memory that workers, or the master, made themselves and that only grows: seen in a watch, or by their ages. */

/* By age: so many different ages of workers that are older than this, the oldest so many times as old as the
 * youngest, and with so much more. (Who has just begun has less in any pool.) */
#define AGES_LEAST 4
#define AGE_TIMES 2
#define AGE_LEAST 10.0
#define GAIN_LEAST (4 * MIB)
/* Between neighbours in age the memory gained in a second is within so many times of the whole. */
#define SLOPE_TIMES 4

/* The workers, or the master, whose new memory only grows: sums over them. */
struct growing {
	enum role role;
	size_t n, of;
	const struct proc_snapshot *any;
	struct measure own;
	figure per_min, seen_s;
};

static figure new_bytes(const struct scene *s, const struct proc_snapshot *p)
{
	return (figure)s->snap->facts->host.page_size * p->figures.pages.new;
}

static struct growing growing_of(const struct scene *s, enum role role)
{
	struct growing r = { .role = role, .own = measure_counted(0) };
	const struct proc_snapshot *p;

	for (p = s->snap->procs; p < s->snap->procs + s->snap->nprocs; p++) {
		struct trend t;

		if (p->role != role)
			continue;
		r.of++;
		t = growth_trend(&finding_past(s, p)->kept->new);
		if (!t.grows)
			continue;
		r.n++;
		r.any = p;
		r.seen_s = fmax(r.seen_s, t.seen_s);
		r.per_min += t.gained / t.seen_s * 60;
		r.own = measure_plus(r.own, PROCESS_MEASURE(p, pages.new));
	}
	r.own = measure_times(r.own, (figure)s->snap->facts->host.page_size);
	return r;
}

/* "1.5 MiB/min", "7.2 MiB/h": what is large enough to be read. */
static void say_rate(struct finding *f, figure per_min)
{
	bool hours = per_min < MIB;
	char size[16];

	finding_say(f, "%s/%s", units_format_size(size, hours ? per_min * 60 : per_min), hours ? "h" : "min");
}

/* Below a minute what came, not what would come in one. */
static void say_pace(struct finding *f, figure per_min, figure seen_s, const char *each)
{
	char size[16], span[16];

	units_format_age(span, seen_s);
	if (seen_s < 60) {
		finding_say(f, "%s%s in the last %s", units_format_size(size, per_min / 60 * seen_s), each,
			    span);
		return;
	}
	say_rate(f, per_min);
	finding_say(f, "%s in the last %s", each, span);
}

/* Until the memory limit, or what the host has: the less of the two. */
static void say_room(struct finding *f, const struct host_sample *h, figure per_min)
{
	figure host = figure_of(h->available_bytes);
	figure left = figure_of(h->cgroup_limit_bytes) - figure_of(h->cgroup_used_bytes);
	bool limit = known(left) && !(host < left);
	figure room = limit ? fmax(left, 0) : host;
	char span[16];

	if (known(room))
		finding_say(f, "; at this pace %s %s",
			    limit ? "the memory limit is reached in" : "the host's memory lasts",
			    units_format_age(span, room / per_min * 60));
}

static void say_growing(const struct scene *s, const struct growing *g)
{
	struct found w = { .n = g->n, .of = g->of, .any = g->any };
	struct finding *f = finding_add(s->snap, FINDING_GROWTH, &w);
	struct measure rate = measure_make(g->per_min, UNKNOWN, g->own.label != LABEL_EXACT);
	char workers[48];
	const char *each = g->n == 1 ? "" : " each";

	finding_value(f, rate, "bytes/min");
	finding_say(f, "memory that was never shared only grows in %s: %s",
		    g->role == ROLE_MASTER ? "the master" : format_workers(workers, &w),
		    label_words(rate.label));
	say_pace(f, g->per_min / (figure)g->n, g->seen_s, each);
	finding_say(f, ", to ");
	finding_say_size(f, measure_times(g->own, 1 / (figure)g->n));
	finding_say(
		f,
		"%s: a leak, or a cache that still fills; unlike copies, which end where all is copied, it "
		"has no ceiling",
		each);
	say_room(f, &s->snap->facts->host, g->per_min);
}

/* A worker in the order of their ages. */
struct aged {
	figure age_s, own;
};

static int by_age(const void *a, const void *b)
{
	const struct aged *x = a, *y = b;

	return (x->age_s > y->age_s) - (x->age_s < y->age_s);
}

/* Bytes a second; unknown where memory does not go with age. */
static figure slope_by_age(const struct aged *w, size_t n)
{
	figure gained, slope, one;
	size_t i, ages = 1;

	if (n < AGES_LEAST || w[n - 1].age_s < AGE_TIMES * w[0].age_s)
		return UNKNOWN;
	gained = w[n - 1].own - w[0].own;
	slope = gained / (w[n - 1].age_s - w[0].age_s);
	if (!(gained >= GAIN_LEAST && gained >= w[0].own))
		return UNKNOWN;
	for (i = 1; i < n; i++) {
		/* Those of one age tell nothing about it. */
		if (w[i].age_s - w[i - 1].age_s < w[n - 1].age_s / (figure)(4 * n))
			continue;
		ages++;
		one = (w[i].own - w[i - 1].own) / (w[i].age_s - w[i - 1].age_s);
		if (!(one >= slope / SLOPE_TIMES && one <= slope * SLOPE_TIMES))
			return UNKNOWN;
	}
	return ages >= AGES_LEAST ? slope : UNKNOWN;
}

/* What one look can tell: the older a worker is, the more it has made. */
static void find_by_age(const struct scene *s)
{
	cleanup_free struct aged *w = xcalloc(s->snap->nprocs + 1, sizeof(*w));
	const struct proc_snapshot *p;
	char least[16], most[16], young[16], old[16];
	struct finding *f;
	figure slope;
	size_t n = 0;

	for (p = s->snap->procs; p < s->snap->procs + s->snap->nprocs; p++) {
		if (p->role == ROLE_WORKER && known(new_bytes(s, p)) && p->figures.age_s >= AGE_LEAST)
			w[n++] = (struct aged){ p->figures.age_s, new_bytes(s, p) };
	}
	qsort(w, n, sizeof(*w), by_age);
	slope = slope_by_age(w, n);
	if (!known(slope))
		return;
	f = finding_add(s->snap, FINDING_GROWTH, NULL);
	finding_value(f, measure_make(slope * 60 * (figure)n, UNKNOWN, true), "bytes/min");
	finding_say(f,
		    "the older a worker is, the more memory that was never shared it has: %s at %s, %s at "
		    "%s, about ",
		    units_format_size(least, w[0].own), units_format_age(young, w[0].age_s),
		    units_format_size(most, w[n - 1].own), units_format_age(old, w[n - 1].age_s));
	say_rate(f, slope * 60);
	finding_say(f, ": a leak, or a cache that still fills; a longer watch tells");
}

void find_growth(const struct scene *s)
{
	struct growing g = growing_of(s, ROLE_WORKER), master = growing_of(s, ROLE_MASTER);
	const struct proc_snapshot *p;

	if (master.n)
		say_growing(s, &master);
	if (g.n) {
		say_growing(s, &g);
		return;
	}
	/* Who was watched long enough, and does not grow, has no such finding. */
	for (p = s->snap->procs; p < s->snap->procs + s->snap->nprocs; p++) {
		if (p->role == ROLE_WORKER && growth_is_told(&finding_past(s, p)->kept->new))
			return;
	}
	find_by_age(s);
}
