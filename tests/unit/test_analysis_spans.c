/*
 * Rates, events and stories where pages are not read for every sample: nothing is counted twice, nothing is
 * zero that is only not known yet.
 */
#include "lib/analysis_steps.h"
#include "analysis/story.h"
#include "analysis/interval.h"
#include "model/field.h"
#include "analysis/rule_parts.h"

/* A worker whose pages were read `age` seconds before; negative: never yet. */
static struct proc_sample *worker(struct analysis_steps *c, pid_t pid, double age, fact minor, fact cow)
{
	struct proc_sample *p = add_worker(c, pid, -50, minor, cow, 0, 0);

	p->pages_age_ns = (fact)(age * (double)FIXTURE_SECOND);
	if (age < 0) {
		fixture_hide_pages(p, LEVEL_NONE);
		p->pages_age_ns = ABSENT;
	}
	return p;
}

/* Read at 0 and 4, and not in between. */
static void look_at(struct analysis_steps *c, int second)
{
	int age = second % 4;
	/* 100 faults a second, of them 25 copies */
	steps_at(c, second);
	worker(c, 101, age, 1000 + 100 * second, 25 * (second - age));
	worker(c, 102, age, 2000 + 10 * second, 0);
	steps_look(c);
}

static void test_spans__rates_are_those_of_their_time(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct fault_figures *f;

	steps_begin(&c);
	for (int second = 0; second <= 4; second++)
		look_at(&c, second);
	f = &find(&c, 101)->figures.faults;
	assert_figure(f->cow_per_s, 25);
	assert_figure(f->other_per_s, 75);
	assert_figure(f->span_s, 4);
	assert_figure(f->span_minor_per_s, 100);
	assert_figure(f->minor_per_s, 100);
	assert_figure(f->cow_fraction, 0.25);
	f = &c.snap.pool.faults;
	assert_figure(f->cow_per_s, 25);
	assert_figure(f->other_per_s, 85);
	assert_figure(f->minor_per_s, 110);
	assert_figure(f->span_s, 4);
	assert_figure(f->cow_fraction, 25.0 / 110);
	assert_figure(c.snap.pool.copied_per_s, 25);
	assert_figure(c.snap.pool.pages_age_s, 0);
	assert_int_equal(c.snap.deferred, 0);
}

static void test_spans__they_stand_until_the_next(void **state)
{
	cleanup(steps_end) struct analysis_steps c;

	steps_begin(&c);
	for (int second = 0; second <= 3; second++) {
		look_at(&c, second);
		assert_unknown(find(&c, 101)->figures.faults.cow_per_s);
		assert_unknown(c.snap.pool.faults.cow_per_s);
	}
	assert_figure(c.snap.pool.pages_age_s, 3);
	assert_int_equal(c.snap.deferred, 2);
	assert_figure(c.snap.pool.faults.minor_per_s, 110);
	for (int second = 4; second <= 12; second++) {
		look_at(&c, second);
		assert_figure(find(&c, 101)->figures.faults.cow_per_s, 25);
		assert_figure(find(&c, 101)->figures.faults.minor_per_s, 100);
		assert_figure(c.snap.pool.faults.cow_per_s, 25);
		assert_figure(c.snap.pool.faults.cow_fraction, 25.0 / 110);
		assert_figure(c.snap.pool.faults.span_s, 4);
		assert_figure(find(&c, 101)->figures.pages_age_s, second % 4);
	}
}

