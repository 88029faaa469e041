#include "model/metric_counts.h"

#include <stdlib.h>
#include "base/alloc.h"

struct metric_counted {
	pid_t pid;
	uint64_t start_ticks;
	figure last[COUNTS]; /* unknown: never known, and it was there at the first sample */
};

void metric_counts_init(struct metric_counts *c)
{
	*c = (struct metric_counts){ .full = UNKNOWN, .full_bytes = UNKNOWN };
	for (size_t i = 0; i < METRIC_ROLES; i++)
		for (size_t k = 0; k < COUNTS; k++)
			c->sums[i][k] = UNKNOWN;
}

void metric_counts_release(struct metric_counts *c)
{
	free(c->items);
	c->items = NULL;
	c->n = 0;
}

static void add(figure *to, figure more)
{
	if (known(more))
		*to = known(*to) ? *to + more : more;
}

static fact collections(const struct proc_sample *p, size_t generation)
{
	const struct gc_state *gc = gc_main(&p->gc);

	return gc ? gc->collections[generation] : ABSENT;
}

/* A fork begins with the collections of its base. */
static figure inherited(const struct sample *s, const struct proc_sample *p, size_t generation)
{
	const struct proc_sample *base = p->base_pid ? sample_find(s, p->base_pid) : NULL;

	return base ? figure_of(collections(base, generation)) : UNKNOWN;
}

static struct metric_counted counted_before(const struct metric_counts *c, const struct sample *s,
					    const struct proc_sample *p)
{
	struct metric_counted ret = { .pid = p->pid, .start_ticks = p->start_ticks };

	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].pid == p->pid && c->items[i].start_ticks == p->start_ticks)
			return c->items[i];
	for (size_t k = 0; k < COUNTS; k++)
		ret.last[k] = c->begun ? 0 : UNKNOWN;
	for (size_t k = 0; k < GC_GENERATIONS && c->begun; k++)
		ret.last[COUNT_COLLECTIONS + k] = inherited(s, p, k);
	return ret;
}

/* A counter that fell has begun anew (a walk that began again): nothing is added. */
static void count(figure *sum, figure *last, figure now)
{
	if (!known(now))
		return;
	add(sum, known(*last) && now > *last ? now - *last : 0);
	*last = now;
}

static void count_process(struct metric_counts *c, const struct proc_snapshot *p, struct metric_counted *m)
{
	const struct proc_sample *f = p->facts;
	fact now[COUNTS] = {
		[COUNT_MINOR] = f->minflt,   [COUNT_MAJOR] = f->majflt,
		[COUNT_COW] = f->growth.cow, [COUNT_COLLAPSED] = f->growth.collapsed,
		[COUNT_NEW] = f->growth.new,
	};

	for (size_t k = 0; k < GC_GENERATIONS; k++)
		now[COUNT_COLLECTIONS + k] = collections(f, k);
	for (size_t k = 0; k < COUNTS; k++)
		count(&c->sums[p->role][k], &m->last[k], figure_of(now[k]));
	if (p->role != ROLE_WORKER)
		return;
	add(&c->full, figure_of(p->full));
	if (p->full != ABSENT && p->full > 0)
		add(&c->full_bytes, p->full_bytes);
	else if (p->full == 0)
		add(&c->full_bytes, 0);
}

void metric_counts_next(struct metric_counts *c, const struct snapshot *s)
{
	struct metric_counted *next = xcalloc(s->nprocs + 1, sizeof(*next));
	size_t n = 0;

	if (!c->begun)
		c->start_ns = s->facts->time_ns;
	for (size_t i = 0; i < s->nprocs; i++) {
		if (!s->procs[i].facts->forked)
			continue;
		next[n] = counted_before(c, s->facts, s->procs[i].facts);
		count_process(c, &s->procs[i], &next[n++]);
	}
	for (size_t i = 0; i < s->nevents; i++)
		c->events[s->events[i].type]++;
	free(c->items);
	c->items = next;
	c->n = n;
	c->begun = true;
}
