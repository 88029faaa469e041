#include "lib/analysis_steps.h"
#include "analysis/collector.h"
#include "base/clock.h"

/* A worker with thresholds `first`,10,10 and so many full collections and copies. */
static struct gc_state *add_python(struct analysis_steps *c, pid_t pid, fact enabled, fact first, fact full,
				   fact cow)
{
	struct gc_state *s = fixture_gc(add_worker(c, pid, -50, 1000 + cow, cow, 0, 0), enabled, first, 0);

	s->collections[2] = full;
	return s;
}

static void test_gc__format_and_on(void **state)
{
	struct gc_state s;
	char text[64];

	gc_state_init(&s);
	assert_int_equal(gc_is_on(&s), ABSENT);
	assert_string_equal(gc_format_thresholds(text, s.thresholds), "-,-,-");
	s.enabled = 1;
	assert_int_equal(gc_is_on(&s), ABSENT);
	s.thresholds[0] = 700;
	assert_int_equal(gc_is_on(&s), 1);
	s.thresholds[2] = INT64_MAX;
	assert_string_equal(gc_format_thresholds(text, s.thresholds), "700,-,9223372036854775807");
	s.thresholds[0] = 0;
	assert_int_equal(gc_is_on(&s), 0);
	s.thresholds[0] = ABSENT;
	s.enabled = 0;
	assert_int_equal(gc_is_on(&s), 0);
}

static void test_gc__figures_of_a_process(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct gc_figures *f;

	steps_begin(&c);
	steps_at(&c, 0);
	add_python(&c, 101, 1, 700, 0, 0)->frozen = 12;
	fixture_gc_more(&c.s.procs[1], 3);
	add_worker(&c, 102, -50, 0, 0, 0, 0)->gc.runtime = RUNTIME_CPYTHON;
	steps_look(&c);
	f = &find(&c, 101)->figures.gc;
	assert_figure(f->enabled, 1);
	assert_figure(f->any_frozen, 0);
	assert_figure(f->frozen, 12);
	assert_figure(f->interpreters, 2);
	f = &find(&c, 102)->figures.gc;
	assert_unknown(f->enabled);
	assert_unknown(f->interpreters);
	assert_unknown(c.snap.pool.gc.enabled);
}

static void test_groups__means_of_equal_settings(void **state)
{
	static const fact other[6] = { 900, 0, 100, 0, 50, 50 };
	cleanup(steps_end) struct analysis_steps c;
	const struct gc_group *g;
	int second;

	steps_begin(&c);
	for (second = 0; second < 2; second++) {
		steps_at(&c, second);
		add_python(&c, 104, 0, 700, 0, 0);
		add_python(&c, 101, 1, 700, 0, 100 * second);
		fixture_gc(fixture_add(&c.s, 102, -50, other), 1, 700, 0);
		add_python(&c, 103, 1, 700, 0, 0)->any_frozen = 1;
		add_worker(&c, 105, -50, 0, 0, 0, 0);
		fixture_gc(&c.s.procs[0], 1, 700, 0);
		steps_look(&c);
	}

	assert_int_equal(c.snap.ngc_groups, 3);
	g = &c.snap.gc_groups[0];
	assert_int_equal(g->npids, 2);
	assert_int_equal(g->pids[0], 101);
	assert_int_equal(g->pids[1], 102);
	assert_int_equal(g->runtime, RUNTIME_CPYTHON);
	assert_int_equal(g->enabled, 1);
	assert_int_equal(g->frozen, 0);
	assert_int_equal(g->thresholds[0], 700);
	assert_figure(g->shared_bytes_mean, 800 * FIXTURE_PAGE);
	assert_figure(g->cow_broken_bytes_mean, 180 * FIXTURE_PAGE);
	assert_figure(g->cow_broken_ratio, 360.0 / 2000);
	assert_figure(g->cow_per_s_mean, 50);
	assert_figure(g->minor_per_s_mean, 50);
	assert_figure(g->span_minor_per_s_mean, 50);
	assert_figure(g->full_collections, 0);
	assert_unknown(g->bytes_per_full_collection);
	assert_int_equal(c.snap.gc_groups[1].pids[0], 103);
	assert_int_equal(c.snap.gc_groups[1].frozen, 1);
	assert_int_equal(c.snap.gc_groups[2].pids[0], 104);
	assert_int_equal(c.snap.gc_groups[2].enabled, 0);
}