/* One stands still and is known, one waits: the sum is of what is known of each, and as old as the oldest. */
static void test_spans__each_has_its_own(void **state)
{
	cleanup(steps_end) struct analysis_steps c;

	steps_begin(&c);
	look_at(&c, 0);
	for (int second = 1; second <= 4; second++) {
		steps_at(&c, second);
		worker(&c, 101, second % 4, 1000 + 100 * second, second == 4 ? 100 : 0);
		worker(&c, 102, 0, 2000 + 10 * second, 10 * second);
		steps_look(&c);
	}
	assert_figure(find(&c, 101)->figures.faults.cow_per_s, 25);
	assert_figure(find(&c, 102)->figures.faults.cow_per_s, 10);
	assert_figure(c.snap.pool.faults.cow_per_s, 35);
	steps_at(&c, 5);
	worker(&c, 101, 1, 1500, 100);
	worker(&c, 102, 0, 2050, 50);
	steps_look(&c);
	assert_figure(c.snap.pool.faults.cow_per_s, 35);
	assert_figure(c.snap.pool.pages_age_s, 1);
	assert_int_equal(c.snap.deferred, 1);
}

static enum label label_in(const struct analysis_steps *c, pid_t pid, const char *key)
{
	struct measure m = pid ? field_of_process(field_find_process(key), find(c, pid)) :
				 field_of_pool(rule_key_find(RULE_POOL, key), &c->snap);

	assert_true(known(m.value));
	if (m.label == LABEL_ESTIMATE) {
		assert_figure(m.low, m.value);
		assert_figure(m.high, m.value);
	}
	return m.label;
}

/* What rests on old pages is an estimate, also where it was a bound when they were read; a sum with one of them is, too. */
static void test_spans__old_pages_make_estimates(void **state)
{
	static const char *const keys[] = { "cow_broken_bytes", "pages.shared", "pages.file" };
	cleanup(steps_end) struct analysis_steps c;

	steps_begin(&c);
	for (int age = 0; age < 3; age++) {
		steps_at(&c, age);
		for (pid_t pid = 101; pid <= 102; pid++) {
			struct proc_sample *p = worker(&c, pid, pid == 101 ? age : 0, 1000 + age, 50);

			p->exactness = EXACTNESS_UPPER_BOUND;
			p->doubt = (struct doubt_facts){ .new = 10 };
		}
		steps_look(&c);
		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
			enum label now = i ? LABEL_EXACT : LABEL_UPPER_BOUND;

			assert_int_equal(label_in(&c, 102, keys[i]), now);
			assert_int_equal(label_in(&c, 101, keys[i]), age ? LABEL_ESTIMATE : now);
			assert_int_equal(label_in(&c, 0, keys[i]), age ? LABEL_ESTIMATE : now);
		}
		assert_int_equal(label_in(&c, 101, "faults.minor"), LABEL_EXACT);
		assert_int_equal(label_in(&c, 0, "rss_bytes"), age ? LABEL_ESTIMATE : LABEL_EXACT);
	}
}

/* Who was never read has no pages yet: the sums are not known, and the level is that of the others. */
static void test_spans__who_was_never_read(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	struct proc_sample *p;

	steps_begin(&c);
	look_at(&c, 0);
	for (int second = 1; second <= 2; second++) {
		steps_at(&c, second);
		worker(&c, 101, second, 1000, 0);
		p = worker(&c, 103, -1, 60 * second, 0);
		p->start_ns = FIXTURE_BEGIN + FIXTURE_SECOND / 2;
		steps_look(&c);
		assert_unknown(c.snap.pool.cow_broken_bytes);
		assert_unknown(c.snap.pool.pages_age_s);
		assert_unknown(c.snap.pool.faults.cow_per_s);
		assert_int_equal(c.snap.level, LEVEL_EXACT);
		assert_figure(find(&c, 103)->figures.faults.minor_per_s, 60);
	}
	steps_at(&c, 3);
	worker(&c, 101, 0, 1000, 0);
	p = worker(&c, 103, 0, 180, 90);
	p->start_ns = FIXTURE_BEGIN + FIXTURE_SECOND / 2;
	steps_look(&c);
	/* all that it ever did, since the sample before its birth */
	assert_figure(find(&c, 103)->figures.faults.cow_per_s, 30);
	assert_figure(find(&c, 103)->figures.faults.other_per_s, 30);
	assert_figure(c.snap.pool.faults.cow_per_s, 30);
}

