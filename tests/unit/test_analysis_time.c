#include "lib/analysis_steps.h"
#include "analysis/correlation.h"

static void test_rates__first_sample_has_none(void **state)
{
	cleanup(steps_end) struct analysis_steps c;

	steps_begin(&c);
	steps_at(&c, 0);
	add_worker(&c, 101, -50, 1000, 0, 0, 0);
	steps_look(&c);
	assert_unknown(c.snap.elapsed_s);
	assert_unknown(c.snap.pool.faults.minor_per_s);
	assert_unknown(c.snap.pool.faults.cow_fraction);
	assert_unknown(c.snap.pool.faults.correlation);
	assert_unknown(find(&c, 101)->figures.faults.major_per_s);
	assert_int_equal(c.snap.nevents, 0);
}

static void test_rates__differences_over_time(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct fault_figures *f;

	steps_begin(&c);
	steps_at(&c, 0);
	add_worker(&c, 101, -50, 1000, 10, 20, 30);
	add_worker(&c, 102, -50, 2000, 0, 0, 0);
	steps_look(&c);
	steps_at(&c, 2);
	add_worker(&c, 101, -50, 1300, 110, 60, 40)->majflt = 7;
	add_worker(&c, 102, -50, 2100, 100, 0, 0);
	steps_look(&c);

	assert_figure(c.snap.elapsed_s, 2);
	f = &find(&c, 101)->figures.faults;
	assert_figure(f->minor, 1300);
	assert_figure(f->minor_per_s, 150);
	assert_figure(f->major_per_s, 2);
	assert_figure(f->cow_per_s, 50);
	assert_figure(f->new_per_s, 20);
	assert_figure(f->file_per_s, 5);
	assert_figure(f->other_per_s, 75);
	assert_figure(f->cow_fraction, 1.0 / 3);

	f = &c.snap.pool.faults;
	assert_figure(f->minor, 3400);
	assert_figure(f->minor_per_s, 200);
	assert_figure(f->cow_per_s, 100);
	assert_figure(f->other_per_s, 75);
	assert_figure(f->cow_fraction, 0.5);
}

/* The pages are read after the counter: what the ledger is ahead is no negative remainder. */
static void test_rates__never_negative(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct fault_figures *f;

	steps_begin(&c);
	steps_at(&c, 0);
	add_worker(&c, 101, -50, 1000, 0, 0, 0);
	steps_look(&c);
	steps_at(&c, 1);
	add_worker(&c, 101, -50, 1010, 12, 0, 0);
	steps_look(&c);
	f = &find(&c, 101)->figures.faults;
	assert_figure(f->other_per_s, 0);
	assert_figure(f->cow_fraction, 1);

	/* The ledger began anew: not known, and not in a sum. */
	steps_at(&c, 2);
	add_worker(&c, 101, -50, 1020, 0, 0, 0);
	steps_look(&c);
	f = &find(&c, 101)->figures.faults;
	assert_figure(f->minor_per_s, 10);
	assert_unknown(f->cow_per_s);
	assert_unknown(f->other_per_s);
	assert_unknown(f->cow_fraction);
	assert_unknown(c.snap.pool.faults.cow_per_s);
}

/* Copies seen in one interval, their faults counted in the next: the parts add up over both. */
static void test_rates__ahead_is_paid_back(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct fault_figures *f;

	steps_begin(&c);
	steps_at(&c, 0);
	add_worker(&c, 101, -50, 1000, 0, 0, 0);
	steps_look(&c);
	steps_at(&c, 1);
	add_worker(&c, 101, -50, 1010, 50, 0, 0);
	steps_look(&c);
	assert_figure(find(&c, 101)->figures.faults.other_per_s, 0);
	steps_at(&c, 2);
	add_worker(&c, 101, -50, 1075, 60, 0, 0);
	steps_look(&c);
	f = &find(&c, 101)->figures.faults;
	assert_figure(f->cow_per_s, 10);
	assert_figure(f->other_per_s, 15);
	assert_figure(c.snap.pool.faults.other_per_s, 15);

	/* Once: pages that came without a fault do not hide the faults of later on. */
	steps_at(&c, 3);
	add_worker(&c, 101, -50, 1105, 60, 0, 0);
	steps_look(&c);
	assert_figure(find(&c, 101)->figures.faults.other_per_s, 30);
	assert_figure(c.snap.pool.faults.other_per_s, 30);
}

static void test_rates__quiet_interval(void **state)
{
	cleanup(steps_end) struct analysis_steps c;

	steps_begin(&c);
	steps_at(&c, 0);
	add_worker(&c, 101, -50, 1000, 5, 5, 5);
	steps_look(&c);
	steps_at(&c, 1);
	add_worker(&c, 101, -50, 1000, 5, 5, 5);
	steps_look(&c);
	assert_figure(c.snap.pool.faults.minor_per_s, 0);
	assert_figure(c.snap.pool.faults.other_per_s, 0);
	assert_unknown(c.snap.pool.faults.cow_fraction);

	/* The same instant again: no interval. */
	steps_at(&c, 1);
	add_worker(&c, 101, -50, 1000, 5, 5, 5);
	steps_look(&c);
	assert_unknown(c.snap.elapsed_s);
	assert_unknown(c.snap.pool.faults.minor_per_s);
}