/* Workers of the master, one of which has workers of its own, and those: three kinds, three means. */
static void test_groups__arbiters(void **state)
{
	static const fact large[6] = { 5000, 0, 3000, 0, 50, 50 };
	cleanup(steps_end) struct analysis_steps c;
	const struct proc_snapshot *kind;
	struct proc_sample *p;
	pid_t pid;

	steps_begin(&c);
	steps_at(&c, 0);
	for (pid = 101; pid <= 104; pid++)
		add_python(&c, pid, 1, 700, 0, 0);
	for (pid = 201; pid <= 202; pid++) {
		p = fixture_add(&c.s, pid, -40, large);
		p->ppid = p->base_pid = 104;
		fixture_gc(p, 1, 700, 0);
	}
	steps_look(&c);
	assert_false(find(&c, 101)->arbiter);
	assert_int_equal(find(&c, 101)->arbiter_pid, 0);
	assert_true(find(&c, 104)->arbiter);
	assert_int_equal(find(&c, 104)->arbiter_pid, 0);
	assert_false(find(&c, 202)->arbiter);
	assert_int_equal(find(&c, 202)->arbiter_pid, 104);

	assert_int_equal(c.snap.ngc_groups, 3);
	assert_int_equal(c.snap.gc_groups[0].npids, 3);
	assert_figure(c.snap.gc_groups[0].shared_bytes_mean, 700 * FIXTURE_PAGE);
	assert_int_equal(c.snap.gc_groups[1].npids, 2);
	assert_int_equal(c.snap.gc_groups[1].arbiter_pid, 104);
	assert_figure(c.snap.gc_groups[1].cow_broken_bytes_mean, 3000 * FIXTURE_PAGE);
	assert_int_equal(c.snap.gc_groups[2].npids, 1);
	assert_true(c.snap.gc_groups[2].arbiter);

	assert_figure(c.snap.pool.workers, 6);
	kind = snapshot_kind(&c.snap);
	assert_non_null(kind);
	assert_int_equal(kind->facts->pid, 101);
}

/* A group with a worker that could not be read says so; so does one of another runtime. */
static void test_groups__unknown(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct gc_group *g;

	steps_begin(&c);
	steps_at(&c, 0);
	add_python(&c, 101, 1, 700, ABSENT, 0);
	fixture_hide_pages(add_worker(&c, 102, -50, 0, 0, 0, 0), LEVEL_ROLLUP);
	fixture_gc(&c.s.procs[2], 1, 700, 0);
	add_worker(&c, 103, -50, 0, 0, 0, 0)->gc.runtime = RUNTIME_RUBY;
	steps_look(&c);
	assert_int_equal(c.snap.ngc_groups, 2);
	g = &c.snap.gc_groups[0];
	assert_int_equal(g->npids, 2);
	assert_unknown(g->cow_broken_bytes_mean);
	assert_unknown(g->cow_broken_ratio);
	assert_unknown(g->full_collections);
	assert_unknown(g->minor_per_s_mean);
	g = &c.snap.gc_groups[1];
	assert_int_equal(g->runtime, RUNTIME_RUBY);
	assert_int_equal(g->enabled, ABSENT);
	assert_int_equal(g->thresholds[0], ABSENT);
	assert_figure(g->shared_bytes_mean, 700 * FIXTURE_PAGE);
	assert_unknown(g->full_collections);
}

/* Only the intervals in which the counter moved count, and all workers of the setting together. */
static void test_groups__bytes_per_full_collection(void **state)
{
	static const fact full[] = { 5, 5, 6, 6, 8 }, cow[] = { 0, 50, 1050, 1100, 2100 };
	cleanup(steps_end) struct analysis_steps c;
	const struct gc_group *g;
	size_t i;

	steps_begin(&c);
	for (i = 0; i < 5; i++) {
		steps_at(&c, (double)i);
		add_python(&c, 101, 1, 700, full[i], cow[i]);
		add_python(&c, 102, 1, 700, i >= 3, i >= 3 ? 400 : 0);
		steps_look(&c);
		if (i < 2) {
			assert_figure(c.snap.gc_groups[0].full_collections, 0);
			assert_unknown(c.snap.gc_groups[0].bytes_per_full_collection);
		}
	}
	assert_int_equal(c.snap.ngc_groups, 1);
	g = &c.snap.gc_groups[0];
	assert_figure(g->full_collections, 4);
	assert_figure(g->bytes_per_full_collection, (1000 + 1000 + 400) * FIXTURE_PAGE / 4.0);
	/* the first of each of the two, and two later ones of the one */
	assert_figure(g->first_full_collection_bytes, (1000 + 400) * FIXTURE_PAGE / 2.0);
	assert_figure(g->later_full_collection_bytes, 1000 * FIXTURE_PAGE / 2.0);
}

