/* Full collections whose times the interpreter has kept: when they were, and whose. */
#include "lib/fixture.h"
#include "base/clock.h"
#include "model/gc_full.h"

static const fact pages[6] = { 100, 0, 0, 0, 0, 0 };
static struct sample s;
static struct full_collection full[GC_FULL];

/* A master, and a worker of it that is 50 seconds old. */
static void begin(void)
{
	sample_release(&s);
	fixture_begin(&s, 0);
	for (int i = 0; i < 2; i++) {
		struct gc_state *g = fixture_gc(fixture_add(&s, 100 + i, i ? -50 : -100, pages), 1, 2000, 0);

		g->collections[2] = 9;
	}
	s.procs[1].base_pid = 100;
}

/* One that took 20 ms and ended so long ago. */
static void keep(int process, int i, double seconds_ago, fact candidates)
{
	fact stop = s.mono_ns - (fact)(seconds_ago * (double)SECOND);

	s.procs[process].gc.interpreters[0].full[i] = (struct gc_full){ stop - 20 * MILLISECOND, stop,
									candidates };
}

static size_t of(int process)
{
	return full_collections(&s, &s.procs[process], gc_main(&s.procs[process].gc), full);
}

static void test_gc_full__times_and_numbers(void **state)
{
	begin();
	keep(1, 0, 2, 1000);
	keep(1, 1, 4.5, ABSENT);
	assert_int_equal(of(1), 2);
	assert_int_equal(full[0].number, 9);
	assert_int_equal(full[0].time_ns, s.time_ns - 2 * SECOND - 20 * MILLISECOND);
	assert_int_equal(full[0].ns, 20 * MILLISECOND);
	assert_int_equal(full[0].candidates, 1000);
	assert_false(full[0].inherited);
	assert_int_equal(full[1].number, 8);
	assert_int_equal(full[1].candidates, ABSENT);
	assert_int_equal(of(0), 0);
}

/* A fork begins with its base's: the time tells, and in the tick of the fork the base does. */
static void test_gc_full__inherited(void **state)
{
	begin();
	keep(1, 0, 49.98, 10);
	keep(1, 1, 49.995, 10);
	keep(1, 2, 51, 10);
	assert_int_equal(of(1), 3);
	assert_false(full[0].inherited);
	assert_true(full[1].inherited);
	assert_true(full[2].inherited);
	keep(0, 2, 49.98, 10); /* its base has that one */
	assert_int_equal(of(1), 3);
	assert_true(full[0].inherited);
	assert_int_equal(of(0), 0); /* two in front of it are missing */
}

static void test_gc_full__no_times(void **state)
{
	begin();
	keep(1, 0, -3600, 10);
	assert_int_equal(of(1), 0);
	keep(1, 0, 1, 10);
	s.procs[1].gc.interpreters[0].full[0].start_ns += SECOND;
	assert_int_equal(of(1), 0);
	s.procs[1].gc.interpreters[0].full[0] = (struct gc_full){ INT64_MAX, INT64_MAX, 0 };
	assert_int_equal(of(1), 0);
	keep(1, 0, 1, 10);
	s.procs[1].start_ns = INT64_MAX;
	assert_int_equal(of(1), 1);
	assert_true(full[0].inherited);
	sample_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gc_full__times_and_numbers),
		cmocka_unit_test(test_gc_full__inherited),
		cmocka_unit_test(test_gc_full__no_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
