#include "lib/between.h"
#include "lib/analysis_steps.h"
#include "analysis/fault_burst.h"

/* Seconds of 100 faults each in the worker 101, from second 0 on; the next sample is the test's. */
static void steps_of_calm(struct analysis_steps *c, int seconds)
{
	int i;

	steps_begin(c);
	for (i = 0; i <= seconds; i++) {
		steps_at(c, i);
		add_worker(c, 101, -50, 1000 + 100 * i, 0, 0, 0);
		steps_look(c);
		assert_int_equal(c->snap.nevents, 0);
	}
}

static void test_pace__burst(void **state)
{
	struct fault_burst p = { 0 };
	int i;

	assert_false(fault_burst_is(&p, 1e9, 1));
	for (i = 0; i < 3; i++)
		fault_burst_add(&p, 100, 1);
	fault_burst_add(&p, UNKNOWN, 1);
	fault_burst_add(&p, 100, UNKNOWN);
	assert_int_equal(p.n, 3);
	assert_figure(p.mean, 100);

	/* The floor: 2000 a second, of at least half a second and at most five. */
	assert_false(fault_burst_is(&p, 1999, 1));
	assert_true(fault_burst_is(&p, 2000, 1));
	assert_false(fault_burst_is(&p, 900, 0.01));
	assert_true(fault_burst_is(&p, 1000, 0.01));
	assert_true(fault_burst_is(&p, 10000, 10));
	/* Its own past. */
	assert_false(fault_burst_is(&p, 29999, 60));
	assert_true(fault_burst_is(&p, 30000, 60));
	assert_false(fault_burst_is(&p, UNKNOWN, 1));
	assert_false(fault_burst_is(&p, 5000, UNKNOWN));
}

/* One burst of 16 000 faults a second, however often one looks; what is usual before it as well. */
static void test_pace__short_intervals(void **state)
{
	static const double every[] = { 0.01, 0.05, 0.2, 0.5 };
	size_t i;

	for (i = 0; i < sizeof(every) / sizeof(every[0]); i++) {
		struct fault_burst p = { 0 };
		int bursts = 0, before;
		double t;

		for (t = 0; t < 4; t += every[i])
			fault_burst_add(&p, 100 * every[i], every[i]);
		assert_figure(round(p.mean), 100);
		assert_false(p.burst);
		for (t = 0; t < 1.5; t += every[i]) {
			before = p.burst;
			fault_burst_add(&p, 16000 * every[i], every[i]);
			bursts += p.burst && !before;
		}
		assert_int_equal(bursts, 1);
		for (t = 0; t < 1.5; t += every[i])
			fault_burst_add(&p, 0, every[i]);
		assert_false(p.burst);
	}
}

/* A load that stays is no burst for long, and one spike is soon forgotten. */
static void test_pace__gets_used_to_a_load(void **state)
{
	struct fault_burst p = { 0 }, spike;
	int i;

	for (i = 0; i < 50; i++)
		fault_burst_add(&p, 0, 1);
	fault_burst_add(&p, 30000, 1);
	assert_true(p.burst);
	spike = p;
	for (i = 0; i < 3; i++)
		fault_burst_add(&spike, 0, 1);
	assert_false(spike.burst);
	assert_true(fault_burst_is(&spike, 3000, 1));

	/* One burst without a gap, that ends. */
	for (i = 0; p.burst; i++) {
		assert_between(i, 0, 12);
		fault_burst_add(&p, 30000, 1);
	}
	for (i = 0; i < 50; i++) {
		fault_burst_add(&p, 30000, 1);
		assert_false(p.burst);
	}
	assert_figure(round(p.mean / 100), 300);
}

static void test_events__fault_burst(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct event *e;

	steps_of_calm(&c, 4);
	steps_at(&c, 5);
	add_worker(&c, 101, -50, 1400 + 9000, 512, 0, 0);
	steps_look(&c);
	assert_int_equal(c.snap.nevents, 1);
	e = find_event(&c, EVENT_FAULT_BURST);
	assert_int_equal(e->pid, 101);
	assert_figure(e->cow_bytes, 512 * FIXTURE_PAGE);
	assert_string_equal(e->text, "9000 minor faults/s in worker 1, 100/s before");

	/* It goes on: told once. */
	steps_at(&c, 6);
	add_worker(&c, 101, -50, 1400 + 18000, 512, 0, 0);
	steps_look(&c);
	assert_int_equal(c.snap.nevents, 0);
}

/* A busy pool, a young worker, and an exec'ed process have no bursts. */
static void test_events__no_fault_burst(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	struct proc_sample *p;
	int i;

	steps_begin(&c);
	for (i = 0; i <= 6; i++) {
		steps_at(&c, i);
		add_worker(&c, 101, -50, 1000 + 9000 * i + (i == 6 ? 20000 : 0), 0, 0, 0);
		if (i >= 4)
			add_worker(&c, 102, 3.5, 100 + 90000 * (i - 4), 0, 0, 0);
		p = add_worker(&c, 103, -50, 1000 + (i == 6 ? 90000 : 0), 0, 0, 0);
		p->forked = false;
		steps_look(&c);
		assert_no_event(&c, EVENT_FAULT_BURST);
	}
}

