#ifndef COWTOP_TESTS_FIXTURE_H
#define COWTOP_TESTS_FIXTURE_H

/*
 * Samples made by hand. Everything in them is fixed: a page is 4096 bytes, the clock begins at
 * FIXTURE_BEGIN, a process starts at tick 100 * (seconds since then) + 100000000.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "model/sample.h"
#include "model/snapshot.h"

#define FIXTURE_PAGE 4096
#define FIXTURE_BEGIN (1795251600LL * 1000000000LL) /* 2026-11-21T09:00:00Z */
#define FIXTURE_SECOND 1000000000LL
#define FIXTURE_MIB 1048576LL

/* A sample taken `second` seconds after the beginning, without processes: see fixture_add(). */
static inline void fixture_begin(struct sample *s, double second)
{
	sample_init(s);
	s->time_ns = FIXTURE_BEGIN + (int64_t)(second * FIXTURE_SECOND);
	s->mono_ns = 500 * FIXTURE_SECOND + (int64_t)(second * FIXTURE_SECOND);
	snprintf(s->host.name, sizeof(s->host.name), "web1");
	snprintf(s->host.kernel, sizeof(s->host.kernel), "6.1.0");
	s->host.page_size = FIXTURE_PAGE;
	s->host.memory_bytes = 8 * 1024 * FIXTURE_MIB;
	s->host.available_bytes = 4 * 1024 * FIXTURE_MIB;
	s->host.cached_bytes = 1024 * FIXTURE_MIB;
	s->host.swap_used_bytes = 0;
	s->cost_ns = 12500000;
	s->master_pid = 100;
}

/* A process with the given ledger (shared, orphaned, cow_broken, cow_file, new, file; in pages) and
 * the memory that goes with it, born `born` seconds after the beginning; valid until the next. */
static inline struct proc_sample *fixture_add(struct sample *s, pid_t pid, double born, const fact pages[6])
{
	struct proc_sample *p;
	fact resident = 0, own;
	int i;

	s->procs = xreallocarray(s->procs, s->nprocs + 1, sizeof(*s->procs));
	p = &s->procs[s->nprocs++];
	proc_sample_init(p);
	p->pid = pid;
	p->ppid = pid == s->master_pid ? 1 : s->master_pid;
	p->base_pid = pid == s->master_pid ? 0 : s->master_pid;
	p->start_ticks = (uint64_t)(100000000 + born * 100);
	p->start_ns = FIXTURE_BEGIN + (int64_t)(born * FIXTURE_SECOND);
	p->state = 'S';
	p->threads = 1;
	p->uid = 33;
	p->user = xstrdup("www-data");
	p->comm = xstrdup("gunicorn");
	p->cmdline = xstrdup(pid == s->master_pid ? "gunicorn: master [shop]" : "gunicorn: worker [shop]");
	p->image = (struct image_facts){ 0x1000, 0x2000, 0x7ffd1000, 0x5000, 0x7ffd2000, 1, 2, 0 };
	p->forked = true;
	p->minflt = 1000;
	p->majflt = 3;
	p->cminflt = p->cmajflt = 0;
	p->level = LEVEL_EXACT;
	p->exactness = EXACTNESS_EXACT;
	p->pages = (struct page_facts){
		pages[0], pages[1], pages[2], pages[3], pages[4], pages[5], 0,
	};
	p->growth = (struct growth_facts){ 0, 0, 0, ABSENT, ABSENT, ABSENT };

	for (i = 0; i < 6; i++)
		resident += pages[i];
	own = pages[1] + pages[2] + pages[3] + pages[4];
	p->memory = (struct memory_facts){
		.rss = resident * FIXTURE_PAGE,
		.pss = (own + (resident - own) / 4) * FIXTURE_PAGE,
		.pss_anon = own * FIXTURE_PAGE,
		.pss_file = 0,
		.pss_shmem = 0,
		.shared_clean = pages[5] * FIXTURE_PAGE,
		.shared_dirty = pages[0] * FIXTURE_PAGE,
		.private_clean = 0,
		.private_dirty = own * FIXTURE_PAGE,
		.anonymous = (own + pages[0]) * FIXTURE_PAGE,
		.swap = 0,
		.swap_pss = 0,
		.anon_huge = 0,
		.hugetlb = 0,
		.walked = ABSENT,
		.age_ns = ABSENT,
		.counted = ABSENT,
		.doubt_shares = ABSENT,
		.doubt_private = ABSENT,
		.doubt_dirty = ABSENT,
		.doubt_swap = ABSENT,
		.doubt_huge = ABSENT,
		.doubt_swapped = ABSENT,
	};
	return p;
}

