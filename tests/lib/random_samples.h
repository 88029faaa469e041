#ifndef COWTOP_TESTS_RANDOM_SAMPLES_H
#define COWTOP_TESTS_RANDOM_SAMPLES_H

/*
 * Samples by chance, each made from the one before as a pool moves on, and the same for every run
 * with one seed. And the comparison of two samples, member by member.
 */
#include "lib/fixture.h"
#include "lib/random_state.h"
#include "lib/random_why.h"
#include "model/region.h"

/* Some of the facts that lie in a struct of nothing but facts. */
static inline void random_facts(struct random_state *c, void *facts, size_t size)
{
	fact *f = facts;

	for (size_t i = 0; i < size / sizeof(*f); i++) {
		if (random_hits(c, 3))
			f[i] = random_fact(c);
		else if (f[i] != ABSENT && random_hits(c, 3))
			f[i] += (fact)random_below(c, 100) * (random_hits(c, 2) ? 4096 : 1);
	}
}

static inline void random_text(struct random_state *c, char *to, size_t size)
{
	size_t len = random_below(c, size);

	for (size_t i = 0; i < len; i++)
		to[i] = (char)(1 + random_below(c, 255));
	to[len] = '\0';
}

static inline void random_string(struct random_state *c, char **to, size_t most)
{
	char *text = xcalloc(most + 1, 1);

	random_text(c, text, most + 1);
	free(*to);
	*to = text;
}

static inline void random_interpreters(struct random_state *c, struct gc_facts *g)
{
	size_t n = g->ninterpreters;

	if (random_hits(c, 6)) {
		n = random_below(c, 4);
		g->interpreters = n ? xreallocarray(g->interpreters, n, sizeof(*g->interpreters)) :
				      (free(g->interpreters), NULL);
		for (size_t i = g->ninterpreters; i < n; i++)
			gc_state_init(&g->interpreters[i]);
		g->ninterpreters = n;
	}
	for (size_t i = 0; i < n; i++) {
		random_facts(c, &g->interpreters[i], sizeof(g->interpreters[i]));
		g->interpreters[i].enabled = (fact)random_below(c, 3) - 1;
		g->interpreters[i].any_frozen = (fact)random_below(c, 3) - 1;
		g->interpreters[i].generational = (fact)random_below(c, 3) - 1;
		g->interpreters[i].collecting = (fact)random_below(c, 3) - 1;
	}
}

static inline void random_gc(struct random_state *c, struct gc_facts *g)
{
	g->runtime = (enum runtime)random_below(c, RUNTIME_JAVA + 1);
	if (random_hits(c, 5))
		random_text(c, g->version, sizeof(g->version));
	if (random_hits(c, 5))
		random_text(c, g->build, sizeof(g->build));
	random_interpreters(c, g);
	if (!random_hits(c, 8))
		return;
	free(g->settings);
	g->nsettings = random_below(c, 4);
	g->settings = g->nsettings ? xcalloc(g->nsettings, sizeof(*g->settings)) : NULL;
	for (size_t i = 0; i < g->nsettings; i++) {
		random_text(c, g->settings[i].name, sizeof(g->settings[i].name));
		random_text(c, g->settings[i].value, sizeof(g->settings[i].value));
	}
}

static inline void random_gaps(struct random_state *c, struct proc_sample *p)
{
	char what[32], needs[64];

	free(p->gaps);
	p->gaps = NULL;
	p->ngaps = 0;
	for (uint64_t n = random_below(c, 4); n; n--) {
		random_text(c, what, sizeof(what));
		random_text(c, needs, sizeof(needs));
		proc_sample_gap(p, what, (int)random_below(c, 134), needs);
	}
}

static inline void random_process(struct random_state *c, struct proc_sample *p)
{
	p->ppid = (pid_t)random_below(c, 5000);
	if (random_hits(c, 20))
		p->start_ns = (int64_t)(random_bits(c) >> 2) - (INT64_C(1) << 61);
	p->state = "RSDZTtXI"[random_below(c, 8)];
	p->threads = random_fact(c);
	p->uid = random_hits(c, 4) ? UINT32_MAX : (uint32_t)random_below(c, 70000);
	if (random_hits(c, 10))
		random_string(c, &p->user, 40);
	if (random_hits(c, 10))
		random_string(c, &p->comm, 15);
	if (random_hits(c, 10))
		random_string(c, &p->cmdline, 4096);
	if (random_hits(c, 10))
		p->inner_blanks = random_bits(c);
	if (random_hits(c, 10))
		p->image = (struct image_facts){
			random_bits(c), random_bits(c), random_bits(c), random_bits(c),
			random_bits(c), random_bits(c), random_bits(c), random_below(c, 8),
		};
	p->forked = random_hits(c, 2);
	p->base_pid = (pid_t)random_below(c, 5000);
	p->same_mm_pid = random_hits(c, 8) ? (pid_t)random_below(c, INT32_MAX) : 0;
	random_facts(c, &p->minflt, 4 * sizeof(fact));
	p->level = (enum level)random_below(c, LEVEL_EXACT + 1);
	p->exactness = (enum exactness)random_below(c, EXACTNESS_UPPER_BOUND + 1);
	p->pages_age_ns = random_fact(c);
	random_facts(c, &p->memory, sizeof(p->memory));
	random_facts(c, &p->pages, sizeof(p->pages));
	random_facts(c, &p->collapsed, sizeof(p->collapsed));
	random_facts(c, &p->growth, sizeof(p->growth));
	random_facts(c, &p->doubt, sizeof(p->doubt));
	random_gc(c, &p->gc);
	if (random_hits(c, 10))
		random_gaps(c, p);
}

