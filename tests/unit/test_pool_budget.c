/*
 * The account of cowtop's own CPU time, on a clock of its own: what is paid is paid, and what waits comes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "lib/between.h"
#include "pool/budget.h"

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)

/* A run: what a sample without reading costs, and reading each of `n` processes. */
struct run {
	struct budget b;
	int64_t now, cpu;
	int64_t tick, each;
	size_t n;
	int reads; /* samples in which the pages were read */
};

static void begin(struct run *r, double share, int64_t tick, int64_t each, size_t n)
{
	*r = (struct run){ .tick = tick, .each = each, .n = n };
	budget_init(&r->b, share, 5, 0, 0);
}

/* A sample with pages that have to be read, and the time to the next one. */
static void sample(struct run *r, int64_t interval)
{
	bool read, first = !r->b.begun;
	int64_t least;

	budget_begin(&r->b, r->now, r->cpu);
	read = budget_affords(&r->b, r->n, first);
	r->cpu += r->tick;
	if (read) {
		budget_read(&r->b, r->n, r->each * (int64_t)r->n);
		r->cpu += r->each * (int64_t)r->n;
		r->reads++;
	}
	least = budget_interval(&r->b, !read);
	r->now += least > interval ? least : interval;
}

static void run_for(struct run *r, int64_t until)
{
	while (r->now < until)
		sample(r, SECOND);
}

static double used(const struct run *r)
{
	return (double)r->cpu / (double)r->now;
}

static void test_budget__without_one_all_is_read_at_once(void **state)
{
	struct run r;

	begin(&r, 0, 5 * MS, 10 * MS, 100);
	run_for(&r, 60 * SECOND);
	assert_int_equal(r.reads, 60);
	assert_int_equal(r.now, 60 * SECOND);
}

static void test_budget__what_is_cheap_is_read_every_time(void **state)
{
	struct run r;

	begin(&r, 0.02, 2 * MS, MS, 10);
	run_for(&r, 60 * SECOND);
	assert_int_equal(r.reads, 60);
}

/* Whatever the pool costs: a minute is within the share, and the first sample with it as soon as it is paid. */
static void test_budget__a_minute_stays_inside(void **state)
{
	static const double shares[] = { 0.005, 0.01, 0.02, 0.1, 0.5 };
	struct run r;

	for (size_t i = 0; i < sizeof(shares) / sizeof(*shares); i++)
		for (int64_t each = MS / 10; each <= 10 * MS; each *= 10)
			for (int64_t tick = MS / 10; tick <= 10 * MS; tick *= 10) {
				int64_t paid;

				begin(&r, shares[i], tick, each, 64);
				/* half of what is earned at the least */
				paid = (int64_t)(2 * (double)(64 * each + tick) / shares[i]);
				run_for(&r, 60 * SECOND + paid);
				assert_true(used(&r) <= shares[i] * 1.1);
			}
}

/* What can be had is had: pages wait no longer than the share makes them. */
static void test_budget__what_is_left_is_used(void **state)
{
	struct run r;

	begin(&r, 0.02, 2 * MS, MS, 64);
	run_for(&r, 600 * SECOND);
	assert_true(used(&r) > 0.019);
	/* 20 ms are earned in a second, 2 go into the sample */
	assert_between(r.reads, 600 * 18 / 64 - 10, 600 * 18 / 64 + 10);
}

static void test_budget__the_rest_alone_may_be_too_much(void **state)
{
	struct run r;

	begin(&r, 0.01, 30 * MS, 0, 0);
	run_for(&r, 60 * SECOND);
	assert_int_equal(budget_interval(&r.b, false), 3 * SECOND);
	assert_int_equal(budget_interval(&r.b, true), 6 * SECOND); /* half is for the pages */
	assert_true(budget_interval(&r.b, false) > SECOND);
}

/* However large: what the first look owes is paid back before the next one. */
static void test_budget__the_first_sample_is_a_debt(void **state)
{
	struct run r;

	begin(&r, 0.01, MS, 10 * MS, 100);
	sample(&r, SECOND);
	assert_int_equal(r.reads, 1);
	run_for(&r, 200 * SECOND);
	assert_int_equal(r.reads, 1);
	run_for(&r, 230 * SECOND);
	assert_int_equal(r.reads, 2);
	assert_true(used(&r) <= 0.0101);
}

