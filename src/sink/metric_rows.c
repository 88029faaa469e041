#include "sink/metric_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include "base/alloc.h"
#include "base/clock.h"
#include "model/field.h"
#include "model/gc.h"

struct rows {
	const struct metric_writer *to;
	const struct metric_set *set;
	const struct metric *metric;      /* the family */
	struct metric_subject **subjects; /* of each pool */
	size_t *nsubjects;
};

static const struct metric_label none[] = { { 0 } };

/* `p`, `labels`: as of a writer. */
static void add(struct rows *o, const struct metric_pool *p, const struct metric_label *labels, figure value)
{
	if (known(value))
		o->to->add(o->to->data, p, labels, value);
}

static void one(struct rows *o, const struct metric_pool *p, figure value)
{
	add(o, p, (struct metric_label[]){ { "pool", p->name }, { 0 } }, value);
}

static void kind(struct rows *o, const struct metric_pool *p, const char *name, const char *of, figure value)
{
	add(o, p, (struct metric_label[]){ { "pool", p->name }, { name, of }, { 0 } }, value);
}

/* ---- of a pool that was looked at */

static void pool_info(struct rows *o, const struct metric_pool *p)
{
	const struct gc_facts *gc = p->snap->nprocs ? &p->snap->procs[0].facts->gc : NULL;

	add(o, p,
	    (struct metric_label[]){ { "pool", p->name },
				     { "runtime", gc ? runtime_name(gc->runtime) : NULL },
				     { "version", gc ? gc->version : NULL },
				     { "unit", p->unit },
				     { "cgroup", p->cgroup },
				     { "container", p->container },
				     { 0 } },
	    1);
}

static void findings(struct rows *o, const struct metric_pool *p)
{
	for (int k = 0; k < FINDING_KINDS; k++) {
		size_t i = 0;

		while (i < p->snap->nfindings && (int)p->snap->findings[i].kind != k)
			i++;
		if (i < p->snap->nfindings)
			kind(o, p, "kind", finding_kind_name((enum finding_kind)k), 1);
	}
}

static const char *const generations[GC_GENERATIONS] = { "0", "1", "2" };

/* `label`: one more, or NULL. */
static void counts(struct rows *o, const struct metric_pool *p, enum metric_count c, figure times,
		   const char *label, const char *of)
{
	for (int role = 0; role < METRIC_ROLES; role++)
		add(o, p,
		    (struct metric_label[]){ { "pool", p->name },
					     { "role", role_name((enum role)role) },
					     { label, of },
					     { 0 } },
		    p->counts->sums[role][c] * times);
}

/* Unknown where there are only bounds. */
static void causes(struct rows *o, const struct metric_pool *p)
{
	const struct why *w = p->snap->why;

	for (int c = 0; w && c < WHY_CAUSES; c++)
		kind(o, p, "cause", why_cause_names[c], w->causes[c].pages * w->page_size);
}

static void events(struct rows *o, const struct metric_pool *p)
{
	for (int t = 0; t < EVENT_TYPES; t++)
		if (!(p->snap->untold_events & 1U << t))
			kind(o, p, "type", event_type_name((enum event_type)t), p->counts->events[t]);
}

static void pool_rows(struct rows *o, const struct metric_pool *p)
{
	const struct sample *f = p->snap->facts;
	figure page = (figure)f->host.page_size;

	switch (o->metric->source) {
	case METRIC_POOL:
		one(o, p, field_get(field_at(o->metric->offset), &p->snap->pool));
		break;
	case METRIC_POOL_INFO:
		pool_info(o, p);
		break;
	case METRIC_LEVEL:
		kind(o, p, "level", level_name(p->snap->level), 1);
		break;
	case METRIC_EXACTNESS:
		if (exactness_name(p->snap->exactness))
			kind(o, p, "exactness", exactness_name(p->snap->exactness), 1);
		break;
	case METRIC_FINDING:
		findings(o, p);
		break;
	case METRIC_COLLECTIONS:
		for (int g = 0; g < GC_GENERATIONS; g++)
			counts(o, p, (enum metric_count)(COUNT_COLLECTIONS + g), 1, "generation",
			       generations[g]);
		break;
	case METRIC_FAULTS:
		counts(o, p, COUNT_MINOR, 1, "type", "minor");
		counts(o, p, COUNT_MAJOR, 1, "type", "major");
		break;
	case METRIC_CAUSE:
		causes(o, p);
		break;
	case METRIC_COW:
		counts(o, p, COUNT_COW, page, NULL, NULL);
		break;
	case METRIC_COLLAPSED:
		counts(o, p, COUNT_COLLAPSED, page, NULL, NULL);
		break;
	case METRIC_NEW:
		counts(o, p, COUNT_NEW, page, NULL, NULL);
		break;
	case METRIC_FULL:
		one(o, p, p->counts->full);
		break;
	case METRIC_FULL_COW:
		one(o, p, p->counts->full_bytes);
		break;
	case METRIC_EVENTS:
		events(o, p);
		break;
	case METRIC_TIME:
		one(o, p, (figure)f->time_ns / SECOND);
		break;
	case METRIC_COST:
		one(o, p, (figure)f->cost_ns / SECOND);
		break;
	case METRIC_DEFERRED:
		one(o, p, (figure)p->snap->deferred);
		break;
	case METRIC_CGROUP_LIMIT:
		one(o, p, figure_of(f->host.cgroup_limit_bytes));
		break;
	case METRIC_CGROUP_USED:
		one(o, p, figure_of(f->host.cgroup_used_bytes));
		break;
	default:
		break;
	}
}