static inline void random_newcomer(struct random_state *c, struct sample *s)
{
	struct proc_sample *p;

	s->procs = xreallocarray(s->procs, s->nprocs + 1, sizeof(*s->procs));
	p = &s->procs[s->nprocs];
	proc_sample_init(p);
	/* few pids, so that one comes back with another start time */
	p->pid = (pid_t)(1 + random_below(c, 20));
	p->start_ticks = random_bits(c) >> random_below(c, 64);
	p->user = xstrdup("");
	p->comm = xstrdup("");
	p->cmdline = xstrdup("");
	for (size_t i = 0; i < s->nprocs; i++) {
		if (s->procs[i].pid == p->pid && s->procs[i].start_ticks == p->start_ticks) {
			proc_sample_release(p);
			return;
		}
	}
	s->nprocs++;
}

static inline void random_members(struct random_state *c, struct sample *s)
{
	if (s->nprocs && random_hits(c, 4)) {
		size_t gone = random_below(c, s->nprocs);

		proc_sample_release(&s->procs[gone]);
		s->procs[gone] = s->procs[--s->nprocs];
	}
	if (s->nprocs > 1 && random_hits(c, 6)) {
		size_t i = random_below(c, s->nprocs), k = random_below(c, s->nprocs);
		struct proc_sample p = s->procs[i];

		s->procs[i] = s->procs[k];
		s->procs[k] = p;
	}
	while (s->nprocs < 12 && random_hits(c, 3))
		random_newcomer(c, s);
}

/* The next sample, from the one in `s`, which may be a fresh one. */
static inline void random_step(struct random_state *c, struct sample *s)
{
	s->time_ns = s->time_ns ? s->time_ns + (int64_t)random_below(c, 2 * FIXTURE_SECOND) : FIXTURE_BEGIN;
	s->mono_ns += (int64_t)random_below(c, 2 * FIXTURE_SECOND);
	s->cost_ns = (int64_t)random_below(c, FIXTURE_SECOND);
	s->master_pid = (pid_t)random_below(c, 5000);
	s->leader_pid = (pid_t)random_below(c, 5000);
	s->kinship = (enum kinship)random_below(c, KINSHIP_GUESS + 1);
	s->walked = random_fact(c);
	s->skipped = random_fact(c);
	s->own_ns = random_fact(c);
	s->budget_ppm = random_fact(c);
	s->load_ns = random_fact(c);
	s->load_requests = random_fact(c);
	s->footprint_pages = random_fact(c);
	if (!s->host.page_size || random_hits(c, 20)) {
		random_text(c, s->host.name, sizeof(s->host.name));
		random_text(c, s->host.kernel, sizeof(s->host.kernel));
		s->host.page_size = INT64_C(4096) << random_below(c, 5);
	}
	if (random_hits(c, 20)) {
		s->host.properties.known = (uint32_t)random_bits(c);
		s->host.properties.yes = (uint32_t)random_bits(c) & s->host.properties.known;
	}
	random_facts(c, &s->host.memory_bytes, 8 * sizeof(fact));
	random_members(c, s);
	for (size_t i = 0; i < s->nprocs; i++) {
		if (!random_hits(c, 3))
			random_process(c, &s->procs[i]);
	}
	random_why(c, s);
}

#define random_same(a, b, member) assert_true((a)->member == (b)->member)
#define random_same_facts(a, b, member) assert_memory_equal(&(a)->member, &(b)->member, sizeof((a)->member))

static inline void random_assert_same_gc(const struct gc_facts *a, const struct gc_facts *b)
{
	random_same(a, b, runtime);
	assert_string_equal(a->version, b->version);
	assert_string_equal(a->build, b->build);
	random_same(a, b, ninterpreters);
	random_same(a, b, nsettings);
	for (size_t i = 0; i < a->ninterpreters; i++)
		random_same_facts(a, b, interpreters[i]);
	for (size_t i = 0; i < a->nsettings; i++) {
		assert_string_equal(a->settings[i].name, b->settings[i].name);
		assert_string_equal(a->settings[i].value, b->settings[i].value);
	}
}

