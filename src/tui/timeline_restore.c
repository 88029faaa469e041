#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/clock.h"
#include "tui/timeline_frame.h"

static void *copy_of(const void *items, size_t n, size_t size)
{
	return n ? memcpy(xcalloc(n, size), items, n * size) : NULL;
}

struct gc_group *gc_groups_copy(const struct gc_group *groups, size_t n)
{
	struct gc_group *to = copy_of(groups, n, sizeof(*groups));
	size_t i;

	for (i = 0; i < n; i++)
		to[i].pids = copy_of(groups[i].pids, groups[i].npids, sizeof(*to[i].pids));
	return to;
}

void gc_groups_free(struct gc_group *groups, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(groups[i].pids);
	free(groups);
}

struct finding *findings_copy(const struct finding *findings, size_t n)
{
	return copy_of(findings, n, sizeof(*findings));
}

static void restore_process(const struct timeline *t, const struct frame *f,
			    const struct packed_process *from, struct proc_sample *facts,
			    struct proc_snapshot *to)
{
	const struct identity *who = &t->who[from->identity];

	proc_sample_init(facts);
	facts->pid = who->key.pid;
	facts->start_ticks = who->key.start_ticks;
	facts->ppid = who->ppid;
	facts->base_pid = who->base_pid;
	facts->same_mm_pid = who->same_mm_pid;
	facts->start_ns = who->start_ns;
	facts->uid = who->uid;
	facts->user = xstrdup(who->user);
	facts->comm = xstrdup(who->comm);
	facts->cmdline = xstrdup(who->cmdline);
	process_unpack(from, (figure)f->host.page_size, facts, to);
	to->lower.age_s = to->figures.age_s = fmax(0, (figure)(f->instant.time_ns - who->start_ns) / SECOND);
}

void timeline_restore(const struct timeline *t, uint64_t number, struct replica *ret)
{
	const struct frame *f = timeline_frame(t, number);
	struct sample *s = &ret->sample;
	struct snapshot *snap = &ret->snap;
	size_t i;

	*ret = (struct replica){ 0 };
	if (!f)
		return;
	sample_init(s);
	s->time_ns = f->instant.time_ns;
	s->mono_ns = f->instant.mono_ns;
	s->host = f->host;
	s->cost_ns = f->cost_ns;
	s->walked = f->walked;
	s->skipped = f->skipped;
	s->budget_ppm = f->budget_ppm;
	s->master_pid = f->master_pid;
	s->leader_pid = f->leader_pid;
	s->kinship = f->kinship;
	s->nprocs = snap->nprocs = f->n;
	s->procs = xcalloc(f->n, sizeof(*s->procs));
	snap->facts = s;
	snap->elapsed_s = f->elapsed_s;
	snap->own_cpu = f->own_cpu;
	snap->deferred = f->deferred;
	snap->level = f->level;
	snap->exactness = f->exactness;
	snap->forked = f->forked;
	memcpy(snap->command, f->command, sizeof(snap->command));
	snap->pool = f->instant.pool;
	snap->least = f->least;
	snap->estimated = f->estimated;
	snap->estimated_all = f->estimated_all;
	snap->doubts = f->doubts;
	snap->procs = xcalloc(f->n, sizeof(*snap->procs));
	for (i = 0; i < f->n; i++)
		restore_process(t, f, &f->procs[i], &s->procs[i], &snap->procs[i]);
	snap->gc_groups = gc_groups_copy(f->groups, f->ngroups);
	snap->ngc_groups = f->ngroups;
	snap->findings = findings_copy(f->findings, f->nfindings);
	snap->nfindings = f->nfindings;
}

void replica_release(struct replica *r)
{
	snapshot_release(&r->snap);
	sample_release(&r->sample);
	*r = (struct replica){ 0 };
}

/* Is this process in the frame? `near`: its index in the frame before, where it mostly is. */
static bool has(const struct frame *f, size_t near, uint32_t identity)
{
	size_t i;

	if (near < f->n && f->procs[near].identity == identity)
		return true;
	for (i = 0; i < f->n; i++) {
		if (f->procs[i].identity == identity)
			return true;
	}
	return false;
}

static bool listed(const struct gone *g, struct proc_key key)
{
	size_t i;

	for (i = 0; i < g->nprocs; i++) {
		if (g->sample.procs[i].pid == key.pid && g->sample.procs[i].start_ticks == key.start_ticks)
			return true;
	}
	return false;
}

static void add_gone(const struct timeline *t, const struct frame *f, const struct packed_process *p,
		     struct gone *ret)
{
	size_t n = ret->nprocs++;

	ret->sample.procs = xreallocarray(ret->sample.procs, n + 1, sizeof(*ret->sample.procs));
	ret->procs = xreallocarray(ret->procs, n + 1, sizeof(*ret->procs));
	ret->sample.nprocs = n + 1;
	restore_process(t, f, p, &ret->sample.procs[n], &ret->procs[n]);
}

void timeline_gone(const struct timeline *t, uint64_t number, uint64_t within, struct gone *ret)
{
	const struct frame *now = timeline_frame(t, number), *f = now;
	uint64_t before;
	size_t i;

	*ret = (struct gone){ 0 };
	for (before = number - 1; f && number - before <= within; before--) {
		f = timeline_frame(t, before);
		for (i = 0; f && i < f->n; i++) {
			if (f->procs[i].role == ROLE_WORKER && !has(now, i, f->procs[i].identity) &&
			    !listed(ret, t->who[f->procs[i].identity].key))
				add_gone(t, f, &f->procs[i], ret);
		}
	}
	/* The array has stopped moving. */
	for (i = 0; i < ret->nprocs; i++)
		ret->procs[i].facts = &ret->sample.procs[i];
}

void gone_release(struct gone *g)
{
	sample_release(&g->sample);
	free(g->procs);
	*g = (struct gone){ 0 };
}