/* A part of a recording may begin in between: then the faults of the first span are not known, its copies are. */
static void test_spans__a_part_begins_in_between(void **state)
{
	cleanup(steps_end) struct analysis_steps c;

	steps_begin(&c);
	look_at(&c, 2);
	look_at(&c, 3);
	assert_unknown(c.snap.pool.faults.cow_per_s);
	look_at(&c, 4);
	assert_figure(find(&c, 101)->figures.faults.cow_per_s, 25);
	assert_figure(find(&c, 101)->figures.faults.span_s, 4);
	assert_unknown(find(&c, 101)->figures.faults.other_per_s);
	assert_unknown(find(&c, 101)->figures.faults.cow_fraction);
	look_at(&c, 8);
	assert_figure(find(&c, 101)->figures.faults.other_per_s, 75);
}

static void test_spans__an_exit_tells_how_old_its_copies_are(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct event *e;

	steps_begin(&c);
	for (int second = 0; second <= 6; second++)
		look_at(&c, second);
	steps_at(&c, 7);
	worker(&c, 101, 3, 1700, 100);
	steps_look(&c);
	e = find_event(&c, EVENT_WORKER_EXITED);
	assert_figure(e->cow_bytes, 260 * FIXTURE_PAGE);
	assert_true(e->estimated);
	assert_non_null(strstr(e->text, "copied about 1.0 MiB 3s before"));
}

static void set_full(struct analysis_steps *c, fact full)
{
	for (size_t i = 1; i < c->s.nprocs; i++) {
		struct gc_facts *g = &c->s.procs[i].gc;

		g->runtime = RUNTIME_CPYTHON;
		g->interpreters = xcalloc(1, sizeof(*g->interpreters));
		g->ninterpreters = 1;
		gc_state_init(g->interpreters);
		g->interpreters->enabled = 1;
		g->interpreters->collections[GC_GENERATIONS - 1] = full;
	}
}

/* A collection while pages wait is told with its copies, when these are known: once, and not as none. */
static void test_spans__a_collection_has_its_copies(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct event *e;

	steps_begin(&c);
	for (int second = 0; second <= 4; second++) {
		steps_at(&c, second);
		worker(&c, 101, second % 4, 1000 + 100 * second, second == 4 ? 100 : 0);
		set_full(&c, second < 2 ? 5 : 6);
		steps_look(&c);
		assert_int_equal(c.snap.nevents, second == 4);
		if (second)
			assert_int_equal(find(&c, 101)->full, second == 4 ? 1 : ABSENT);
	}
	e = find_event(&c, EVENT_GC_COLLECTED);
	assert_figure(e->cow_bytes, 100 * FIXTURE_PAGE);
	assert_figure(find(&c, 101)->full_bytes, 100 * FIXTURE_PAGE);
	assert_figure(c.snap.gc_groups[0].bytes_per_full_collection, 100 * FIXTURE_PAGE);
	assert_figure(c.snap.gc_groups[0].full_collections, 1);
}

/* Copies of a burst that fell between two readings cannot be told from the others'. */
static void test_spans__a_burst_has_no_copies_of_its_own(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct event *e;

	steps_begin(&c);
	for (int second = 0; second <= 13; second++)
		look_at(&c, second);
	steps_at(&c, 14);
	worker(&c, 101, 2, 1000 + 100 * 14 + 90000, 25 * 12);
	worker(&c, 102, 2, 2000 + 10 * 14, 0);
	steps_look(&c);
	e = find_event(&c, EVENT_FAULT_BURST);
	assert_unknown(e->cow_bytes);
}

