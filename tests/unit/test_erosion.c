/*
 * How shared memory decays, and what was lost when.
 */
#include "lib/story_asserts.h"
#include "analysis/erosion.h"

/* A fall with a known half-life, seen from its beginning, from later on, and by workers of all ages. */
static void test_story__half_life(void **state)
{
	static const double born[] = { 0, -400, -1300 };
	struct eroding_pool g = eroding_pool_ordinary;
	size_t i;

	g.collect = false;
	for (i = 0; i < 3; i++) {
		cleanup(story_release) struct story s = { 0 };

		g.born = born[i];
		eroding_pool_story(&g, -1, &s);
		assert_null(s.erosion.why);
		assert_near(s.erosion.half_life_s, 900, 9);
		assert_near(s.erosion.asymptote_bytes, pages(9000), 0.01 * pages(9000));
		assert_true(s.erosion.residual_bytes < 2 * FIXTURE_PAGE);
		assert_figure(s.erosion.workers, 4);
	}
}

/* One worker of four falls by a step as well: the medians stay. */
static void test_story__half_life_with_a_collection(void **state)
{
	cleanup(story_release) struct story s = { 0 };

	eroding_pool_story(&eroding_pool_ordinary, -1, &s);
	assert_near(s.erosion.half_life_s, 900, 20);
	assert_near(s.erosion.asymptote_bytes, pages(9000), 0.02 * pages(9000));
}

static void test_story__no_half_life_where_none_is(void **state)
{
	struct eroding_pool g = eroding_pool_ordinary;
	cleanup(story_release) struct story still = { 0 };
	cleanup(story_release) struct story early = { 0 };
	cleanup(story_release) struct story short_one = { 0 };

	g.collect = false;
	g.half_life = 0;
	eroding_pool_story(&g, -1, &still);
	assert_unknown(still.erosion.half_life_s);
	assert_string_equal(still.erosion.why, "shared memory hardly falls");

	g.half_life = 50000;
	eroding_pool_story(&g, -1, &early);
	assert_unknown(early.erosion.half_life_s);
	assert_string_equal(early.erosion.why, "it falls steadily: no end can be seen yet");

	g.half_life = 900;
	g.seconds = 20;
	eroding_pool_story(&g, -1, &short_one);
	assert_unknown(short_one.erosion.asymptote_bytes);
	assert_string_equal(short_one.erosion.why, "too few samples");
}

static void test_decay__outliers_and_steps(void **state)
{
	figure t[60], y[60];
	struct decay d;
	size_t i;

	for (i = 0; i < 60; i++) {
		t[i] = 10.0 * (figure)i;
		y[i] = 50 * MIB + 80 * MIB * exp2(-t[i] / 120) + (i % 2 ? 1e5 : -1e5);
	}
	y[20] += 60 * MIB;
	y[41] -= 30 * MIB;
	d = decay_fit(t, y, 60);
	assert_null(d.why);
	assert_near(d.half_life_s, 120, 4);
	assert_near(d.asymptote, 50 * MIB, MIB);
	assert_near(d.residual, 1e5, 3e4);

	for (i = 0; i < 60; i++)
		y[i] = i < 30 ? 100 * MIB : 40 * MIB;
	d = decay_fit(t, y, 60);
	assert_non_null(d.why);
	assert_unknown(d.half_life_s);

	for (i = 0; i < 60; i++)
		y[i] = i ? 40 * MIB : 100 * MIB;
	d = decay_fit(t, y, 60);
	assert_string_equal(d.why, "it falls in steps, not along a curve");

	/* one collection, and nothing after it */
	for (i = 0; i < 60; i++)
		y[i] = i < 8 ? 100 * MIB : i < 9 ? 60 * MIB : 59 * MIB;
	d = decay_fit(t, y, 60);
	assert_string_equal(d.why, "it falls in steps, not along a curve");
}

/* No pure decay, so that it matters which points count: those of equal times do, not where they are dense. */
static void test_decay__points_count_by_their_time(void **state)
{
	figure t[300], y[300], even, dense;
	struct decay d;
	size_t i, n;

	for (i = 0; i < 201; i++) {
		t[i] = 5 * (figure)i;
		y[i] = (50 + 60 * exp2(-t[i] / 100) + 20 * exp2(-t[i] / 500)) * MIB;
	}
	d = decay_fit(t, y, 201);
	assert_null(d.why);
	even = d.half_life_s;
	for (n = 0; n < 300 && (!n || t[n - 1] < 1000); n++) {
		t[n] = n ? t[n - 1] + (t[n - 1] < 100 ? 0.5 : 10) : 0;
		y[n] = (50 + 60 * exp2(-t[n] / 100) + 20 * exp2(-t[n] / 500)) * MIB;
	}
	d = decay_fit(t, y, n);
	assert_null(d.why);
	dense = d.half_life_s;
	assert_near(dense, even, 0.01 * even);
}

static void test_story__loss_first_hour(void **state)
{
	struct eroding_pool g = eroding_pool_ordinary;
	cleanup(story_release) struct story s = { 0 };
	figure hour;

	g.collect = false;
	eroding_pool_story(&g, -1, &s);
	hour = pages(28000 - eroding_pool_shared(&g, 3600));
	assert_near(s.erosion.first_hour_bytes, hour, pages(30));
	assert_near(s.loss.last_bytes - s.loss.first_bytes, pages(28000 - eroding_pool_shared(&g, 5400)), 1);
	/* Half of what 5400 s took: 28000 - x = half; x = 9000 + 19000 / 2^(t / 900). */
	assert_near(s.loss.half_s, -900 * log2(1 - 0.5 * (1 - exp2(-6))), 11);
}

static void test_story__shorter_than_an_hour(void **state)
{
	struct eroding_pool g = eroding_pool_ordinary;
	cleanup(story_release) struct story s = { 0 };

	g.seconds = 1800;
	eroding_pool_story(&g, -1, &s);
	assert_unknown(s.erosion.first_hour_bytes);
	assert_unknown(worker(&s, 101)->first_hour_bytes);
}

/* A clock that stood still, or a recording made so: more points than are fitted, all at one instant. */
static void test_story__all_at_one_instant(void **state)
{
	struct storyteller *t = story_begin();
	struct analysis *a = analysis_new();
	cleanup(story_release) struct story s = { 0 };
	int i;

	for (i = 0; i < 1000; i++) {
		struct sample sample;

		eroding_pool_sample(&eroding_pool_ordinary, 0, &sample);
		eroding_pool_next(t, a, &sample);
	}
	analysis_free(a);
	story_end(t, &s);
	assert_int_equal(s.samples, 1000);
	assert_figure(s.elapsed_s, 0);
	assert_unknown(s.erosion.half_life_s);
	assert_non_null(s.erosion.why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_story__half_life),
		cmocka_unit_test(test_story__half_life_with_a_collection),
		cmocka_unit_test(test_story__no_half_life_where_none_is),
		cmocka_unit_test(test_decay__outliers_and_steps),
		cmocka_unit_test(test_decay__points_count_by_their_time),
		cmocka_unit_test(test_story__loss_first_hour),
		cmocka_unit_test(test_story__shorter_than_an_hour),
		cmocka_unit_test(test_story__all_at_one_instant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
