/*
 * The same pool sampled at one pace, and more often while much happens: it is the same pool.
 */
#include "lib/story_asserts.h"
#include "lib/two_stories.h"

#define SECONDS 300.0
#define CYCLE 10.0 /* of which a burst takes the first two seconds */
#define WORKERS 4

typedef double pace_fn(double second);

static double even(double second)
{
	return 0.5;
}

/* A tenth of a second in a burst, five seconds behind it, and three before the next. */
static double bursty(double second)
{
	double into = fmod(second, CYCLE);

	return into < 1.95 ? 0.1 : into < 6.95 ? 5 : 3;
}

/* Goes to `height` and back within the burst; straight between half seconds. */
static double peak(double second, double height)
{
	double into = fmod(second, CYCLE);

	return into < 1 ? height * into : into < 2 ? height * (2 - into) : 0;
}

/* Comes to `each` in every burst and stays. */
static double stairs(double second, double each)
{
	double into = fmod(second, CYCLE);

	return each * (floor(second / CYCLE) + fmin(into, 2) / 2);
}

static void take(double second, struct sample *s)
{
	static const fact master[6] = { 40000, 0, 0, 0, 100, 100 };
	int i;

	fixture_begin(s, second);
	fixture_add(s, 100, -60, master);
	for (i = 0; i < WORKERS; i++) {
		fact copied = 200 + (fact)round(stairs(second, 400 + 20 * i));
		fact new = 100 + (fact)round(peak(second, 9000 + 200 * i) + 2 * second);
		/* What came in all: what is given back came once more. */
		fact came = 100 + (fact)round(stairs(second, 9000 + 200 * i) + 2 * second);
		struct proc_sample *p = fixture_add(s, 101 + i, -50,
						    (const fact[6]){ 40000 - copied, 0, copied, 0, new,
								     100 });

		p->minflt = copied + came;
		p->growth = (struct growth_facts){ .cow = copied, .new = came };
		fixture_gc(p, 0, 700, 0)->collections[2] = (fact)floor(second / CYCLE);
	}
	s->walked = WORKERS + 1;
}

static uint64_t tell(pace_fn *pace, struct story *ret)
{
	struct storyteller *t = story_begin();
	struct analysis *a = analysis_new();
	uint64_t n = 0;
	double second, step;

	for (second = 0; second < SECONDS + 0.01; second += step, n++) {
		struct snapshot snap;
		struct sample s;

		/* Tenths, so that both see the corners of the curves. */
		second = round(second * 10) / 10;
		take(second, &s);
		s.footprint_pages = 50000;
		for (size_t i = 1; i < s.nprocs; i++)
			s.footprint_pages += s.procs[i].pages.cow_broken + s.procs[i].pages.new;
		analysis_next(a, &s, &snap);
		story_add(t, &snap);
		snapshot_release(&snap);
		sample_release(&s);
		step = pace(second);
	}
	analysis_free(a);
	story_end(t, ret);
	return n;
}

static void tell_both(struct story *a, struct story *b)
{
	uint64_t n_even = tell(even, a), n_bursty = tell(bursty, b);

	assert_int_equal(n_even, 601);
	assert_true(n_bursty > 600);
	assert_figure(a->elapsed_s, SECONDS);
	assert_figure(b->elapsed_s, SECONDS);
}

/* Means and rates: pages are whole numbers, so a curve is off by half a page. */
static void test_pace__means_are_over_time(void **state)
{
	cleanup(story_release) struct story a = { 0 };
	cleanup(story_release) struct story b = { 0 };
	struct comparison c;
	size_t i;

	tell_both(&a, &b);
	compare_stories(&a, &b, &c);
	/* The last fifth has a tenth of a peak's height and width 2 of 10 on average, and 2 pages a second. */
	assert_near(row(&c, "new_bytes")->a.mean, pages(100 + 9300 / 10 + 540), pages(1));
	for (i = 0; i < COMPARE_ROWS; i++) {
		const struct compare_row *r = &c.rows[i];

		if (!known(r->a.mean) && !known(r->b.mean))
			continue;
		/* One worker: of what came in all there is one value. */
		if (compare_per(r->field) == PER_RUN && r->verdict == COMPARE_UNSURE)
			continue;
		if (!(fabs(r->difference) <= 1e-3 * fabs(r->a.mean)))
			fail_msg("%s: %g and %g", r->field->process_key, r->a.mean, r->b.mean);
		if (r->verdict != COMPARE_NOISE && r->verdict != COMPARE_SAME)
			fail_msg("%s: %s", r->field->process_key, compare_verdict_name(r->verdict));
	}
	assert_int_equal(row(&c, "private_bytes")->verdict, COMPARE_NOISE);
	assert_int_equal(row(&c, "growth_bytes_per_min")->verdict, COMPARE_NOISE);
	assert_int_equal(row(&c, "footprint_bytes")->verdict, COMPARE_NOISE);
	assert_true(known(row(&c, "full_collections_per_min")->difference));
}

/* The straight line through a worker's private memory, all of it over time. */
static void test_pace__growth(void **state)
{
	cleanup(story_release) struct story a = { 0 };
	cleanup(story_release) struct story b = { 0 };
	pid_t pid;

	tell_both(&a, &b);
	for (pid = 101; pid < 101 + WORKERS; pid++)
		assert_near(worker(&a, pid)->growth_per_min, worker(&b, pid)->growth_per_min, pages(1));
}

/* A decay is the same decay, and the first third of it is not all that counts. */
static void test_pace__decay(void **state)
{
	struct eroding_pool g = eroding_pool_ordinary;
	struct storyteller *t = story_begin();
	struct analysis *a = analysis_new();
	cleanup(story_release) struct story s = { 0 };
	double second;

	g.collect = false;
	for (second = 0; second <= g.seconds; second += fmod(second, 600) < 60 ? 0.5 : 20) {
		struct sample sample;

		eroding_pool_sample(&g, second, &sample);
		eroding_pool_next(t, a, &sample);
	}
	analysis_free(a);
	story_end(t, &s);
	assert_null(s.erosion.why);
	assert_near(s.erosion.half_life_s, 900, 9);
	assert_near(s.erosion.asymptote_bytes, pages(9000), 0.01 * pages(9000));
}

/* A worker that was there for a moment counts for a moment. */
static void test_pace__short_lives(void **state)
{
	static const fact one[6] = { 1000, 0, 100, 0, 0, 100 }, other[6] = { 100, 0, 1000, 0, 0, 100 };
	struct storyteller *t = story_begin();
	struct analysis *a = analysis_new();
	cleanup(story_release) struct story s = { 0 };
	struct comparison c;
	int second;

	for (second = 0; second <= 100; second++) {
		struct sample sample;

		fixture_begin(&sample, second);
		fixture_add(&sample, 100, -60, one);
		fixture_add(&sample, 101, -50, one);
		fixture_add(&sample, 102, -50, one);
		if (second >= 90)
			fixture_add(&sample, 103, 89.5, other);
		eroding_pool_next(t, a, &sample);
	}
	analysis_free(a);
	story_end(t, &s);
	compare_stories(&s, &s, &c);
	/* Of the last twenty seconds: two workers for all of them, one for ten. */
	assert_near(row(&c, "cow_broken_bytes")->a.mean, pages((2 * 20 * 100 + 10 * 1000) / 50), 1);
	assert_near(row(&c, "cow_broken_bytes")->a.workers.n, 50.0 * 50 / (2 * 400 + 100), 1e-3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pace__means_are_over_time),
		cmocka_unit_test(test_pace__growth),
		cmocka_unit_test(test_pace__decay),
		cmocka_unit_test(test_pace__short_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