static void test_budget__who_is_new_goes_before(void **state)
{
	struct run r;

	begin(&r, 0.02, MS, MS, 64);
	sample(&r, SECOND);
	budget_begin(&r.b, r.now, r.cpu);
	assert_false(budget_affords(&r.b, 64, false));
	assert_true(budget_affords(&r.b, 64, true));
	/* ... but not for ever: half a minute's worth is owed */
	r.cpu += 700 * MS;
	budget_begin(&r.b, r.now, r.cpu);
	assert_false(budget_affords(&r.b, 64, true));
	budget_begin(&r.b, r.now + 10 * SECOND, r.cpu);
	assert_true(budget_affords(&r.b, 64, true));
}

/* An hour of quiet does not pay for a minute of anything. */
static void test_budget__little_can_be_saved(void **state)
{
	struct run r;

	begin(&r, 0.02, MS, MS, 10);
	sample(&r, 3600 * SECOND);
	budget_begin(&r.b, r.now, r.cpu);
	assert_true(r.b.credit_ns <= 0.02 * 10 * (double)SECOND);
	assert_true(budget_affords(&r.b, 190, false));
	assert_false(budget_affords(&r.b, 210, false));
	/* what waits is saved for all the same, however long that takes */
	budget_begin(&r.b, r.now + 10 * SECOND, r.cpu);
	assert_true(budget_affords(&r.b, 210, false));
}

/* One that takes long, as the writing of a key frame, does not make the others wait. */
static void test_budget__one_long_sample_is_no_habit(void **state)
{
	struct run r;

	begin(&r, 0.02, 4 * MS, 0, 0);
	run_for(&r, 10 * SECOND);
	assert_int_equal(budget_interval(&r.b, false), 200 * MS);
	r.cpu += 40 * MS;
	sample(&r, SECOND);
	sample(&r, SECOND);
	assert_true(budget_interval(&r.b, false) < 500 * MS);
}

/* What only a first look takes, as to find the collectors, is paid by the pages: the others come in time. */
static void test_budget__a_first_look_is_no_habit(void **state)
{
	struct run r;

	begin(&r, 0.02, 227 * MS, MS, 5);
	sample(&r, SECOND);
	r.tick = 4 * MS;
	for (int i = 1; i <= 10; i++) {
		assert_int_equal(r.now, i * SECOND);
		sample(&r, SECOND);
	}
	run_for(&r, 60 * SECOND);
	assert_true(used(&r) <= 0.02);
	/* nor is it one at the next pool */
	budget_anew(&r.b);
	r.tick = 227 * MS;
	sample(&r, SECOND);
	r.tick = 4 * MS;
	sample(&r, SECOND);
	sample(&r, SECOND);
	assert_int_equal(budget_interval(&r.b, false), 200 * MS);
}

/* Something that is done now and then, as far as it may be. */
static void test_budget__what_is_apart_is_paid_and_stretches_nothing(void **state)
{
	int64_t may, left = 0, done = 0;
	struct run r;

	begin(&r, 0.02, 4 * MS, 0, 0);
	for (int i = 0; i < 100; i++) {
		budget_begin(&r.b, r.now, r.cpu);
		may = budget_apart_may(&r.b, i ? SECOND : 0);
		/* half of what it begins with, then a quarter of 20 ms a second */
		assert_int_equal(may, i ? 5 * MS : 50 * MS);
		left += may;
		if (left > 0) {
			left -= 44 * MS;
			done += 44 * MS;
			r.cpu += 44 * MS;
			budget_apart(&r.b, 44 * MS);
		}
		r.cpu += r.tick;
		assert_true(budget_interval(&r.b, false) <= SECOND);
		r.now += SECOND;
	}
	assert_true(done > 500 * MS);
	assert_true(used(&r) < 0.02);
	budget_init(&r.b, 0.02, 0, 0, 10 * MS);
	budget_begin(&r.b, MS, 30 * MS);
	assert_int_equal(budget_apart_may(&r.b, 0), 0); /* nothing was saved */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_budget__without_one_all_is_read_at_once),
		cmocka_unit_test(test_budget__what_is_cheap_is_read_every_time),
		cmocka_unit_test(test_budget__a_minute_stays_inside),
		cmocka_unit_test(test_budget__what_is_left_is_used),
		cmocka_unit_test(test_budget__the_rest_alone_may_be_too_much),
		cmocka_unit_test(test_budget__the_first_sample_is_a_debt),
		cmocka_unit_test(test_budget__who_is_new_goes_before),
		cmocka_unit_test(test_budget__little_can_be_saved),
		cmocka_unit_test(test_budget__one_long_sample_is_no_habit),
		cmocka_unit_test(test_budget__a_first_look_is_no_habit),
		cmocka_unit_test(test_budget__what_is_apart_is_paid_and_stretches_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
