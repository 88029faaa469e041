/*
 * What comes between marks.
 */
#include "lib/story_asserts.h"

static void test_story__intervals(void **state)
{
	struct eroding_pool g = eroding_pool_ordinary;
	cleanup(story_release) struct story s = { 0 };

	g.half_life = 0;
	eroding_pool_story(&g, 1800, &s);
	assert_int_equal(s.nmarks, 1);
	assert_int_equal(s.nintervals, 2);
	assert_figure(s.intervals[0].from_s, 0);
	assert_figure(s.intervals[0].to_s, 1800);
	assert_string_equal(s.intervals[0].text, "");
	assert_string_equal(s.intervals[1].text, "deploy");
	assert_figure(s.intervals[0].private_bytes.mean, pages(2700));
	assert_figure(s.intervals[0].private_bytes.deviation, 0);
	assert_figure(s.intervals[0].full_collections, 0);
	assert_figure(s.intervals[1].private_bytes.mean, pages(5400) + pages(4200) / 4);
	assert_figure(s.intervals[1].cow_bytes.mean, pages(4200) / 4);
	assert_figure(s.intervals[1].full_collections, 1);
	assert_figure(worker(&s, 101)->mark_growth.mean, pages(4050));
}

/* A mark between two samples takes the nearer one. */
static void test_story__mark_between_samples(void **state)
{
	struct eroding_pool g = eroding_pool_ordinary;
	cleanup(story_release) struct story before = { 0 };
	cleanup(story_release) struct story after = { 0 };

	g.half_life = 0;
	g.collect = false;
	g.interval = 10;
	eroding_pool_story(&g, 1804, &before);
	assert_figure(before.intervals[0].private_bytes.mean, pages(2700));
	eroding_pool_story(&g, 1806, &after);
	assert_figure(after.intervals[0].private_bytes.mean, pages(2715));
}

/* `marks` in seconds, ascending; samples every `step` of them up to `last`. */
static void tell_marks(const double *marks, size_t n, double step, double last, struct story *ret)
{
	struct eroding_pool g = eroding_pool_ordinary;
	struct storyteller *t = story_begin();
	struct analysis *a = analysis_new();
	double second;
	size_t at = 0;

	g.half_life = 0;
	g.collect = false;
	g.new_per_s = 1000;
	for (second = 0; second <= last; second += step) {
		struct snapshot snap;
		struct sample s;

		for (; at < n && marks[at] <= second; at++)
			story_mark(t, FIXTURE_BEGIN + (int64_t)(marks[at] * FIXTURE_SECOND), "mark");
		eroding_pool_sample(&g, second, &s);
		analysis_next(a, &s, &snap);
		story_add(t, &snap);
		snapshot_release(&snap);
		sample_release(&s);
	}
	for (; at < n; at++)
		story_mark(t, FIXTURE_BEGIN + (int64_t)(marks[at] * FIXTURE_SECOND), "late");
	analysis_free(a);
	story_end(t, ret);
}

/* As cowtop record --load makes them: one at the beginning, one behind the last sample, at which what
 * was seen ends. */
static void test_story__marks_at_both_ends(void **state)
{
	static const double marks[] = { 0, 2.3 };
	cleanup(story_release) struct story s = { 0 };

	tell_marks(marks, 2, 1, 2, &s);
	assert_int_equal(s.nmarks, 2);
	assert_near(s.marks[1].at_s, 2.3, 1e-9);
	assert_false(story_is_late(&s, &s.marks[0]));
	assert_true(story_is_late(&s, &s.marks[1]));
	assert_int_equal(s.nintervals, 1);
	assert_string_equal(s.intervals[0].text, "mark");
	assert_figure(s.intervals[0].from_s, 0);
	assert_figure(s.intervals[0].to_s, 2);
	assert_figure(s.intervals[0].seen_s, 2);
	assert_figure(s.intervals[0].private_bytes.mean, pages(2000));
}

/* Put into a recording that has ended: no row goes on to them. */
static void test_story__marks_long_after(void **state)
{
	static const double marks[] = { 1, 46, 60 };
	cleanup(story_release) struct story s = { 0 };

	tell_marks(marks, 3, 1, 4, &s);
	assert_int_equal(s.nmarks, 3);
	assert_near(s.marks[2].at_s, 60, 1e-9);
	assert_int_equal(s.nintervals, 2);
	assert_figure(s.intervals[1].from_s, 1);
	assert_figure(s.intervals[1].to_s, 4);
	assert_string_equal(s.intervals[1].text, "mark");
	assert_figure(s.intervals[1].private_bytes.mean, pages(3000));
}

static void test_story__mark_is_whole(void **state)
{
	struct storyteller *t = story_begin();
	cleanup(story_release) struct story s = { 0 };
	char text[1001] = "";

	memset(text, 'm', 1000);
	story_mark(t, FIXTURE_BEGIN, text);
	story_end(t, &s);
	assert_string_equal(s.marks[0].text, text);
}

static void test_story__mark_at_the_last_sample(void **state)
{
	static const double marks[] = { 1, 2 };
	cleanup(story_release) struct story s = { 0 };

	tell_marks(marks, 2, 1, 2, &s);
	assert_int_equal(s.nmarks, 2);
	assert_figure(s.marks[1].at_s, 2);
	assert_int_equal(s.nintervals, 2);
	assert_figure(s.intervals[1].from_s, 1);
	assert_figure(s.intervals[1].to_s, 2);
	assert_figure(worker(&s, 101)->mark_growth.mean, pages(1000));
	assert_figure(worker(&s, 101)->mark_growth.n, 2);
}

/* The figures are those of the nearest samples, and `seen_s` is the time between these. */
static void test_story__time_between_marks(void **state)
{
	static const double marks[] = { 0.4, 1.6, 3.4 };
	cleanup(story_release) struct story s = { 0 };

	tell_marks(marks, 3, 1, 4, &s);
	assert_int_equal(s.nintervals, 3);
	assert_near(s.intervals[0].to_s - s.intervals[0].from_s, 1.2, 1e-9);
	assert_figure(s.intervals[0].seen_s, 2);
	assert_figure(s.intervals[0].private_bytes.mean, pages(2000));
	assert_figure(s.intervals[1].seen_s, 1);
	assert_figure(s.intervals[1].private_bytes.mean, pages(1000));
	assert_figure(s.intervals[2].seen_s, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_story__intervals),
		cmocka_unit_test(test_story__mark_between_samples),
		cmocka_unit_test(test_story__marks_at_both_ends),
		cmocka_unit_test(test_story__marks_long_after),
		cmocka_unit_test(test_story__mark_is_whole),
		cmocka_unit_test(test_story__mark_at_the_last_sample),
		cmocka_unit_test(test_story__time_between_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
