#ifndef COWTOP_TESTS_CHANCE_H
#define COWTOP_TESTS_CHANCE_H

/*
 * Samples by chance, each made from the one before as a pool moves on, and the same for every run
 * with one seed. And the comparison of two samples, member by member.
 */
#include "lib/fixture.h"
#include "model/region.h"

struct chance {
	uint64_t state;
};

/* splitmix64 */
static inline uint64_t chance_bits(struct chance *c)
{
	uint64_t z = (c->state += 0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* 0 to `n` - 1 */
static inline uint64_t chance_below(struct chance *c, uint64_t n)
{
	return chance_bits(c) % n;
}

/* Once in `n` times. */
static inline bool chance_hits(struct chance *c, uint64_t n)
{
	return chance_below(c, n) == 0;
}

/* Of any size, now and then absent. */
static inline fact chance_fact(struct chance *c)
{
	return chance_hits(c, 8) ? ABSENT : (fact)(chance_bits(c) >> 11 >> chance_below(c, 53));
}

/* Some of the facts that lie in a struct of nothing but facts. */
static inline void chance_facts(struct chance *c, void *facts, size_t size)
{
	fact *f = facts;

	for (size_t i = 0; i < size / sizeof(*f); i++) {
		if (chance_hits(c, 3))
			f[i] = chance_fact(c);
		else if (f[i] != ABSENT && chance_hits(c, 3))
			f[i] += (fact)chance_below(c, 100) * (chance_hits(c, 2) ? 4096 : 1);
	}
}

static inline void chance_text(struct chance *c, char *to, size_t size)
{
	size_t len = chance_below(c, size);

	for (size_t i = 0; i < len; i++)
		to[i] = (char)(1 + chance_below(c, 255));
	to[len] = '\0';
}

static inline void chance_string(struct chance *c, char **to, size_t most)
{
	char *text = xcalloc(most + 1, 1);

	chance_text(c, text, most + 1);
	free(*to);
	*to = text;
}

static inline void chance_interpreters(struct chance *c, struct gc_facts *g)
{
	size_t n = g->ninterpreters;

	if (chance_hits(c, 6)) {
		n = chance_below(c, 4);
		g->interpreters = n ? xreallocarray(g->interpreters, n, sizeof(*g->interpreters))
				    : (free(g->interpreters), NULL);
		for (size_t i = g->ninterpreters; i < n; i++)
			gc_state_init(&g->interpreters[i]);
		g->ninterpreters = n;
	}
	for (size_t i = 0; i < n; i++) {
		chance_facts(c, &g->interpreters[i], sizeof(g->interpreters[i]));
		g->interpreters[i].enabled = (fact)chance_below(c, 3) - 1;
		g->interpreters[i].any_frozen = (fact)chance_below(c, 3) - 1;
		g->interpreters[i].collecting = (fact)chance_below(c, 3) - 1;
	}
}

static inline void chance_gc(struct chance *c, struct gc_facts *g)
{
	g->runtime = (enum runtime)chance_below(c, RUNTIME_JAVA + 1);
	if (chance_hits(c, 5))
		chance_text(c, g->version, sizeof(g->version));
	if (chance_hits(c, 5))
		chance_text(c, g->build, sizeof(g->build));
	chance_interpreters(c, g);
	if (!chance_hits(c, 8))
		return;
	free(g->settings);
	g->nsettings = chance_below(c, 4);
	g->settings = g->nsettings ? xcalloc(g->nsettings, sizeof(*g->settings)) : NULL;
	for (size_t i = 0; i < g->nsettings; i++) {
		chance_text(c, g->settings[i].name, sizeof(g->settings[i].name));
		chance_text(c, g->settings[i].value, sizeof(g->settings[i].value));
	}
}

static inline void chance_gaps(struct chance *c, struct proc_sample *p)
{
	char what[32], needs[64];

	free(p->gaps);
	p->gaps = NULL;
	p->ngaps = 0;
	for (uint64_t n = chance_below(c, 4); n; n--) {
		chance_text(c, what, sizeof(what));
		chance_text(c, needs, sizeof(needs));
		proc_sample_gap(p, what, (int)chance_below(c, 134), needs);
	}
}

static inline void chance_process(struct chance *c, struct proc_sample *p)
{
	p->ppid = (pid_t)chance_below(c, 5000);
	if (chance_hits(c, 20))
		p->start_ns = (int64_t)(chance_bits(c) >> 2) - (INT64_C(1) << 61);
	p->state = "RSDZTtXI"[chance_below(c, 8)];
	p->threads = chance_fact(c);
	p->uid = chance_hits(c, 4) ? UINT32_MAX : (uint32_t)chance_below(c, 70000);
	if (chance_hits(c, 10))
		chance_string(c, &p->user, 40);
	if (chance_hits(c, 10))
		chance_string(c, &p->comm, 15);
	if (chance_hits(c, 10))
		chance_string(c, &p->cmdline, 4096);
	if (chance_hits(c, 10))
		p->image = (struct image_facts){
			chance_bits(c), chance_bits(c), chance_bits(c), chance_bits(c),
			chance_bits(c), chance_bits(c), chance_bits(c), chance_below(c, 8),
		};
	p->forked = chance_hits(c, 2);
	p->base_pid = (pid_t)chance_below(c, 5000);
	p->same_mm_pid = chance_hits(c, 8) ? (pid_t)chance_below(c, INT32_MAX) : 0;
	chance_facts(c, &p->minflt, 4 * sizeof(fact));
	p->level = (enum level)chance_below(c, LEVEL_EXACT + 1);
	p->exactness = (enum exactness)chance_below(c, EXACTNESS_UPPER_BOUND + 1);
	p->pages_age_ns = chance_fact(c);
	chance_facts(c, &p->memory, sizeof(p->memory));
	chance_facts(c, &p->pages, sizeof(p->pages));
	chance_facts(c, &p->collapsed, sizeof(p->collapsed));
	chance_facts(c, &p->growth, sizeof(p->growth));
	chance_facts(c, &p->doubt, sizeof(p->doubt));
	chance_gc(c, &p->gc);
	if (chance_hits(c, 10))
		chance_gaps(c, p);
}

static inline void chance_newcomer(struct chance *c, struct sample *s)
{
	struct proc_sample *p;

	s->procs = xreallocarray(s->procs, s->nprocs + 1, sizeof(*s->procs));
	p = &s->procs[s->nprocs];
	proc_sample_init(p);
	/* few pids, so that one comes back with another start time */
	p->pid = (pid_t)(1 + chance_below(c, 20));
	p->start_ticks = chance_bits(c) >> chance_below(c, 64);
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

static inline void chance_members(struct chance *c, struct sample *s)
{
	if (s->nprocs && chance_hits(c, 4)) {
		size_t gone = chance_below(c, s->nprocs);

		proc_sample_release(&s->procs[gone]);
		s->procs[gone] = s->procs[--s->nprocs];
	}
	if (s->nprocs > 1 && chance_hits(c, 6)) {
		size_t i = chance_below(c, s->nprocs), k = chance_below(c, s->nprocs);
		struct proc_sample p = s->procs[i];

		s->procs[i] = s->procs[k];
		s->procs[k] = p;
	}
	while (s->nprocs < 12 && chance_hits(c, 3))
		chance_newcomer(c, s);
}

/* The next sample, from the one in `s`, which may be a fresh one. */
static inline void chance_step(struct chance *c, struct sample *s)
{
	s->time_ns = s->time_ns ? s->time_ns + (int64_t)chance_below(c, 2 * FIXTURE_SECOND)
				: FIXTURE_BEGIN;
	s->mono_ns += (int64_t)chance_below(c, 2 * FIXTURE_SECOND);
	s->cost_ns = (int64_t)chance_below(c, FIXTURE_SECOND);
	s->master_pid = (pid_t)chance_below(c, 5000);
	s->leader_pid = (pid_t)chance_below(c, 5000);
	s->kinship = (enum kinship)chance_below(c, KINSHIP_GUESS + 1);
	s->walked = chance_fact(c);
	s->skipped = chance_fact(c);
	s->own_ns = chance_fact(c);
	s->budget_ppm = chance_fact(c);
	s->footprint_pages = chance_fact(c);
	if (!s->host.page_size || chance_hits(c, 20)) {
		chance_text(c, s->host.name, sizeof(s->host.name));
		chance_text(c, s->host.kernel, sizeof(s->host.kernel));
		s->host.page_size = INT64_C(4096) << chance_below(c, 5);
	}
	if (chance_hits(c, 20)) {
		s->host.properties.known = (uint32_t)chance_bits(c);
		s->host.properties.yes = (uint32_t)chance_bits(c) & s->host.properties.known;
	}
	chance_facts(c, &s->host.memory_bytes, 8 * sizeof(fact));
	chance_members(c, s);
	for (size_t i = 0; i < s->nprocs; i++) {
		if (!chance_hits(c, 3))
			chance_process(c, &s->procs[i]);
	}
}

#define chance_same(a, b, member) assert_true((a)->member == (b)->member)
#define chance_same_facts(a, b, member)                                                      \
	assert_memory_equal(&(a)->member, &(b)->member, sizeof((a)->member))

static inline void chance_assert_same_gc(const struct gc_facts *a, const struct gc_facts *b)
{
	chance_same(a, b, runtime);
	assert_string_equal(a->version, b->version);
	assert_string_equal(a->build, b->build);
	chance_same(a, b, ninterpreters);
	chance_same(a, b, nsettings);
	for (size_t i = 0; i < a->ninterpreters; i++)
		chance_same_facts(a, b, interpreters[i]);
	for (size_t i = 0; i < a->nsettings; i++) {
		assert_string_equal(a->settings[i].name, b->settings[i].name);
		assert_string_equal(a->settings[i].value, b->settings[i].value);
	}
}

static inline void chance_assert_same_process(const struct proc_sample *a,
					      const struct proc_sample *b)
{
	chance_same(a, b, pid);
	chance_same(a, b, start_ticks);
	chance_same(a, b, ppid);
	chance_same(a, b, start_ns);
	chance_same(a, b, state);
	chance_same(a, b, threads);
	chance_same(a, b, uid);
	assert_string_equal(a->user, b->user);
	assert_string_equal(a->comm, b->comm);
	assert_string_equal(a->cmdline, b->cmdline);
	chance_same_facts(a, b, image);
	chance_same(a, b, forked);
	chance_same(a, b, base_pid);
	chance_same(a, b, same_mm_pid);
	chance_same(a, b, minflt);
	chance_same(a, b, majflt);
	chance_same(a, b, cminflt);
	chance_same(a, b, cmajflt);
	chance_same(a, b, level);
	chance_same(a, b, exactness);
	chance_same(a, b, pages_age_ns);
	chance_same_facts(a, b, memory);
	chance_same_facts(a, b, pages);
	chance_same(a, b, collapsed);
	chance_same_facts(a, b, growth);
	chance_same_facts(a, b, doubt);
	chance_assert_same_gc(&a->gc, &b->gc);
	chance_same(a, b, ngaps);
	for (size_t i = 0; i < a->ngaps; i++) {
		chance_same(a, b, gaps[i].error);
		assert_string_equal(a->gaps[i].what, b->gaps[i].what);
		assert_string_equal(a->gaps[i].needs, b->gaps[i].needs);
	}
}

static inline void chance_assert_same(const struct sample *a, const struct sample *b)
{
	chance_same(a, b, time_ns);
	chance_same(a, b, mono_ns);
	chance_same(a, b, cost_ns);
	chance_same(a, b, walked);
	chance_same(a, b, skipped);
	chance_same(a, b, own_ns);
	chance_same(a, b, budget_ppm);
	chance_same(a, b, master_pid);
	chance_same(a, b, leader_pid);
	chance_same(a, b, kinship);
	chance_same(a, b, footprint_pages);
	assert_string_equal(a->host.name, b->host.name);
	assert_string_equal(a->host.kernel, b->host.kernel);
	chance_same(a, b, host.page_size);
	chance_same(a, b, host.properties.known);
	chance_same(a, b, host.properties.yes);
	chance_same(a, b, host.memory_bytes);
	chance_same(a, b, host.available_bytes);
	chance_same(a, b, host.cached_bytes);
	chance_same(a, b, host.swap_used_bytes);
	chance_same(a, b, host.pressure_some);
	chance_same(a, b, host.pressure_full);
	chance_same(a, b, host.cgroup_limit_bytes);
	chance_same(a, b, host.cgroup_used_bytes);
	chance_same(a, b, nprocs);
	for (size_t i = 0; i < a->nprocs; i++)
		chance_assert_same_process(&a->procs[i], &b->procs[i]);
}

/* An address space of `pid`: regions with stretches in them. */
static inline void chance_space(struct chance *c, pid_t pid, struct address_space *a)
{
	uint64_t at = 1 + chance_below(c, 1000);

	*a = (struct address_space){ .pid = pid, .start_ticks = chance_bits(c) };
	a->nregions = chance_below(c, 20);
	a->regions = xcalloc(a->nregions + 1, sizeof(*a->regions));
	a->stretches = xcalloc(20 * a->nregions + 1, sizeof(*a->stretches));
	for (size_t i = 0; i < a->nregions; i++) {
		struct region *r = &a->regions[i];

		r->start = at * 4096;
		for (uint64_t n = chance_below(c, 20); n; n--) {
			struct page_stretch *s = &a->stretches[a->nstretches++];

			*s = (struct page_stretch){
				at + chance_below(c, 3), (uint32_t)(1 + chance_below(c, 600)),
				(uint8_t)(1 + chance_below(c, PAGE_CLASSES - 1)),
			};
			at = s->start + s->pages;
		}
		at += 1 + chance_below(c, 1 << 20);
		r->end = at * 4096;
		r->kind = (enum region_kind)chance_below(c, REGION_KINDS);
		chance_string(c, &r->name, 60);
		chance_facts(c, &r->pages, sizeof(r->pages));
	}
}

static inline void chance_assert_same_space(const struct address_space *a,
					    const struct address_space *b)
{
	chance_same(a, b, pid);
	chance_same(a, b, start_ticks);
	chance_same(a, b, nregions);
	chance_same(a, b, nstretches);
	for (size_t i = 0; i < a->nregions; i++) {
		chance_same(a, b, regions[i].start);
		chance_same(a, b, regions[i].end);
		chance_same(a, b, regions[i].kind);
		assert_string_equal(a->regions[i].name, b->regions[i].name);
		chance_same_facts(a, b, regions[i].pages);
	}
	for (size_t i = 0; i < a->nstretches; i++) {
		chance_same(a, b, stretches[i].start);
		chance_same(a, b, stretches[i].pages);
		chance_same(a, b, stretches[i].class);
	}
}

#endif