/* All that a worker born in the interval did is the interval's. */
static void test_rates__worker_born_in_the_interval(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct fault_figures *f;

	steps_begin(&c);
	steps_at(&c, 0);
	add_worker(&c, 101, -50, 1000, 0, 0, 0);
	steps_look(&c);
	steps_at(&c, 2);
	add_worker(&c, 101, -50, 1100, 20, 10, 0);
	add_worker(&c, 102, 1, 400, 268, 92, 6);
	steps_look(&c);

	f = &find(&c, 102)->figures.faults;
	assert_figure(f->minor_per_s, 200);
	assert_figure(f->cow_per_s, 134);
	assert_figure(f->new_per_s, 46);
	assert_figure(f->file_per_s, 3);
	assert_figure(f->other_per_s, 17);
	f = &c.snap.pool.faults;
	assert_figure(f->minor_per_s, 250);
	assert_figure(f->cow_per_s, 144);
	assert_figure(f->new_per_s, 51);
	assert_figure(f->other_per_s, 52);
}

/* A worker that is older than the sample before, yet was not in it: a partial sum is no sum. */
static void test_rates__worker_missed_before(void **state)
{
	cleanup(steps_end) struct analysis_steps c;

	steps_begin(&c);
	steps_at(&c, 0);
	add_worker(&c, 101, -50, 1000, 0, 0, 0);
	steps_look(&c);
	steps_at(&c, 1);
	add_worker(&c, 101, -50, 1100, 0, 0, 0);
	add_worker(&c, 102, -1, 500, 0, 0, 0);
	steps_look(&c);
	assert_figure(find(&c, 101)->figures.faults.minor_per_s, 100);
	assert_unknown(find(&c, 102)->figures.faults.minor_per_s);
	assert_unknown(c.snap.pool.faults.minor_per_s);
	assert_figure(c.snap.pool.faults.minor, 1600);
}

/* The same pid is another process when it started at another time. */
static void test_rates__reused_pid(void **state)
{
	cleanup(steps_end) struct analysis_steps c;

	steps_begin(&c);
	steps_at(&c, 0);
	add_worker(&c, 101, -50, 90000, 500, 0, 0);
	steps_look(&c);
	steps_at(&c, 1);
	add_worker(&c, 101, 0.5, 400, 0, 0, 0);
	steps_look(&c);
	assert_figure(find(&c, 101)->figures.faults.minor_per_s, 400);
	assert_int_equal(c.snap.nevents, 2);
	assert_int_equal(c.snap.events[0].type, EVENT_WORKER_EXITED);
	assert_int_equal(c.snap.events[1].type, EVENT_WORKER_STARTED);
	assert_int_equal(find(&c, 101)->slot, 1);
}

static void test_rates__correlation_over_the_window(void **state)
{
	static const fact cow[] = { 0, 10, 40, 60, 100 };
	cleanup(steps_end) struct analysis_steps c;
	size_t i;

	steps_begin(&c);
	for (i = 0; i < 5; i++) {
		steps_at(&c, (double)i);
		add_worker(&c, 101, -50, 1000 + 2 * cow[i] + 7 * (fact)i, cow[i], 0, 0);
		steps_look(&c);
		if (i < 3)
			assert_unknown(c.snap.pool.faults.correlation);
		else
			assert_figure(c.snap.pool.faults.correlation, 1);
	}
	assert_figure(find(&c, 101)->figures.faults.correlation, 1);
	assert_unknown(find(&c, 100)->figures.faults.correlation);
}

static void test_window__pearson(void **state)
{
	static const figure x[] = { 1, 2, 3, 4, 5 }, y[] = { 2, 1, 4, 3, 5 }, down[] = { 9, 7, 5, 3, 1 };
	cleanup(correlation_release) struct correlation some = { 0 }, against = { 0 }, still = { 0 };
	size_t i;

	for (i = 0; i < 5; i++) {
		correlation_add(&some, x[i], y[i]);
		correlation_add(&some, UNKNOWN, 1000);
		correlation_add(&against, x[i], down[i]);
		correlation_add(&still, x[i], 0.1);
	}
	assert_figure(correlation_of(&some), 0.8);
	assert_figure(correlation_of(&against), -1);
	assert_unknown(correlation_of(&still));
}

static void test_window__forgets_what_is_old(void **state)
{
	cleanup(correlation_release) struct correlation w = { 0 };
	size_t i;

	for (i = 0; i < 100; i++)
		correlation_add(&w, (figure)i, -(figure)i);
	assert_int_equal(w.n, CORRELATION_INTERVALS);
	assert_figure(correlation_of(&w), -1);
	for (i = 0; i < CORRELATION_INTERVALS; i++)
		correlation_add(&w, (figure)i, (figure)i);
	assert_figure(correlation_of(&w), 1);
}

