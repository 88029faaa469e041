#ifndef COWTOP_TESTS_FINDINGS_STAGE_H
#define COWTOP_TESTS_FINDINGS_STAGE_H

/*
 * Pools for findings. A worker of fixture.h inherited 1000 pages, shares 700, and has copied 260 (1.0 MiB).
 */
#include "lib/analysis_steps.h"

/* A pool with `n` workers from pid 101 on, all with the same collector; the master's is given. */
static inline void pool_of(struct analysis_steps *c, double second, size_t n, fact enabled, fact first,
			   fact frozen)
{
	size_t i;

	steps_at(c, second);
	for (i = 0; i < n; i++)
		fixture_gc(add_worker(c, 101 + (pid_t)i, -50, 1000, 0, 0, 0), enabled, first, frozen);
}

static inline struct gc_state *master_gc(struct analysis_steps *c, fact enabled, fact first, fact frozen)
{
	return fixture_gc(&c->s.procs[0], enabled, first, frozen);
}

static inline const struct finding *the_finding(const struct analysis_steps *c, enum finding_kind kind)
{
	if (c->snap.nfindings != 1)
		fail_msg("%zu findings, the first: %s", c->snap.nfindings,
			 c->snap.nfindings ? c->snap.findings[0].text : "-");
	assert_int_equal(c->snap.findings[0].kind, kind);
	return &c->snap.findings[0];
}

static inline void assert_none(const struct analysis_steps *c)
{
	if (c->snap.nfindings)
		fail_msg("finding: %s", c->snap.findings[0].text);
}

#endif
