#ifndef COWTOP_TESTS_SCENE_H
#define COWTOP_TESTS_SCENE_H

/*
 * Snapshots to be shown: the pool of an ordinary day, and one of which little can be read.
 */
#include "lib/fixture.h"
#include "analysis/analysis.h"

struct scene {
	struct analysis *analysis;
	struct sample s;
	struct snapshot snap;
};

static inline void scene_end(struct scene *c)
{
	snapshot_release(&c->snap);
	sample_release(&c->s);
	analysis_free(c->analysis);
}

static inline void scene_fill_day(struct sample *s, double second, fact pace)
{
	static const fact master[6] = { 25600, 900, 1200, 0, 2100, 3300 };
	static const fact worker[6] = { 21000, 300, 6400, 40, 4100, 1800 };
	static const fact late[6] = { 26800, 0, 812, 36, 230, 1650 };
	struct proc_sample *p;
	pid_t pid;

	fixture_begin(s, second);
	s->footprint_pages = 52000;
	s->walked = 5;
	s->skipped = 1;
	fixture_add(s, 100, -86400, master)->minflt = 40000 + pace / 10;
	for (pid = 101; pid < 104; pid++) {
		p = fixture_add(s, pid, -7200 + pid, worker);
		p->minflt = 9000 * (pid - 100) + pace * (pid - 100);
		p->growth = (struct growth_facts){
			pace / 2 * (pid - 100), pace / 8, pace / 50, pace / 10, pace / 40, 0
		};
		p->collapsed = 212 + pace / 10;
	}
	p = fixture_add(s, 140, -1, late);
	p->exactness = EXACTNESS_UPPER_BOUND;
	p->minflt = 1100 + pace / 3;
	p->growth = (struct growth_facts){ pace / 4, 0, 0, 100, 0, 100 }; /* of which all may be its own */
	p->collapsed = 100;
	fixture_name(fixture_add(s, 104, -7000, late), "uwsgi", "uWSGI spooler");
	p = fixture_add(s, 105, -6999, late);
	fixture_hide_pages(p, LEVEL_ROLLUP);
	p->exactness = EXACTNESS_UNKNOWN;
	p->forked = false;
	fixture_name(p, "sh", "/bin/sh -c rotatelogs /var/log/shop/access.%Y.log 86400");
}

/*
 * gc.disable() in the master; in worker 103 a library calls gc.enable() between the samples, and a
 * full collection runs; worker 140 was forked after gc.freeze() in the master had been undone.
 */
static inline void scene_fill_day_gc(struct sample *s, bool later)
{
	struct proc_sample *p;
	struct gc_state *g;

	for (p = s->procs; p < s->procs + s->nprocs; p++) {
		if (!p->forked)
			continue;
		g = fixture_gc(p, later && p->pid == 103, 700, 0);
		g->counts[0] = 5210 + p->pid;
		g->collections[0] = 300;
		g->collections[1] = 27;
		g->collections[2] = 2 + (later && p->pid == 103);
		g->collected[2] = 41;
		if (p->pid == 140) {
			g->any_frozen = 1;
			g->frozen = 412345;
		}
	}
	fixture_gc_setting(&s->procs[0], "PYTHONMALLOC", "malloc");
	fixture_gc_setting(&s->procs[0], "MALLOC_ARENA_MAX", "2");
}

/* Everything can be read; the second of two samples, 2 s apart. A worker has gone in between. */
static inline void scene_day(struct scene *c)
{
	struct sample first;
	struct snapshot snap;

	c->analysis = analysis_new();
	scene_fill_day(&first, -2, 0);
	fixture_add(&first, 139, -500, (const fact[6]){ 20000, 0, 7000, 12, 900, 1500 });
	scene_fill_day_gc(&first, false);
	analysis_next(c->analysis, &first, &snap);
	snapshot_release(&snap);
	sample_release(&first);

	scene_fill_day(&c->s, 0, 3000);
	scene_fill_day_gc(&c->s, true);
	analysis_next(c->analysis, &c->s, &c->snap);
}

/* One worker without frame numbers, one of another user, hostile names; the first sample. */
static inline void scene_night(struct scene *c)
{
	static const fact master[6] = { 300, 5, 2, 0, 60, 40 }, worker[6] = { 280, 2, 20, 3, 30, 41 };
	static const char name[] = "app\x1b[31m\n\"\\\xff\xe2\x80\xaex";
	struct proc_sample *p;

	c->analysis = analysis_new();
	fixture_begin(&c->s, 0);
	c->s.host.cached_bytes = ABSENT;
	p = fixture_add(&c->s, 100, -20, master);
	fixture_name(p, "app\x1b[31m", name);
	p->exactness = EXACTNESS_ESTIMATE;
	p->level = LEVEL_ESTIMATE;
	proc_sample_gap(p, "frame numbers", EPERM, "CAP_SYS_ADMIN");
	p = fixture_add(&c->s, 101, -19, worker);
	fixture_gc(p, 1, ABSENT, ABSENT)->counts[1] = ABSENT;
	fixture_gc_more(p, 7)->enabled = 0;
	fixture_gc_setting(p, "RUBY_GC_\x1b[2J", name);
	fixture_gc_setting(p, "RUBY_GC_\x1b[2J", "again");
	fixture_name(p, "app\x1b[31m", name);
	p->exactness = EXACTNESS_ESTIMATE;
	p->level = LEVEL_ESTIMATE;
	proc_sample_gap(p, "frame numbers", EPERM, "CAP_SYS_ADMIN");
	p = fixture_add(&c->s, 102, -18, worker);
	fixture_hide_pages(p, LEVEL_NONE);
	p->gc.runtime = RUNTIME_CPYTHON;
	proc_sample_gap(p, "gc", 0, "a layout that is known");
	proc_sample_gap(p, "smaps_rollup", EACCES, "CAP_SYS_PTRACE");
	proc_sample_gap(p, "pagemap", EACCES, "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH in its user namespace");
	analysis_next(c->analysis, &c->s, &c->snap);
}

#endif
