#ifndef COWTOP_TESTS_ANALYSIS_STEPS_H
#define COWTOP_TESTS_ANALYSIS_STEPS_H

/*
 * What one analysis makes of samples in a row. Workers are those of tests/lib/fixture.h.
 */
#include "lib/fixture.h"
#include "analysis/analysis.h"

static const fact steps_ledger[6] = { 700, 40, 260, 8, 92, 100 };

/* One analysis over a row of samples; each snapshot lives until the next step. */
struct analysis_steps {
	struct analysis *analysis;
	struct sample s;
	struct snapshot snap;
};

static inline void steps_begin(struct analysis_steps *c)
{
	*c = (struct analysis_steps){ .analysis = analysis_new() };
	sample_init(&c->s);
}

static inline void steps_end(struct analysis_steps *c)
{
	snapshot_release(&c->snap);
	sample_release(&c->s);
	analysis_free(c->analysis);
}

/* A new sample with its master; workers are added by the test, then steps_look(). */
static inline void steps_at(struct analysis_steps *c, double second)
{
	snapshot_release(&c->snap);
	sample_release(&c->s);
	fixture_begin(&c->s, second);
	fixture_add(&c->s, 100, -60, steps_ledger);
}

static inline void steps_look(struct analysis_steps *c)
{
	analysis_next(c->analysis, &c->s, &c->snap);
}

/* A worker born before the first sample, with its counters. */
static inline struct proc_sample *add_worker(struct analysis_steps *c, pid_t pid, double born, fact minor,
					     fact cow, fact new, fact file)
{
	struct proc_sample *p = fixture_add(&c->s, pid, born, steps_ledger);

	p->minflt = minor;
	p->growth = (struct growth_facts){ cow, new, file, 0, 0, 0 };
	return p;
}

static inline const struct proc_snapshot *find(const struct analysis_steps *c, pid_t pid)
{
	size_t i;

	for (i = 0; i < c->snap.nprocs; i++) {
		if (c->snap.procs[i].facts->pid == pid)
			return &c->snap.procs[i];
	}
	fail_msg("no process %d", pid);
	return NULL;
}

/* The only event of this type; fails when there is another number of them. */
static inline const struct event *find_event(const struct analysis_steps *c, enum event_type type)
{
	const struct event *found = NULL;
	size_t i;

	for (i = 0; i < c->snap.nevents; i++) {
		if (c->snap.events[i].type != type)
			continue;
		if (found)
			fail_msg("two events: %s; %s", found->text, c->snap.events[i].text);
		found = &c->snap.events[i];
	}
	if (!found)
		fail_msg("no event of type %s", event_type_name(type));
	return found;
}

static inline void assert_no_event(const struct analysis_steps *c, enum event_type type)
{
	size_t i;

	for (i = 0; i < c->snap.nevents; i++) {
		if (c->snap.events[i].type == type)
			fail_msg("event: %s", c->snap.events[i].text);
	}
}

#endif
