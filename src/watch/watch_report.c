#include "watch/watch_state.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "sys/called.h"
#include "sys/patience.h"

/*
 * ---- exact counts
 *
 * An event counts all that its root covers: a thread and everything that it started. That belongs to
 * the only one, or to each by its samples. Each thread that inherits the event begins a period of its
 * own, so what was counted beyond the samples was broken by those that began or ended meanwhile, or
 * are at work: it is theirs in equal parts. So the count of a root, and of the pool, is exact at any
 * time and period; that of a process is if it was there when the watch began and nobody was forked
 * from it, or if every copy is sampled.
 */

struct sharing {
	uint64_t copies, lost; /* of the root */
	uint64_t period;
	uint64_t samples, takers, sharers;
	bool apportioned;
	uint64_t sampled, taken; /* up to and with this view */
	uint64_t given, given_lost;
};

/* Calls `each` for all views of one root. */
static void for_views(struct watch *w, uint32_t root,
		      void (*each)(const struct watch_thread *t, struct watch_view *v, struct sharing *s),
		      struct sharing *s)
{
	size_t i, j;

	for (i = 0; i < w->threads.nthreads; i++) {
		struct watch_thread *t = w->threads.threads[i];

		for (j = 0; j < t->nviews; j++)
			if (t->views[j].root == root)
				each(t, &t->views[j], s);
	}
}

static bool takes(const struct watch_thread *t, const struct watch_view *v)
{
	return v->samples || t->ended || !v->old;
}

static void add_view(const struct watch_thread *t, struct watch_view *v, struct sharing *s)
{
	v->copies = 0;
	s->samples += v->samples;
	s->takers += takes(t, v);
	s->sharers++;
}

/* What belongs to all views up to this one: rounded once, so that the sum is right. */
static uint64_t share(uint64_t whole, uint64_t part, uint64_t all)
{
	return (uint64_t)((double)whole * (double)part / (double)all + 0.5);
}

static void take_share(const struct watch_thread *t, struct watch_view *v, struct sharing *s)
{
	uint64_t sure = (s->samples + s->lost) * s->period, until = 0;

	if (!s->samples)
		sure = 0;
	if (sure > s->copies)
		sure = s->copies;
	s->sampled += v->samples;
	s->taken += !s->takers || takes(t, v);
	if (s->samples)
		until = share(sure, s->sampled, s->samples);
	until += share(s->copies - sure, s->taken, s->takers ? s->takers : s->sharers);
	v->copies = until - s->given;
	v->apportioned = s->apportioned;
	s->given = until;
}

static void take_lost(const struct watch_thread *t, struct watch_view *v, struct sharing *s)
{
	uint64_t until;

	s->sampled += v->samples;
	s->taken++;
	until = s->samples ? share(s->lost, s->sampled, s->samples) : share(s->lost, s->taken, s->sharers);
	v->lost = until - s->given_lost;
	s->given_lost = until;
}

/* Returns how many records were lost. */
static uint64_t share_root(struct watch *w, uint32_t root)
{
	struct watch_root *r = &w->events.roots[root];
	struct sharing s = { .period = w->setup.period };
	uint64_t counted, lost;

	if (watch_events_count(&w->events, root, &counted, &lost) < 0)
		return 0;
	for_views(w, root, add_view, &s);
	if (!s.sharers)
		return 0; /* whose, the next take may tell */
	s.copies = counted - r->counted;
	s.lost = lost - r->lost;
	s.apportioned = s.sharers > 1 && (s.period > 1 || s.lost);
	r->counted = counted;
	r->lost = lost;
	for_views(w, root, take_share, &s);
	s.sampled = s.taken = 0;
	/* Where the kernel counts what is lost (Linux 6.0), the rings' records say it again, and late:
	 * with the next sample that fits. */
	if (lost)
		for_views(w, root, take_lost, &s);
	return s.lost;
}

/* Its copies go into the row; other allocations that the kernel counted are known by samples. */
static void add_thread(struct watch *w, const struct watch_thread *t, struct stack_process *row)
{
	const struct watch_view *v = watch_view_best(t);

	if (!v)
		return;
	row->lost += v->lost;
	if (w->events.method == STACKS_SOFTWARE || t->member->execed) {
		row->copies = ABSENT;
		return;
	}
	row->apportioned |= v->apportioned;
	row->copies += v->copies > v->other ? (fact)(v->copies - v->other) : 0;
}