static void test_spans__growth_is_not_flat_in_between(void **state)
{
	cleanup(steps_end) struct analysis_steps every, fourth;
	figure slope[2];

	steps_begin(&every);
	steps_begin(&fourth);
	for (int second = 0; second <= 400; second++) {
		steps_at(&every, second);
		worker(&every, 101, 0, 1000 + 100 * second, 0)->pages.new = 100 * second;
		steps_look(&every);
		steps_at(&fourth, second);
		worker(&fourth, 101, second % 4, 1000 + 100 * second, 0)->pages.new = 100 *
										      (second - second % 4);
		steps_look(&fourth);
	}
	slope[0] = slope[1] = UNKNOWN;
	for (size_t i = 0; i < every.snap.nfindings; i++)
		if (every.snap.findings[i].kind == FINDING_GROWTH)
			slope[0] = every.snap.findings[i].value;
	for (size_t i = 0; i < fourth.snap.nfindings; i++)
		if (fourth.snap.findings[i].kind == FINDING_GROWTH)
			slope[1] = fourth.snap.findings[i].value;
	assert_true(known(slope[0]) && known(slope[1]));
	assert_true(fabs(slope[0] / slope[1] - 1) < 0.02);
}

/* A story of samples without pages in between has all faults and copies of one with them. */
static void test_spans__a_story_counts_each_copy_once(void **state)
{
	struct storyteller *t = story_begin();
	cleanup(steps_end) struct analysis_steps c;
	struct story s;

	steps_begin(&c);
	for (int second = 0; second <= 40; second++) {
		look_at(&c, second);
		story_add(t, &c.snap);
	}
	story_end(t, &s);
	assert_figure(s.faults.cow, 25 * 40);
	assert_figure(s.faults.minor, 110 * 40);
	assert_figure(s.faults.known_s, 2 * 40);
	story_release(&s);
}

/* The rate that stands is no burst after burst. */
static void test_spans__the_tempo_is_not_that_of_old_copies(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	struct interval t;

	interval_init(&t, FIXTURE_SECOND, true);
	steps_begin(&c);
	for (int second = 0; second <= 60; second++) {
		steps_at(&c, second);
		worker(&c, 101, second % 20, 100000 * (second / 20), 100000 * (second / 20));
		steps_look(&c);
		interval_next(&t, &c.snap);
		if (second % 20 > 5)
			assert_int_equal(t.interval_ns, FIXTURE_SECOND);
	}
}

static void test_spans__own_cpu_is_of_the_last_minute(void **state)
{
	cleanup(steps_end) struct analysis_steps c;

	steps_begin(&c);
	for (int second = 0; second <= 200; second++) {
		steps_at(&c, second);
		c.s.cost_ns = 500000000;
		/* half a second at first, then 1 % */
		c.s.own_ns = 700000000 + (fact)second * 10000000;
		c.s.budget_ppm = 10000;
		steps_look(&c);
		if (!second)
			assert_unknown(c.snap.own_cpu);
		else if (second <= 59)
			assert_true(fabs(c.snap.own_cpu - (0.5 / second + 0.01)) < 1e-9);
		else if (second > 61)
			assert_true(fabs(c.snap.own_cpu - 0.01) < 1e-9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spans__rates_are_those_of_their_time),
		cmocka_unit_test(test_spans__they_stand_until_the_next),
		cmocka_unit_test(test_spans__each_has_its_own),
		cmocka_unit_test(test_spans__old_pages_make_estimates),
		cmocka_unit_test(test_spans__who_was_never_read),
		cmocka_unit_test(test_spans__a_part_begins_in_between),
		cmocka_unit_test(test_spans__an_exit_tells_how_old_its_copies_are),
		cmocka_unit_test(test_spans__a_collection_has_its_copies),
		cmocka_unit_test(test_spans__a_burst_has_no_copies_of_its_own),
		cmocka_unit_test(test_spans__growth_is_not_flat_in_between),
		cmocka_unit_test(test_spans__a_story_counts_each_copy_once),
		cmocka_unit_test(test_spans__the_tempo_is_not_that_of_old_copies),
		cmocka_unit_test(test_spans__own_cpu_is_of_the_last_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