/* The copies belong to the setting of their time; the pid to the process of its time. */
static void test_groups__setting_of_the_time(void **state)
{
	cleanup(steps_end) struct analysis_steps c;

	steps_begin(&c);
	steps_at(&c, 0);
	add_python(&c, 101, 0, 700, 0, 0);
	steps_look(&c);
	steps_at(&c, 1);
	add_python(&c, 101, 1, 700, 1, 300);
	steps_look(&c);
	assert_figure(c.snap.gc_groups[0].full_collections, 1);
	assert_figure(c.snap.gc_groups[0].bytes_per_full_collection, 300 * FIXTURE_PAGE);

	/* Off again at the end of an interval with a collection: it ran while the collector was on. */
	steps_at(&c, 2);
	add_python(&c, 101, 0, 700, 2, 400);
	steps_look(&c);
	assert_int_equal(c.snap.gc_groups[0].enabled, 0);
	assert_figure(c.snap.gc_groups[0].full_collections, 0);
	steps_at(&c, 3);
	add_python(&c, 101, 1, 700, 2, 400);
	steps_look(&c);
	assert_figure(c.snap.gc_groups[0].full_collections, 2);
	assert_figure(c.snap.gc_groups[0].bytes_per_full_collection, 200 * FIXTURE_PAGE);

	/* gc.collect() under gc.disable(). */
	steps_at(&c, 4);
	add_python(&c, 101, 0, 700, 2, 400);
	steps_look(&c);
	steps_at(&c, 5);
	add_python(&c, 101, 0, 700, 3, 450);
	steps_look(&c);
	assert_figure(c.snap.gc_groups[0].full_collections, 1);
	assert_figure(c.snap.gc_groups[0].bytes_per_full_collection, 50 * FIXTURE_PAGE);

	steps_at(&c, 6);
	fixture_gc(add_worker(&c, 101, 5.5, 0, 0, 0, 0), 0, 700, 0)->collections[2] = 9;
	steps_look(&c);
	assert_figure(c.snap.gc_groups[0].full_collections, 0);
}

/* A process that changes its setting at every tick takes no more memory, and keeps the latest. */
static void test_groups__many_settings(void **state)
{
	struct collector c[2] = { 0 };
	struct gc_facts facts = { .runtime = RUNTIME_CPYTHON, .ninterpreters = 1 };
	struct gc_state s;
	int i;

	gc_state_init(&s);
	s.id = 0;
	facts.interpreters = &s;
	for (i = 0; i < 20; i++) {
		s.enabled = 1;
		s.thresholds[0] = 100 + i;
		s.collections[2] = i;
		collector_next(&c[i % 2], i ? &c[(i + 1) % 2] : NULL, &facts);
		if (i)
			collector_tally(&c[i % 2], &c[(i + 1) % 2], 4096);
	}
	assert_int_equal(c[1].ntallies, COLLECTOR_TALLIES);
	assert_int_equal(c[1].tallies[0].mode.thresholds[0], 100 + 20 - COLLECTOR_TALLIES);
	assert_int_equal(c[1].tallies[COLLECTOR_TALLIES - 1].mode.thresholds[0], 119);
	assert_int_equal(c[1].tallies[COLLECTOR_TALLIES - 1].collections, 1);
	collector_release(&c[0]);
	collector_release(&c[1]);
}