static fact faults_of(struct watch *w, struct watch_member *m)
{
	struct proc_stat st;
	uint64_t before = m->minflt;

	if (watch_member_gone(m) || procfs_stat(w->fs, m->pid, &st) < 0 ||
	    (m->start_ticks && st.start_ticks != m->start_ticks) || st.minflt < before)
		return ABSENT;
	m->minflt = st.minflt;
	m->minflt_known = true;
	return (fact)(st.minflt - before);
}

/* ---- rows */

static bool is_reported(const struct watch_tally *y)
{
	const struct watch_view *best = watch_view_best(y->thread);

	return best && best->root == y->root;
}

/* Who gets a row: all that are alive, and whoever was seen to break a page. */
static void choose_rows(struct watch *w)
{
	size_t i;

	for (i = 0; i < w->threads.nmembers; i++) {
		struct watch_member *m = w->threads.members[i];

		m->shown = !m->execed;
	}
	for (i = 0; i < w->threads.ntallies; i++)
		if (is_reported(&w->threads.tallies[i]))
			w->threads.tallies[i].thread->member->shown = true;
}

static int master_first(const void *a, const void *b)
{
	const struct watch_member *x = *(struct watch_member *const *)a;
	const struct watch_member *y = *(struct watch_member *const *)b;

	if (x->master != y->master)
		return y->master - x->master;
	if (x->start_ticks != y->start_ticks)
		return x->start_ticks < y->start_ticks ? -1 : 1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

/* Of one that is gone: what another one of its name is called, as its siblings have the same title. */
static char *called(const struct watch *w, const struct watch_member *m)
{
	for (size_t i = 0; i < w->threads.nmembers && watch_member_gone(m); i++) {
		const struct watch_member *other = w->threads.members[i];

		if (!watch_member_gone(other) && !other->execed && !strcmp(other->comm, m->comm))
			return procfs_called(w->fs, other->pid, m->comm);
	}
	return watch_member_gone(m) ? xstrdup(m->comm) : procfs_called(w->fs, m->pid, m->comm);
}

static void add_rows(struct watch *w, struct stacks *s)
{
	size_t n = w->threads.nmembers, i;
	cleanup_free struct watch_member **sorted = xcalloc(n + 1, sizeof(struct watch_member *));

	if (n)
		memcpy(sorted, w->threads.members, n * sizeof(struct watch_member *));
	qsort(sorted, n, sizeof(struct watch_member *), master_first);
	s->processes = xcalloc(n + 1, sizeof(*s->processes));
	for (i = 0; i < n; i++) {
		struct watch_member *m = sorted[i];

		if (!m->shown)
			continue;
		m->row = (uint32_t)s->nprocesses;
		s->processes[s->nprocesses++] = (struct stack_process){
			.pid = m->pid,
			.start_ticks = m->start_ticks,
			.parent = m->parent,
			.comm = called(w, m),
			.master = m->master,
			.faults = faults_of(w, m),
		};
		s->master_covered |= m->master;
	}
	for (i = 0; i < w->threads.nthreads; i++)
		if (w->threads.threads[i]->member->shown)
			add_thread(w, w->threads.threads[i],
				   &s->processes[w->threads.threads[i]->member->row]);
	for (i = 0; i < s->nprocesses; i++)
		s->lost += s->processes[i].lost;
}

/* ---- counts, and the traces and functions that they need */

static int by_process_and_trace(const void *a, const void *b)
{
	const struct stack_count *x = a, *y = b;

	if (x->process != y->process)
		return x->process < y->process ? -1 : 1;
	return (x->trace > y->trace) - (x->trace < y->trace);
}

/* Threads of one process that broke pages in the same way are one. */
static void merge_counts(struct stacks *s)
{
	size_t kept = 0, i;
	int e;

	qsort(s->counts, s->ncounts, sizeof(*s->counts), by_process_and_trace);
	for (i = 0; i < s->ncounts; i++) {
		if (!kept || by_process_and_trace(&s->counts[kept - 1], &s->counts[i])) {
			s->counts[kept++] = s->counts[i];
			continue;
		}
		for (e = 0; e < PAGE_EVENTS; e++)
			s->counts[kept - 1].samples[e] += s->counts[i].samples[e];
	}
	s->ncounts = kept;
}

static void add_counts(struct watch *w, struct stacks *s)
{
	size_t i;

	s->counts = xcalloc(w->threads.ntallies + 1, sizeof(*s->counts));
	for (i = 0; i < w->threads.ntallies; i++) {
		const struct watch_tally *y = &w->threads.tallies[i];
		struct stack_count *c = &s->counts[s->ncounts];

		if (!is_reported(y))
			continue;
		c->process = y->thread->member->row;
		c->trace = y->trace;
		memcpy(c->samples, y->samples, sizeof(c->samples));
		s->ncounts++;
	}
	merge_counts(s);
}

#define NEW UINT32_MAX

static uint32_t copy_function(const struct stacks *all, uint32_t i, struct stacks *s, uint32_t *map)
{
	struct stack_function *f;

	if (map[i] != NEW)
		return map[i];
	f = &s->functions[s->nfunctions];
	*f = all->functions[i];
	f->object = xstrdup(f->object);
	f->name = f->name ? xstrdup(f->name) : NULL;
	f->symbol = f->symbol ? xstrdup(f->symbol) : NULL;
	f->file = f->file ? xstrdup(f->file) : NULL;
	return map[i] = (uint32_t)s->nfunctions++;
}

static uint32_t copy_trace(const struct stacks *all, uint32_t i, struct stacks *s, uint32_t *traces,
			   uint32_t *functions)
{
	struct stack_trace *t;
	uint32_t k;

	if (traces[i] != NEW)
		return traces[i];
	t = &s->traces[s->ntraces];
	*t = all->traces[i];
	t->frames = xcalloc(t->nframes + 1, sizeof(*t->frames));
	for (k = 0; k < t->nframes; k++)
		t->frames[k] = copy_function(all, all->traces[i].frames[k], s, functions);
	return traces[i] = (uint32_t)s->ntraces++;
}

/* Of all that was ever seen only what this span has, under new numbers. */
static void add_traces(const struct stacks *all, struct stacks *s)
{
	cleanup_free uint32_t *traces = xcalloc(all->ntraces + 1, sizeof(*traces));
	cleanup_free uint32_t *functions = xcalloc(all->nfunctions + 1, sizeof(*functions));
	size_t i;

	memset(traces, 0xff, all->ntraces * sizeof(*traces));
	memset(functions, 0xff, all->nfunctions * sizeof(*functions));
	s->traces = xcalloc(all->ntraces + 1, sizeof(*s->traces));
	s->functions = xcalloc(all->nfunctions + 1, sizeof(*s->functions));
	for (i = 0; i < s->ncounts; i++)
		s->counts[i].trace = copy_trace(all, s->counts[i].trace, s, traces, functions);
}

static void add_gaps(const struct watch *w, struct stacks *s)
{
	struct gap late;
	size_t i;

	for (i = 0; patience_late(i, &late); i++)
		stacks_gap(s, late.what, late.error, late.needs);
	for (i = 0; i < w->all.ngaps; i++)
		stacks_gap(s, w->all.gaps[i].what, w->all.gaps[i].error, w->all.gaps[i].needs);
}

static void reset_views(struct watch *w)
{
	size_t i, j;

	for (i = 0; i < w->threads.nthreads; i++)
		for (j = 0; j < w->threads.threads[i]->nviews; j++) {
			struct watch_view *v = &w->threads.threads[i]->views[j];

			v->samples = v->other = v->lost = 0;
			v->old = true;
		}
}

void watch_report(struct watch *w, struct stacks *ret)
{
	uint64_t lost = 0;
	uint32_t i;
	int64_t now = clock_now();
	struct stacks s = {
		.time_ns = clock_ns(CLOCK_REALTIME),
		.span_ns = now - w->since_ns,
		.method = w->events.method,
		.period = w->setup.count_only ? 0 : w->setup.period,
		.stack_bytes = w->setup.count_only ? 0 : w->setup.stack_bytes,
		.page_size = sysconf(_SC_PAGESIZE),
		.lost = w->lost,
		.unwinds = w->all.unwinds,
		.memo_hits = w->all.memo_hits,
	};

	unwinder_name(w->unwinder);
	for (i = 0; i < w->events.nroots; i++)
		lost += share_root(w, i);
	choose_rows(w);
	add_rows(w, &s);
	/* of nobody who is known */
	if (s.lost < lost)
		s.lost = lost;
	add_counts(w, &s);
	add_traces(&w->all, &s);
	add_gaps(w, &s);
	reset_views(w);
	w->since_ns = now;
	w->lost = 0;
	w->all.unwinds = w->all.memo_hits = 0;
	*ret = s;
}