static inline void fixture_name(struct proc_sample *p, const char *comm, const char *cmdline)
{
	free(p->comm);
	free(p->cmdline);
	p->comm = xstrdup(comm);
	p->cmdline = xstrdup(cmdline);
}

/* As a process whose pages are not read: an exec'ed helper, or one without permission. */
static inline void fixture_hide_pages(struct proc_sample *p, enum level level)
{
	struct proc_sample none;

	proc_sample_init(&none);
	p->level = level;
	p->exactness = level == LEVEL_ROLLUP ? EXACTNESS_UPPER_BOUND : EXACTNESS_UNKNOWN;
	p->pages = none.pages;
	p->growth = none.growth;
	if (level == LEVEL_NONE)
		p->memory = none.memory;
}

/* As a CPython 3.11 whose collector was read: thresholds `first`,10,10; valid until the next. */
static inline struct gc_state *fixture_gc(struct proc_sample *p, fact enabled, fact first, fact frozen)
{
	struct gc_state *s;
	size_t g;

	gc_facts_release(&p->gc);
	p->gc.runtime = RUNTIME_CPYTHON;
	snprintf(p->gc.version, sizeof(p->gc.version), "3.11.2");
	snprintf(p->gc.build, sizeof(p->gc.build), "release");
	s = p->gc.interpreters = xcalloc(1, sizeof(*s));
	p->gc.ninterpreters = 1;
	gc_state_init(s);
	s->id = 0;
	s->enabled = enabled;
	s->thresholds[0] = first;
	s->thresholds[1] = s->thresholds[2] = 10;
	for (g = 0; g < GC_GENERATIONS; g++)
		s->counts[g] = s->collections[g] = s->collected[g] = s->uncollectable[g] = 0;
	s->any_frozen = frozen;
	s->frozen = frozen == 0 ? 0 : ABSENT;
	s->collecting = 0;
	return s;
}

/* A second interpreter, with the state of the first and its own id. */
static inline struct gc_state *fixture_gc_more(struct proc_sample *p, fact id)
{
	struct gc_facts *g = &p->gc;

	g->interpreters = xreallocarray(g->interpreters, g->ninterpreters + 1, sizeof(*g->interpreters));
	g->interpreters[g->ninterpreters] = g->interpreters[0];
	g->interpreters[g->ninterpreters].id = id;
	return &g->interpreters[g->ninterpreters++];
}

static inline void fixture_gc_setting(struct proc_sample *p, const char *name, const char *value)
{
	struct gc_setting *s;

	p->gc.settings = xreallocarray(p->gc.settings, p->gc.nsettings + 1, sizeof(*s));
	s = &p->gc.settings[p->gc.nsettings++];
	*s = (struct gc_setting){ 0 };
	snprintf(s->name, sizeof(s->name), "%s", name);
	snprintf(s->value, sizeof(s->value), "%s", value);
}

#define assert_figure(got, want) \
	do { \
		figure got_ = (got), want_ = (want); \
		if (known(got_) != known(want_) || \
		    (known(got_) && fabs(got_ - want_) > 1e-9 * fmax(1, fabs(want_)))) \
			fail_msg("%s is %.17g, not %.17g", #got, got_, want_); \
	} while (0)

#define assert_unknown(got) assert_figure(got, UNKNOWN)

#endif