/* What a sample shows first was so before. */
static void test_events__gc_needs_two_samples(void **state)
{
	cleanup(steps_end) struct analysis_steps c;

	steps_begin(&c);
	steps_at(&c, 0);
	add_python(&c, 101, 1, 700, 5, 0)->any_frozen = 1;
	steps_look(&c);
	assert_int_equal(c.snap.nevents, 0);

	/* The same settings; and another process of the same pid with others. */
	steps_at(&c, 1);
	add_python(&c, 101, 1, 700, 5, 0)->any_frozen = 1;
	steps_look(&c);
	assert_int_equal(c.snap.nevents, 0);
	steps_at(&c, 2);
	fixture_gc(add_worker(&c, 101, 1.5, 0, 0, 0, 0), 0, 0, 0)->collections[2] = 9;
	steps_look(&c);
	assert_no_event(&c, EVENT_GC_SETTINGS_CHANGED);
	assert_no_event(&c, EVENT_GC_COLLECTED);
}

static void assert_change(fact enabled, fact first, fact enabled_after, fact first_after, const char *text)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct event *e;

	steps_begin(&c);
	steps_at(&c, 0);
	add_python(&c, 101, enabled, first, 0, 0);
	steps_look(&c);
	steps_at(&c, 1);
	add_python(&c, 101, enabled_after, first_after, 0, 0);
	steps_look(&c);
	e = find_event(&c, EVENT_GC_SETTINGS_CHANGED);
	assert_int_equal(e->pid, 101);
	assert_unknown(e->cow_bytes);
	assert_string_equal(e->text, text);
}

static void test_events__gc_settings_changed(void **state)
{
	assert_change(1, 0, 1, 700, "gc enabled: thresholds 0,10,10 -> 700,10,10 in worker 1");
	assert_change(1, 700, 1, 0, "gc disabled: thresholds 700,10,10 -> 0,10,10 in worker 1");
	assert_change(0, 700, 1, 700, "gc enabled: thresholds 700,10,10 in worker 1");
	assert_change(1, 700, 0, 700, "gc disabled: thresholds 700,10,10 in worker 1");
	assert_change(0, 0, 1, 700, "gc enabled: thresholds 0,10,10 -> 700,10,10 in worker 1");
	assert_change(1, 700, 1, 50000, "gc thresholds 700,10,10 -> 50000,10,10 in worker 1");
	assert_change(0, 700, 0, 0, "gc thresholds 700,10,10 -> 0,10,10 in worker 1");
	assert_change(0, 0, 1, 0, "gc.enable() called, and gc stays off: thresholds 0,10,10 in worker 1");
}

static void test_events__gc_settings_of_the_master_and_of_an_interpreter(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	int second;

	steps_begin(&c);
	for (second = 0; second < 3; second++) {
		steps_at(&c, second);
		fixture_gc(&c.s.procs[0], second != 1, 700, 0);
		fixture_gc_more(&c.s.procs[0], 4)->thresholds[1] = second == 2 ? 50 : 10;
		c.s.procs[0].gc.interpreters[1].enabled = 1;
		steps_look(&c);
		if (second == 1)
			assert_string_equal(find_event(&c, EVENT_GC_SETTINGS_CHANGED)->text,
					    "gc disabled: thresholds 700,10,10 in the master");
	}
	assert_int_equal(c.snap.nevents, 2);
	assert_string_equal(c.snap.events[0].text, "gc enabled: thresholds 700,10,10 in the master");
	assert_string_equal(c.snap.events[1].text, "gc thresholds 700,10,10 -> 700,50,10 in "
						   "interpreter 4 of the master");
}

/* Unreadable in between: what did not change is no event, what did is told when it is seen. */
static void test_events__gc_unreadable_in_between(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct event *e;

	steps_begin(&c);
	steps_at(&c, 0);
	add_python(&c, 101, 0, 700, 5, 0);
	add_python(&c, 102, 0, 700, 5, 0);
	steps_look(&c);
	steps_at(&c, 1);
	add_worker(&c, 101, -50, 1000, 0, 0, 0)->gc.runtime = RUNTIME_CPYTHON;
	gc_state_init(add_python(&c, 102, 0, 0, 0, 0));
	c.s.procs[2].gc.interpreters[0].id = 0;
	steps_look(&c);
	assert_int_equal(c.snap.nevents, 0);

	steps_at(&c, 2);
	add_python(&c, 101, 0, 700, 5, 0);
	add_python(&c, 102, 1, 700, 6, 300);
	steps_look(&c);
	assert_int_equal(c.snap.nevents, 2);
	assert_int_equal(find_event(&c, EVENT_GC_SETTINGS_CHANGED)->pid, 102);
	e = find_event(&c, EVENT_GC_COLLECTED);
	assert_int_equal(e->pid, 102);
	/* When it ran is not known: no copies are put down to it, neither here nor in the group. */
	assert_unknown(e->cow_bytes);
	assert_string_equal(e->text, "a full collection in worker 2");
	assert_figure(c.snap.gc_groups[1].full_collections, 1);
	assert_unknown(c.snap.gc_groups[1].bytes_per_full_collection);
}

