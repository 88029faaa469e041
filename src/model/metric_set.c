#include "model/metric_set.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "model/field.h"
#include "model/metric.h"

/* What a pool has of its own, and what each process or group of it has, at the most. */
#define POOL_SERIES 85
#define SUBJECT_SERIES 20

const char *const metric_state_names[] = {
	[STATE_SHARED] = "shared",   [STATE_ORPHANED] = "orphaned",
	[STATE_COPIED] = "copied",   [STATE_FILE_COPIED] = "file_copied",
	[STATE_NEW] = "new",         [STATE_FILE] = "file",
	[STATE_PRIVATE] = "private", [STATE_UNACCOUNTED] = "unaccounted",
};

/* ---- bounds */

static size_t workers_of(const struct metric_pool *p)
{
	size_t n = 0;

	for (size_t i = 0; p->snap && i < p->snap->nprocs; i++)
		n += p->snap->procs[i].role == ROLE_WORKER;
	return n;
}

static size_t series_of(const struct metric_pool *p)
{
	return POOL_SERIES + SUBJECT_SERIES * (2 + (p->grouped ? 1 : workers_of(p)));
}

static struct metric_pool *largest(struct metric_set *s)
{
	struct metric_pool *ret = NULL;
	size_t most = 1;

	for (size_t i = 0; i < s->n; i++) {
		size_t n = s->pools[i].grouped ? 0 : workers_of(&s->pools[i]);

		if (n > most) {
			most = n;
			ret = &s->pools[i];
		}
	}
	return ret;
}

void metric_set_bound(struct metric_set *s, size_t most)
{
	struct metric_pool *p;
	size_t sum = 0, i;

	for (i = 0; i < s->n; i++) {
		s->pools[i].grouped = s->pools[i].left_out = false;
		sum += series_of(&s->pools[i]);
	}
	while (sum > most && (p = largest(s))) {
		sum -= series_of(p);
		p->grouped = true;
		sum += series_of(p);
	}
	for (i = s->n; i > 0 && sum > most; i--) {
		s->pools[i - 1].left_out = true;
		sum -= series_of(&s->pools[i - 1]);
	}
}

/* ---- subjects */

static void states_of(const struct proc_snapshot *p, figure page_size, figure out[METRIC_STATES_ALL])
{
	const struct page_figures *g = &p->figures.pages;
	figure sum = (g->shared + g->orphaned + g->cow_broken + g->cow_file + g->new + g->file) * page_size;

	for (size_t i = 0; i < METRIC_STATES_ALL; i++)
		out[i] = UNKNOWN;
	if (known(sum)) {
		out[STATE_SHARED] = g->shared * page_size;
		out[STATE_ORPHANED] = g->orphaned * page_size;
		out[STATE_COPIED] = g->cow_broken * page_size;
		out[STATE_FILE_COPIED] = g->cow_file * page_size;
		out[STATE_NEW] = g->new *page_size;
		out[STATE_FILE] = g->file * page_size;
	} else if (p->facts->level == LEVEL_ROLLUP) {
		out[STATE_SHARED] = p->figures.shared_bytes;
		out[STATE_PRIVATE] = p->figures.private_bytes;
		sum = out[STATE_SHARED] + out[STATE_PRIVATE];
	}
	out[STATE_UNACCOUNTED] = p->figures.memory.rss - sum;
}

static void subject_of(const struct snapshot *s, const struct proc_snapshot *p, struct metric_subject *ret)
{
	const struct gc_state *gc = gc_main(&p->facts->gc);

	*ret = (struct metric_subject){ .role = p->role, .slot = p->slot, .n = 1, .f = p->figures };
	states_of(p, (figure)s->facts->host.page_size, ret->states);
	for (size_t i = 0; i < GC_GENERATIONS; i++)
		ret->thresholds[i] = gc ? figure_of(gc->thresholds[i]) : UNKNOWN;
}

/* The mean of those that are known: `n` of them are in it. */
static figure mean(figure before, size_t n, figure more)
{
	if (!known(before) || !known(more))
		return known(before) ? before : more;
	return (before * (figure)n + more) / (figure)(n + 1);
}

static figure *at(struct figures *f, size_t offset)
{
	return (figure *)((char *)f + offset);
}

static void subject_join(struct metric_subject *to, struct metric_subject *more)
{
	for (size_t i = 0; i < nmetrics; i++) {
		const struct metric *m = &metrics[i];
		figure *sum, add;

		if (m->source != METRIC_PROCESS)
			continue;
		sum = at(&to->f, m->offset);
		add = *at(&more->f, m->offset);
		switch (field_at(m->offset)->unit) {
		case UNIT_BYTES:
			*sum += add;
			break;
		case UNIT_SECONDS:
			*sum = known(add) && !(*sum > add) ? add : *sum;
			break;
		default:
			*sum = mean(*sum, to->n, add);
		}
	}
	for (size_t i = 0; i < METRIC_STATES_ALL; i++)
		to->states[i] += more->states[i];
	for (size_t i = 0; i < GC_GENERATIONS; i++)
		to->thresholds[i] = mean(to->thresholds[i], to->n, more->thresholds[i]);
	to->n++;
}

size_t metric_subjects(const struct metric_pool *p, struct metric_subject **ret)
{
	const struct snapshot *s = p->snap;
	struct metric_subject *all = xcalloc((s ? s->nprocs : 0) + 1, sizeof(*all)), one;
	struct metric_subject *group[METRIC_ROLES] = { NULL };
	size_t n = 0;

	for (size_t i = 0; s && i < s->nprocs; i++) {
		const struct proc_snapshot *proc = &s->procs[i];
		bool alone = proc->role == ROLE_MASTER || (proc->role == ROLE_WORKER && !p->grouped);

		if (!holds_pages(proc->facts))
			continue;
		subject_of(s, proc, &one);
		if (!alone && group[proc->role]) {
			subject_join(group[proc->role], &one);
			continue;
		}
		all[n] = one;
		if (!alone) {
			all[n].slot = 0;
			group[proc->role] = &all[n];
		}
		n++;
	}
	*ret = all;
	return n;
}
