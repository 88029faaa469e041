/*
 * The interval of a recording: quick while copies burst, then the base, never beyond its means.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "lib/between.h"
#include "analysis/interval.h"

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)

/* A snapshot `elapsed_s` after the one before, with so many copies a second and an event or none. */
struct scene {
	struct sample sample;
	struct event event;
	struct snapshot snap;
};

static struct snapshot *scene(struct scene *s, figure elapsed_s, figure cow_per_s, int event)
{
	*s = (struct scene){ .event.type = event < 0 ? 0 : (enum event_type)event };
	s->snap = (struct snapshot){
		.facts = &s->sample,
		.elapsed_s = elapsed_s,
		.events = &s->event,
		.nevents = event >= 0,
		.pool.faults.cow_per_s = cow_per_s,
	};
	return &s->snap;
}

static int64_t quiet(struct interval *t)
{
	struct scene s;

	return interval_next(t, scene(&s, 1, 10, -1));
}

static int64_t event(struct interval *t, enum event_type type)
{
	struct scene s;

	return interval_next(t, scene(&s, 1, 10, (int)type));
}

static void quiet_is_the_base(void **state)
{
	struct interval t;
	struct scene s;

	interval_init(&t, 2 * SECOND, true);
	assert_int_equal(interval_next(&t, scene(&s, UNKNOWN, UNKNOWN, -1)), 2 * SECOND);
	for (int i = 0; i < 100; i++)
		assert_int_equal(quiet(&t), 2 * SECOND);
}

static void a_burst_and_back(void **state)
{
	static const enum event_type bursts[] = {
		EVENT_WORKER_STARTED,      EVENT_WORKER_EXITED, EVENT_GC_COLLECTED,
		EVENT_GC_SETTINGS_CHANGED, EVENT_FAULT_BURST,
	};
	struct interval t;

	for (size_t i = 0; i < sizeof(bursts) / sizeof(*bursts); i++) {
		interval_init(&t, 2 * SECOND, true);
		assert_int_equal(event(&t, bursts[i]), 250 * MS);
		assert_int_equal(event(&t, bursts[i]), 250 * MS);
		assert_int_equal(quiet(&t), 500 * MS);
		assert_int_equal(quiet(&t), 1000 * MS);
		assert_int_equal(quiet(&t), 2000 * MS);
		assert_int_equal(quiet(&t), 2000 * MS);
	}
	assert_int_equal(event(&t, EVENT_MEMORY_LOW), 2000 * MS);
}

static void copies_far_above_their_pace(void **state)
{
	struct interval t;
	struct scene s;

	interval_init(&t, SECOND, true);
	/* Nothing is usual yet. */
	assert_int_equal(interval_next(&t, scene(&s, 1, 50000, -1)), SECOND);
	interval_init(&t, SECOND, true);
	for (int i = 0; i < 8; i++)
		assert_int_equal(quiet(&t), SECOND);
	assert_int_equal(interval_next(&t, scene(&s, 1, 5000, -1)), 125 * MS);
	assert_int_equal(interval_next(&t, scene(&s, 1, 1000, -1)), 250 * MS);
}

static void fixed(void **state)
{
	struct interval t;

	interval_init(&t, 2 * SECOND, false);
	for (int i = 0; i < 10; i++)
		assert_int_equal(event(&t, EVENT_GC_COLLECTED), 2 * SECOND);
}

static void short_intervals_stay(void **state)
{
	struct interval t;

	interval_init(&t, 50 * MS, true);
	assert_int_equal(event(&t, EVENT_GC_COLLECTED), 50 * MS);
	interval_init(&t, 400 * MS, true);
	assert_int_equal(event(&t, EVENT_GC_COLLECTED), 100 * MS);
}

static void a_dear_sample_is_not_taken_often(void **state)
{
	struct interval t;
	struct scene s;

	interval_init(&t, 10 * SECOND, true);
	scene(&s, 1, 10, EVENT_GC_COLLECTED);
	s.sample.cost_ns = 300 * MS;
	assert_int_equal(interval_next(&t, &s.snap), 3 * SECOND);
	s.sample.cost_ns = 20 * SECOND;
	assert_int_equal(interval_next(&t, &s.snap), 10 * SECOND);
}

/* Bursts without end: at most twice the samples, and what was saved up. */
static void means(void **state)
{
	const int64_t total = 10000 * SECOND;
	int64_t at = 0, samples = 0, early = 0;
	struct interval t;

	interval_init(&t, SECOND, true);
	while (at < total) {
		at += event(&t, EVENT_GC_COLLECTED);
		samples++;
		early += at < 10 * SECOND;
	}
	assert_int_equal(early, 79);
	assert_between(samples, 19000, 2 * 10000 + 60);
	/* After a quiet time there is something saved up again. */
	for (int i = 0; i < 100; i++)
		quiet(&t);
	for (int i = 0; i < 40; i++)
		assert_int_equal(event(&t, EVENT_GC_COLLECTED), 125 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quiet_is_the_base),
		cmocka_unit_test(a_burst_and_back),
		cmocka_unit_test(copies_far_above_their_pace),
		cmocka_unit_test(fixed),
		cmocka_unit_test(short_intervals_stay),
		cmocka_unit_test(a_dear_sample_is_not_taken_often),
		cmocka_unit_test(means),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