static void test_events__gc_collected(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct event *e;

	steps_begin(&c);
	steps_at(&c, 0);
	add_python(&c, 101, 1, 700, 5, 0);
	steps_look(&c);
	steps_at(&c, 1);
	add_python(&c, 101, 1, 700, 6, 512)->collections[0] = 80;
	steps_look(&c);
	assert_int_equal(c.snap.nevents, 1);
	e = find_event(&c, EVENT_GC_COLLECTED);
	assert_int_equal(e->pid, 101);
	assert_figure(e->cow_bytes, 512 * FIXTURE_PAGE);
	assert_string_equal(e->text, "a full collection in worker 1, 2.0 MiB copied meanwhile");

	/* Young collections only; a counter that fell; several at once, without a ledger. */
	steps_at(&c, 2);
	add_python(&c, 101, 1, 700, 6, 512)->collections[0] = 99;
	steps_look(&c);
	assert_int_equal(c.snap.nevents, 0);
	steps_at(&c, 3);
	add_python(&c, 101, 1, 700, 2, 512);
	steps_look(&c);
	assert_int_equal(c.snap.nevents, 0);
	steps_at(&c, 4);
	add_python(&c, 101, 1, 700, 5, ABSENT);
	steps_look(&c);
	e = find_event(&c, EVENT_GC_COLLECTED);
	assert_unknown(e->cow_bytes);
	assert_string_equal(e->text, "3 full collections in worker 1");
}

static void keep_full(struct gc_state *s, int i, fact start, fact ms, fact candidates)
{
	s->full[i] = (struct gc_full){ start, start + ms * MILLISECOND, candidates };
}

/* From 3.15 on with their times, while the interpreter has kept those of all that there were. */
static void test_events__gc_collected_with_times(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct event *e;
	struct gc_state *s;
	fact at;

	steps_begin(&c);
	for (int second = 0; second < 4; second++) {
		static const fact full[] = { 5, 6, 8, 12 };

		steps_at(&c, second);
		s = add_python(&c, 101, 1, 700, full[second], 0);
		at = c.s.mono_ns - SECOND / 2;
		keep_full(s, 0, at, 35, 1200000);
		keep_full(s, 1, at - SECOND / 10, 4, 2000);
		keep_full(s, 2, at - SECOND / 5, 4, ABSENT);
		steps_look(&c);
		e = second ? find_event(&c, EVENT_GC_COLLECTED) : NULL;
		if (second == 1) {
			assert_string_equal(e->text,
					    "a full collection in worker 1, 35 ms over 1.2M objects, "
					    "0 B copied meanwhile");
			assert_int_equal(e->full.time_ns, c.s.time_ns - SECOND / 2);
			assert_int_equal(e->full.ns, 35 * MILLISECOND);
			assert_int_equal(e->full.candidates, 1200000);
		} else if (second == 2) {
			assert_string_equal(e->text,
					    "2 full collections in worker 1, 39 ms over 1.2M objects, "
					    "0 B copied meanwhile");
			assert_int_equal(e->full.time_ns, c.s.time_ns - SECOND * 6 / 10);
			assert_int_equal(e->full.candidates, 1202000);
		} else if (second == 3) {
			assert_string_equal(e->text, "4 full collections in worker 1, 0 B copied meanwhile");
			assert_int_equal(e->full.time_ns, 0);
		}
	}
}