/* The zombie still has the counter. */
static void test_events__shutdown_of_a_zombie(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	struct proc_sample *p;
	const struct event *e;

	steps_of_calm(&c, 4);
	steps_at(&c, 5);
	p = add_worker(&c, 101, -50, 1400 + 46664, 0, 0, 0);
	fixture_hide_pages(p, LEVEL_NONE);
	p->state = 'Z';
	steps_look(&c);
	e = find_event(&c, EVENT_FAULT_BURST);
	assert_int_equal(e->pid, 101);
	assert_unknown(e->cow_bytes);
	assert_string_equal(e->text, "worker 1 shut down with 46664 minor faults, 100/s before");

	/* Waited for: the master has them all, and none of them is new. */
	steps_at(&c, 6);
	c.s.procs[0].cminflt = 1400 + 46664;
	steps_look(&c);
	assert_int_equal(c.snap.nevents, 0);
}

/* Gone between two samples: its faults are in the counter of the master, who waited for it. */
static void test_events__shutdown_unseen(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct event *e;

	steps_of_calm(&c, 4);
	steps_at(&c, 5);
	c.s.procs[0].cminflt = 1400 + 33291;
	steps_look(&c);
	assert_int_equal(c.snap.nevents, 2);
	assert_int_equal(c.snap.events[0].type, EVENT_WORKER_EXITED);
	e = find_event(&c, EVENT_FAULT_BURST);
	assert_int_equal(e->pid, 101);
	assert_string_equal(e->text, "worker 1 shut down with up to 33291 minor faults, 100/s before");
}

/* os._exit(): no storm. A master that ignores SIGCHLD never gets the counter. */
static void test_events__quiet_shutdown(void **state)
{
	cleanup(steps_end) struct analysis_steps quiet, ignored;

	steps_of_calm(&quiet, 4);
	steps_at(&quiet, 5);
	quiet.s.procs[0].cminflt = 1400 + 350;
	steps_look(&quiet);
	assert_no_event(&quiet, EVENT_FAULT_BURST);

	steps_of_calm(&ignored, 4);
	steps_at(&ignored, 5);
	steps_look(&ignored);
	assert_no_event(&ignored, EVENT_FAULT_BURST);
}

/* Which of them had how many cannot be told. */
static void test_events__several_shut_down(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct event *e;
	int i;

	steps_begin(&c);
	for (i = 0; i < 5; i++) {
		steps_at(&c, i);
		add_worker(&c, 101, -50, 1000 + 100 * i, 0, 0, 0);
		add_worker(&c, 102, -50, 1000 + 200 * i, 0, 0, 0);
		steps_look(&c);
	}
	steps_at(&c, 5);
	c.s.procs[0].cminflt = 1400 + 1800 + 66579;
	steps_look(&c);
	e = find_event(&c, EVENT_FAULT_BURST);
	assert_int_equal(e->pid, 100);
	assert_string_equal(e->text, "2 workers shut down with up to 66579 minor faults, 300/s before");
}

static void memory_is(struct analysis_steps *c, double second, fact available, fact limit, fact used)
{
	steps_at(c, second);
	c->s.host.available_bytes = available;
	c->s.host.cgroup_limit_bytes = limit;
	c->s.host.cgroup_used_bytes = used;
	steps_look(c);
}

static void test_events__memory_low_on_the_host(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	const struct event *e;
	fact all = 8 * 1024 * FIXTURE_MIB;

	steps_begin(&c);
	memory_is(&c, 0, all / 25, ABSENT, ABSENT);
	assert_int_equal(c.snap.nevents, 0);
	memory_is(&c, 1, all / 25, ABSENT, ABSENT);
	e = find_event(&c, EVENT_MEMORY_LOW);
	assert_int_equal(e->pid, 0);
	assert_unknown(e->cow_bytes);
	assert_string_equal(e->text, "memory low on the host: 327.7 MiB of 8.0 GiB left");

	/* Not again before it has recovered; what is not known changes nothing. */
	memory_is(&c, 2, all / 100 * 7, ABSENT, ABSENT);
	assert_int_equal(c.snap.nevents, 0);
	memory_is(&c, 3, ABSENT, ABSENT, ABSENT);
	memory_is(&c, 4, all / 25, ABSENT, ABSENT);
	assert_int_equal(c.snap.nevents, 0);
	memory_is(&c, 5, all / 10, ABSENT, ABSENT);
	memory_is(&c, 6, all / 25, ABSENT, ABSENT);
	assert_int_equal(c.snap.nevents, 1);
}

static void test_events__memory_low_in_the_cgroup(void **state)
{
	cleanup(steps_end) struct analysis_steps c;
	fact limit = 1024 * FIXTURE_MIB, all = 8 * 1024 * FIXTURE_MIB;

	steps_begin(&c);
	memory_is(&c, 0, all, limit, limit / 2);
	memory_is(&c, 1, all, limit, limit - 40 * FIXTURE_MIB);
	assert_string_equal(find_event(&c, EVENT_MEMORY_LOW)->text,
			    "memory low in the cgroup: 40.0 MiB of 1.0 GiB left, page cache counted as "
			    "used");
	memory_is(&c, 2, all / 25, limit, limit + 4096);
	assert_string_equal(find_event(&c, EVENT_MEMORY_LOW)->text,
			    "memory low on the host: 327.7 MiB of 8.0 GiB left");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pace__burst),
		cmocka_unit_test(test_pace__short_intervals),
		cmocka_unit_test(test_pace__gets_used_to_a_load),
		cmocka_unit_test(test_events__fault_burst),
		cmocka_unit_test(test_events__no_fault_burst),
		cmocka_unit_test(test_events__shutdown_of_a_zombie),
		cmocka_unit_test(test_events__shutdown_unseen),
		cmocka_unit_test(test_events__quiet_shutdown),
		cmocka_unit_test(test_events__several_shut_down),
		cmocka_unit_test(test_events__memory_low_on_the_host),
		cmocka_unit_test(test_events__memory_low_in_the_cgroup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