/* ---- of its processes */

/* With one more label, or NULL. */
static void process_add(struct rows *o, const struct metric_pool *p, const struct metric_subject *s,
			const char *label, const char *of, figure value)
{
	char slot[16] = "";

	if (s->slot)
		snprintf(slot, sizeof(slot), "%d", s->slot);
	add(o, p,
	    (struct metric_label[]){ { "pool", p->name },
				     { "role", role_name(s->role) },
				     { "worker", slot },
				     { label, of },
				     { 0 } },
	    value);
}

static void process_rows(struct rows *o, const struct metric_pool *p, const struct metric_subject *s)
{
	if (o->metric->source == METRIC_PROCESS)
		process_add(o, p, s, NULL, NULL, field_get(field_at(o->metric->offset), &s->f));
	for (int i = 0; o->metric->source == METRIC_STATES && i < METRIC_STATES_ALL; i++)
		process_add(o, p, s, "state", metric_state_names[i], s->states[i]);
	for (int i = 0; o->metric->source == METRIC_THRESHOLDS && i < GC_GENERATIONS; i++)
		process_add(o, p, s, "generation", generations[i], s->thresholds[i]);
}

/* ---- of the exporter and its host */

static figure number_of(const struct metric_set *s, enum metric_source source)
{
	size_t grouped = 0, left_out = 0;

	for (size_t i = 0; i < s->n; i++) {
		grouped += s->pools[i].grouped && !s->pools[i].left_out;
		left_out += s->pools[i].left_out;
	}
	if (source == METRIC_EXPORT_GROUPED)
		return (figure)grouped;
	return (figure)(source == METRIC_EXPORT_LEFT_OUT ? left_out : s->n - left_out);
}

static void host_row(struct rows *o)
{
	const struct metric_set *s = o->set;

	for (size_t i = 0; i < s->n; i++) {
		const struct host_sample *h = s->pools[i].snap ? &s->pools[i].snap->facts->host : NULL;

		if (!h || !s->pools[i].up)
			continue;
		add(o, NULL, none,
		    figure_of(o->metric->source == METRIC_HOST_MEMORY ? h->memory_bytes :
									h->available_bytes));
		return;
	}
}

static void own_row(struct rows *o)
{
	const struct metric_set *s = o->set;

	switch (o->metric->source) {
	case METRIC_BUILD:
		add(o, NULL, (struct metric_label[]){ { "version", COWTOP_VERSION }, { 0 } }, 1);
		break;
	case METRIC_HOST_MEMORY:
	case METRIC_HOST_AVAILABLE:
		host_row(o);
		break;
	case METRIC_EXPORT_CPU:
		add(o, NULL, none, s->cpu_s);
		break;
	case METRIC_EXPORT_SAMPLES:
		add(o, NULL, none, s->samples);
		break;
	case METRIC_EXPORT_DURATION:
		add(o, NULL, none, s->duration_s);
		break;
	case METRIC_EXPORT_POOLS:
	case METRIC_EXPORT_GROUPED:
	case METRIC_EXPORT_LEFT_OUT:
		add(o, NULL, none, number_of(s, o->metric->source));
		break;
	case METRIC_EXPORT_MISSING:
		add(o, NULL, none, (figure)s->missing);
		break;
	default:
		break;
	}
}

static void family(struct rows *o)
{
	const struct metric_set *s = o->set;

	own_row(o);
	for (size_t i = 0; i < s->n; i++) {
		const struct metric_pool *p = &s->pools[i];

		if (p->left_out)
			continue;
		if (o->metric->source == METRIC_UP)
			one(o, p, p->up);
		if (p->snap)
			pool_rows(o, p);
		for (size_t k = 0; k < o->nsubjects[i]; k++)
			process_rows(o, p, &o->subjects[i][k]);
	}
}

void metric_rows(const struct metric_set *s, const struct metric_writer *w)
{
	struct rows o = {
		.to = w,
		.set = s,
		.subjects = xcalloc(s->n + 1, sizeof(*o.subjects)),
		.nsubjects = xcalloc(s->n + 1, sizeof(*o.nsubjects)),
	};

	for (size_t i = 0; i < s->n; i++)
		o.nsubjects[i] = metric_subjects(&s->pools[i], &o.subjects[i]);
	for (size_t i = 0; i < nmetrics; i++) {
		o.metric = &metrics[i];
		w->family(w->data, o.metric);
		family(&o);
	}
	for (size_t i = 0; i < s->n; i++)
		free(o.subjects[i]);
	free(o.subjects);
	free(o.nsubjects);
}