static inline void random_assert_same_process(const struct proc_sample *a, const struct proc_sample *b)
{
	random_same(a, b, pid);
	random_same(a, b, start_ticks);
	random_same(a, b, ppid);
	random_same(a, b, start_ns);
	random_same(a, b, state);
	random_same(a, b, threads);
	random_same(a, b, uid);
	assert_string_equal(a->user, b->user);
	assert_string_equal(a->comm, b->comm);
	assert_string_equal(a->cmdline, b->cmdline);
	random_same(a, b, inner_blanks);
	random_same_facts(a, b, image);
	random_same(a, b, forked);
	random_same(a, b, base_pid);
	random_same(a, b, same_mm_pid);
	random_same(a, b, minflt);
	random_same(a, b, majflt);
	random_same(a, b, cminflt);
	random_same(a, b, cmajflt);
	random_same(a, b, level);
	random_same(a, b, exactness);
	random_same(a, b, pages_age_ns);
	random_same_facts(a, b, memory);
	random_same_facts(a, b, pages);
	random_same(a, b, collapsed);
	random_same_facts(a, b, growth);
	random_same_facts(a, b, doubt);
	random_assert_same_gc(&a->gc, &b->gc);
	random_assert_same_worker_why(a->why, b->why);
	random_same(a, b, ngaps);
	for (size_t i = 0; i < a->ngaps; i++) {
		random_same(a, b, gaps[i].error);
		assert_string_equal(a->gaps[i].what, b->gaps[i].what);
		assert_string_equal(a->gaps[i].needs, b->gaps[i].needs);
	}
}

static inline void random_assert_same(const struct sample *a, const struct sample *b)
{
	random_same(a, b, time_ns);
	random_same(a, b, mono_ns);
	random_same(a, b, cost_ns);
	random_same(a, b, walked);
	random_same(a, b, skipped);
	random_same(a, b, own_ns);
	random_same(a, b, budget_ppm);
	random_same(a, b, load_ns);
	random_same(a, b, load_requests);
	random_same(a, b, master_pid);
	random_same(a, b, leader_pid);
	random_same(a, b, kinship);
	random_same(a, b, footprint_pages);
	assert_string_equal(a->host.name, b->host.name);
	assert_string_equal(a->host.kernel, b->host.kernel);
	random_same(a, b, host.page_size);
	random_same(a, b, host.properties.known);
	random_same(a, b, host.properties.yes);
	random_same(a, b, host.memory_bytes);
	random_same(a, b, host.available_bytes);
	random_same(a, b, host.cached_bytes);
	random_same(a, b, host.swap_used_bytes);
	random_same(a, b, host.pressure_some);
	random_same(a, b, host.pressure_full);
	random_same(a, b, host.cgroup_limit_bytes);
	random_same(a, b, host.cgroup_used_bytes);
	random_same(a, b, nprocs);
	for (size_t i = 0; i < a->nprocs; i++)
		random_assert_same_process(&a->procs[i], &b->procs[i]);
	random_assert_same_why(a->why, b->why);
}

/* An address space of `pid`: regions with stretches in them. */
static inline void random_space(struct random_state *c, pid_t pid, struct address_space *a)
{
	uint64_t at = 1 + random_below(c, 1000);

	*a = (struct address_space){ .pid = pid, .start_ticks = random_bits(c) };
	a->nregions = random_below(c, 20);
	a->regions = xcalloc(a->nregions + 1, sizeof(*a->regions));
	a->stretches = xcalloc(20 * a->nregions + 1, sizeof(*a->stretches));
	for (size_t i = 0; i < a->nregions; i++) {
		struct region *r = &a->regions[i];

		r->start = at * 4096;
		for (uint64_t n = random_below(c, 20); n; n--) {
			struct page_stretch *s = &a->stretches[a->nstretches++];

			*s = (struct page_stretch){
				at + random_below(c, 3),
				(uint32_t)(1 + random_below(c, 600)),
				(uint8_t)(1 + random_below(c, PAGE_CLASSES - 1)),
			};
			at = s->start + s->pages;
		}
		at += 1 + random_below(c, 1 << 20);
		r->end = at * 4096;
		r->kind = (enum region_kind)random_below(c, REGION_KINDS);
		random_string(c, &r->name, 60);
		random_facts(c, &r->pages, sizeof(r->pages));
	}
}

static inline void random_assert_same_space(const struct address_space *a, const struct address_space *b)
{
	random_same(a, b, pid);
	random_same(a, b, start_ticks);
	random_same(a, b, nregions);
	random_same(a, b, nstretches);
	for (size_t i = 0; i < a->nregions; i++) {
		random_same(a, b, regions[i].start);
		random_same(a, b, regions[i].end);
		random_same(a, b, regions[i].kind);
		assert_string_equal(a->regions[i].name, b->regions[i].name);
		random_same_facts(a, b, regions[i].pages);
	}
	for (size_t i = 0; i < a->nstretches; i++) {
		random_same(a, b, stretches[i].start);
		random_same(a, b, stretches[i].pages);
		random_same(a, b, stretches[i].class);
	}
}

#endif