static void test_slots__older_first_then_the_lowest_free(void **state)
{
	cleanup(steps_end) struct analysis_steps c;

	steps_begin(&c);
	steps_at(&c, 0);
	add_worker(&c, 103, -50, 0, 0, 0, 0);
	add_worker(&c, 102, -40, 0, 0, 0, 0);
	add_worker(&c, 101, -40, 0, 0, 0, 0);
	steps_look(&c);
	assert_int_equal(find(&c, 100)->slot, 0);
	assert_int_equal(find(&c, 103)->slot, 1);
	assert_int_equal(find(&c, 101)->slot, 2);
	assert_int_equal(find(&c, 102)->slot, 3);

	steps_at(&c, 1);
	add_worker(&c, 102, -40, 0, 0, 0, 0);
	steps_look(&c);
	assert_int_equal(find(&c, 102)->slot, 3);

	steps_at(&c, 2);
	add_worker(&c, 102, -40, 0, 0, 0, 0);
	add_worker(&c, 110, 1.5, 0, 0, 0, 0);
	add_worker(&c, 109, 1.7, 0, 0, 0, 0);
	add_worker(&c, 108, 1.8, 0, 0, 0, 0);
	steps_look(&c);
	assert_int_equal(find(&c, 102)->slot, 3);
	assert_int_equal(find(&c, 110)->slot, 1);
	assert_int_equal(find(&c, 109)->slot, 2);
	assert_int_equal(find(&c, 108)->slot, 4);
}

static void test_events__worker_comes_and_goes(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct event *e;

	steps_begin(&c);
	steps_at(&c, 0);
	add_worker(&c, 101, -50, 0, 0, 0, 0);
	steps_look(&c);
	steps_at(&c, 10);
	add_worker(&c, 102, 9, 0, 0, 0, 0);
	steps_look(&c);

	assert_int_equal(c.snap.nevents, 2);
	e = &c.snap.events[0];
	assert_int_equal(e->type, EVENT_WORKER_EXITED);
	assert_int_equal(e->pid, 101);
	assert_int_equal(e->time_ns, c.s.time_ns);
	assert_figure(e->cow_bytes, 260 * FIXTURE_PAGE);
	assert_string_equal(e->text, "worker 1 exited after 1m00s, having copied 1.0 MiB");
	e = &c.snap.events[1];
	assert_int_equal(e->type, EVENT_WORKER_STARTED);
	assert_int_equal(e->pid, 102);
	assert_unknown(e->cow_bytes);
	assert_string_equal(e->text, "worker 1 started");
}

/* A child is called like its master until it sets its title: that is no exit. */
static void test_events__title_makes_no_event_but_exec_does(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	struct proc_sample *p;

	steps_begin(&c);
	steps_at(&c, 0);
	add_worker(&c, 101, -50, 0, 0, 0, 0);
	fixture_hide_pages(add_worker(&c, 102, -50, 0, 0, 0, 0), LEVEL_ROLLUP);
	steps_look(&c);
	steps_at(&c, 1);
	fixture_name(add_worker(&c, 101, -50, 0, 0, 0, 0), "postgres", "postgres: checkpointer ");
	p = add_worker(&c, 102, -50, 0, 0, 0, 0);
	p->forked = false;
	steps_look(&c);
	assert_int_equal(c.snap.nevents, 1);
	assert_int_equal(c.snap.events[0].pid, 102);
	assert_unknown(c.snap.events[0].cow_bytes);
	assert_string_equal(c.snap.events[0].text, "worker 2 exec'ed after 51s");
}

static void test_events__master_goes_once(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	int i;

	steps_begin(&c);
	steps_at(&c, 0);
	add_worker(&c, 101, -50, 0, 0, 0, 0);
	steps_look(&c);
	for (i = 1; i < 3; i++) {
		snapshot_release(&c.snap);
		sample_release(&c.s);
		fixture_begin(&c.s, i);
		add_worker(&c, 101, -50, 0, 0, 0, 0);
		steps_look(&c);
		assert_int_equal(c.snap.nevents, i == 1);
		assert_unknown(c.snap.pool.memory.rss);
		assert_figure(c.snap.pool.workers, 1);
		if (i == 1) {
			assert_int_equal(c.snap.events[0].type, EVENT_MASTER_EXITED);
			assert_int_equal(c.snap.events[0].pid, 100);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rates__first_sample_has_none),
		cmocka_unit_test(test_rates__differences_over_time),
		cmocka_unit_test(test_rates__never_negative),
		cmocka_unit_test(test_rates__ahead_is_paid_back),
		cmocka_unit_test(test_rates__quiet_interval),
		cmocka_unit_test(test_rates__worker_born_in_the_interval),
		cmocka_unit_test(test_rates__worker_missed_before),
		cmocka_unit_test(test_rates__reused_pid),
		cmocka_unit_test(test_rates__correlation_over_the_window),
		cmocka_unit_test(test_window__pearson),
		cmocka_unit_test(test_window__forgets_what_is_old),
		cmocka_unit_test(test_slots__older_first_then_the_lowest_free),
		cmocka_unit_test(test_events__worker_comes_and_goes),
		cmocka_unit_test(test_events__title_makes_no_event_but_exec_does),
		cmocka_unit_test(test_events__master_goes_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