/* The copies come first, the counter moves at the end: samples in the middle take nothing away. */
static void test_events__gc_collected_over_samples(void **state)
{
	static const struct {
		fact full, cow, collecting;
	} samples[] = {
		{ 5, 0, 0 },    { 5, 100, 0 },  { 5, 900, 1 },  { 5, 1000, 1 }, { 6, 1010, 0 },
		{ 6, 1015, 1 }, { 6, 1020, 0 }, { 7, 1050, 1 }, { 8, 1060, 0 },
	};
	static const figure copied[9] = { [4] = 910, [7] = 30, [8] = 10 };
	cleanup(steps_end) struct analysis_steps c;
	struct gc_state *s;
	size_t i;

	steps_begin(&c);
	for (i = 0; i < 9; i++) {
		steps_at(&c, (double)i);
		s = add_python(&c, 101, 1, 700, samples[i].full, samples[i].cow);
		s->collecting = samples[i].collecting;
		steps_look(&c);
		assert_int_equal(c.snap.nevents, copied[i] > 0);
		if (copied[i] > 0)
			assert_figure(find_event(&c, EVENT_GC_COLLECTED)->cow_bytes,
				      copied[i] * FIXTURE_PAGE);
	}
	assert_figure(c.snap.gc_groups[0].bytes_per_full_collection, (910 + 30 + 10) * FIXTURE_PAGE / 3.0);
}

static void freeze_to(struct analysis_steps *c, double second, fact any, fact count)
{
	struct gc_state *s;

	steps_at(c, second);
	s = add_python(c, 101, 1, 700, 0, 0);
	s->any_frozen = any;
	s->frozen = count;
	steps_look(c);
}

static void test_events__gc_froze(void **state)
{
	cleanup(steps_end) struct analysis_steps c;

	steps_begin(&c);
	freeze_to(&c, 0, 0, 0);
	freeze_to(&c, 1, 1, ABSENT);
	assert_string_equal(find_event(&c, EVENT_GC_SETTINGS_CHANGED)->text,
			    "gc froze its objects in worker 1");
	/* Counted later, and some of them died: nothing happened. */
	freeze_to(&c, 2, 1, 412000);
	assert_int_equal(c.snap.nevents, 0);
	freeze_to(&c, 3, 1, 411990);
	assert_int_equal(c.snap.nevents, 0);
	freeze_to(&c, 4, 1, ABSENT);
	assert_int_equal(c.snap.nevents, 0);
	freeze_to(&c, 5, 1, 412990);
	assert_string_equal(find_event(&c, EVENT_GC_SETTINGS_CHANGED)->text,
			    "gc froze 1000 more objects, 412990 in all in worker 1");
	freeze_to(&c, 6, 0, 0);
	assert_string_equal(find_event(&c, EVENT_GC_SETTINGS_CHANGED)->text,
			    "gc unfroze 412990 objects in worker 1");
	freeze_to(&c, 7, 1, 55);
	assert_string_equal(find_event(&c, EVENT_GC_SETTINGS_CHANGED)->text,
			    "gc froze 55 objects in worker 1");
}

/* Settings of a process that is gone, a zombie, or exec'ed are no matter. */
static void test_events__gc_of_who_left(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	struct proc_sample *p;

	steps_begin(&c);
	steps_at(&c, 0);
	add_python(&c, 101, 0, 700, 0, 0);
	steps_look(&c);
	steps_at(&c, 1);
	p = add_worker(&c, 101, -50, 1000, 0, 0, 0);
	fixture_gc(p, 1, 700, 0)->collections[2] = 7;
	p->forked = false;
	steps_look(&c);
	assert_int_equal(c.snap.nevents, 1);
	assert_int_equal(c.snap.events[0].type, EVENT_WORKER_EXITED);
	assert_int_equal(c.snap.ngc_groups, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gc__format_and_on),
		cmocka_unit_test(test_gc__figures_of_a_process),
		cmocka_unit_test(test_groups__means_of_equal_settings),
		cmocka_unit_test(test_groups__arbiters),
		cmocka_unit_test(test_groups__unknown),
		cmocka_unit_test(test_groups__bytes_per_full_collection),
		cmocka_unit_test(test_groups__setting_of_the_time),
		cmocka_unit_test(test_groups__many_settings),
		cmocka_unit_test(test_events__gc_needs_two_samples),
		cmocka_unit_test(test_events__gc_settings_changed),
		cmocka_unit_test(test_events__gc_settings_of_the_master_and_of_an_interpreter),
		cmocka_unit_test(test_events__gc_unreadable_in_between),
		cmocka_unit_test(test_events__gc_collected),
		cmocka_unit_test(test_events__gc_collected_with_times),
		cmocka_unit_test(test_events__gc_collected_over_samples),
		cmocka_unit_test(test_events__gc_froze),
		cmocka_unit_test(test_events__gc_of_who_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
