/*
 * Two stories side by side: what differs, whether it is noise, and rules on it.
 */
#include "lib/story_asserts.h"
#include "lib/two_stories.h"
#include "analysis/rule.h"

static void test_compare__what_changed(void **state)
{
	struct eroding_pool g = eroding_pool_ordinary;
	cleanup(story_release) struct story a = { 0 };
	cleanup(story_release) struct story b = { 0 };
	struct comparison c;

	eroding_pool_story(&g, 1800, &a);
	g.rest = 20000;
	g.new_per_s = 0.5;
	eroding_pool_story(&g, 1800, &b);
	compare_stories(&a, &b, &c);
	assert_int_equal(row(&c, "shared_bytes")->verdict, COMPARE_HIGHER);
	assert_int_equal(row(&c, "cow_broken_bytes")->verdict, COMPARE_LOWER);
	assert_int_equal(row(&c, "cow_broken_ratio")->verdict, COMPARE_LOWER);
	assert_int_equal(row(&c, "new_bytes")->verdict, COMPARE_LOWER);
	assert_near(row(&c, "growth_bytes_per_mark")->difference,
		    -pages(2700) - pages(11000) / 2 * (1 - exp2(-6)), pages(20));
	assert_figure(c.diff.cow_broken_ratio, row(&c, "cow_broken_ratio")->difference);
	assert_true(row(&c, "shared_bytes")->low > 0);
	assert_int_equal(row(&c, "bytes_per_full_collection")->verdict, COMPARE_UNSURE);
}

static void test_compare__same_is_noise(void **state)
{
	struct eroding_pool g = eroding_pool_ordinary;
	cleanup(story_release) struct story a = { 0 };
	cleanup(story_release) struct story b = { 0 };
	struct comparison c;
	size_t i;

	eroding_pool_story(&g, -1, &a);
	g.offset = 70; /* a little more spread */
	eroding_pool_story(&g, -1, &b);
	compare_stories(&a, &b, &c);
	for (i = 0; i < COMPARE_ROWS; i++)
		assert_true(c.rows[i].verdict != COMPARE_LOWER && c.rows[i].verdict != COMPARE_HIGHER);
	/* no copy differs at all */
	assert_int_equal(row(&c, "cow_broken_bytes")->verdict, COMPARE_SAME);
	assert_int_equal(row(&c, "growth_bytes_per_mark")->verdict, COMPARE_UNKNOWN);
}

/* A pool that grows, sampled every `interval` seconds until it is `age` seconds old. */
static void grow(figure pages_per_s, double interval, double age, struct story *ret)
{
	struct eroding_pool g = eroding_pool_ordinary;

	g.half_life = 0;
	g.collect = false;
	g.interval = interval;
	g.new_per_s = pages_per_s;
	g.seconds = age;
	eroding_pool_story(&g, -1, ret);
}

/* Nothing but the age at which two recordings of it end, by less than from one sample to the next. */
static void test_compare__another_age(void **state)
{
	cleanup(story_release) struct story a = { 0 };
	cleanup(story_release) struct story younger = { 0 };
	cleanup(story_release) struct story more = { 0 };
	struct comparison c;

	grow(1000, 1, 60, &a);
	grow(1000, 1, 59, &younger);
	grow(1100, 1, 60, &more);
	compare_stories(&a, &younger, &c);
	assert_near(row(&c, "new_bytes")->difference, -pages(900), pages(10));
	assert_int_equal(row(&c, "new_bytes")->verdict, COMPARE_SAME);
	assert_int_equal(row(&c, "private_bytes")->verdict, COMPARE_SAME);
	compare_stories(&a, &more, &c);
	assert_int_equal(row(&c, "new_bytes")->verdict, COMPARE_HIGHER);
	assert_int_equal(row(&c, "growth_bytes_per_min")->verdict, COMPARE_HIGHER);
}

/* Six samples in the last fifth, so that not every block of it has one: the pool is judged. */
static void test_compare__few_samples(void **state)
{
	cleanup(story_release) struct story a = { 0 };
	cleanup(story_release) struct story b = { 0 };
	struct comparison c;

	grow(1000, 2, 50, &a);
	grow(2000, 2, 50, &b);
	compare_stories(&a, &b, &c);
	assert_int_equal(row(&c, "footprint_bytes")->verdict, COMPARE_HIGHER);
}

/* Two samples of n values each with known means and variances, against a table of Student's t. */
static void test_compare__welch(void **state)
{
	struct story a = { .bytes_per_full_collection = { 100 * MIB, 10 * MIB, 4 } };
	struct story b = { .bytes_per_full_collection = { 120 * MIB, 4 * MIB, 9 } };
	const struct compare_row *r;
	struct comparison c;

	compare_stories(&a, &b, &c);
	r = row(&c, "bytes_per_full_collection");
	assert_figure(r->difference, 20 * MIB);
	/* In MiB: error sqrt(25 + 16/9) = 5.17472, freedom 3.44; t(0.975, 3.44) = 2.966. */
	assert_near(r->high - r->difference, 5.17472 * 2.966 * MIB, 0.25 * MIB);
	assert_int_equal(r->verdict, COMPARE_HIGHER);
	b.bytes_per_full_collection.mean = 114 * MIB;
	compare_stories(&a, &b, &c);
	assert_int_equal(row(&c, "bytes_per_full_collection")->verdict, COMPARE_NOISE);
	b.bytes_per_full_collection.n = 1;
	b.bytes_per_full_collection.deviation = UNKNOWN;
	compare_stories(&a, &b, &c);
	assert_int_equal(row(&c, "bytes_per_full_collection")->verdict, COMPARE_UNSURE);
	assert_int_equal(row(&c, "shared_bytes")->verdict, COMPARE_UNKNOWN);
}

/* Four workers and ten collections that agree to a byte, so that any difference is more than noise. */
static enum compare_verdict verdict_of(figure ceiling, figure from, figure to)
{
	struct story a = { .prefork_bytes = ceiling, .bytes_per_full_collection = { from, 1, 10 } };
	struct story b = { .prefork_bytes = ceiling, .bytes_per_full_collection = { to, 1, 10 } };
	struct comparison c;

	compare_stories(&a, &b, &c);
	assert_true(row(&c, "bytes_per_full_collection")->low > 0);
	return row(&c, "bytes_per_full_collection")->verdict;
}

/* What is shown as 0.0, what is a thousandth of what a worker could share, and half a percent. */
static void test_compare__too_small_to_matter(void **state)
{
	assert_int_equal(verdict_of(UNKNOWN, 0, 0.049 * MIB), COMPARE_SAME);
	assert_int_equal(verdict_of(UNKNOWN, 0, 0.051 * MIB), COMPARE_HIGHER);
	assert_int_equal(verdict_of(20 * MIB, 0, 0.049 * MIB), COMPARE_SAME);
	assert_int_equal(verdict_of(1000 * MIB, 0, 0.9 * MIB), COMPARE_SAME);
	assert_int_equal(verdict_of(1000 * MIB, 0, 1.1 * MIB), COMPARE_HIGHER);
	assert_int_equal(verdict_of(20 * MIB, 50 * MIB, 50.2 * MIB), COMPARE_SAME);
	assert_int_equal(verdict_of(20 * MIB, 50 * MIB, 50.3 * MIB), COMPARE_HIGHER);
}

/* What grows on is told from half a hundredth of a MiB on, however much there is to share. */
static void test_compare__slow_growth_matters(void **state)
{
	struct eroding_pool g = eroding_pool_ordinary;
	cleanup(story_release) struct story a = { 0 };
	cleanup(story_release) struct story b = { 0 };
	cleanup(story_release) struct story nearly = { 0 };
	struct comparison c;

	g.collect = false;
	g.half_life = 0;
	g.inherited = 1000000;
	g.new_per_s = 0;
	eroding_pool_story(&g, -1, &a);
	g.new_per_s = 0.03;
	eroding_pool_story(&g, -1, &b);
	compare_stories(&a, &b, &c);
	assert_near(c.diff.growth_bytes_per_min, pages(18) / 10, 300);
	assert_int_equal(row(&c, "growth_bytes_per_min")->verdict, COMPARE_HIGHER);
	g.new_per_s = 0.01;
	eroding_pool_story(&g, -1, &nearly);
	compare_stories(&a, &nearly, &c);
	assert_int_equal(row(&c, "growth_bytes_per_min")->verdict, COMPARE_SAME);
	assert_figure(row(&c, "growth_bytes_per_min")->smallest, 0.005 * MIB);
}

/* One sample that is far off, at any place of the last fifth, is noise and no difference. */
static void test_compare__one_far_off(void **state)
{
	struct story_instant at[101];
	struct story a = { .elapsed_s = 100, .instants = at, .ninstants = 101 };
	struct story b = a;
	struct story_instant even[101];
	struct comparison c;
	size_t i, far;

	for (i = 0; i < 101; i++)
		at[i] = (struct story_instant){ .at_s = (figure)i, .saved = (100 - 0.4 * (figure)i) * MIB };
	memcpy(even, at, sizeof(at));
	b.instants = even;
	for (far = 80; far < 101; far++) {
		at[far].saved += 40 * MIB;
		compare_stories(&a, &b, &c);
		assert_true(row(&c, "saved_bytes")->difference < -0.4 * MIB);
		assert_int_equal(row(&c, "saved_bytes")->verdict, COMPARE_NOISE);
		at[far] = even[far];
	}
}

/* Levels are those of the last fifth, of each side its own. */
static void test_compare__of_what(void **state)
{
	struct eroding_pool g = eroding_pool_ordinary;
	cleanup(story_release) struct story a = { 0 };
	cleanup(story_release) struct story b = { 0 };
	struct comparison c;

	g.collect = false;
	g.half_life = 0;
	eroding_pool_story(&g, -1, &a);
	g.seconds = 1000;
	eroding_pool_story(&g, -1, &b);
	compare_stories(&a, &b, &c);
	assert_figure(row(&c, "new_bytes")->a.from_s, 4320);
	assert_figure(row(&c, "new_bytes")->a.to_s, 5400);
	assert_figure(row(&c, "new_bytes")->b.from_s, 800);
	/* 650 pages of their own, and 1.5 a second. */
	assert_near(row(&c, "new_bytes")->a.mean, pages(650 + 4860 * 3 / 2), pages(1));
	assert_near(row(&c, "new_bytes")->b.mean, pages(650 + 900 * 3 / 2), pages(1));
	assert_figure(row(&c, "minor_per_s")->b.from_s, 0);
}

static enum compare_verdict verdict_at(const char *key, enum level of_a, enum level of_b)
{
	struct eroding_pool g = eroding_pool_ordinary;
	cleanup(story_release) struct story a = { 0 };
	cleanup(story_release) struct story b = { 0 };
	struct comparison c;

	g.collect = false;
	g.interval = 50;
	eroding_pool_story(&g, 1800, &a);
	g.rest = 20000;
	eroding_pool_story(&g, 1800, &b);
	a.level = of_a;
	b.level = of_b;
	compare_stories(&a, &b, &c);
	assert_true(known(row(&c, key)->a.mean) && known(row(&c, key)->b.mean));
	assert_int_equal(known(row(&c, key)->difference), !row(&c, key)->two_meanings);
	assert_int_equal(known(compare_get(row(&c, key)->field, &c.diff)), !row(&c, key)->two_meanings);
	return row(&c, key)->verdict;
}

/* What is another figure at another level has no difference; what is not has one. */
static void test_compare__levels(void **state)
{
	static const char *const of_pages[] = { "shared_bytes", "cow_broken_bytes", "cow_broken_ratio",
						"cow_per_s" };
	size_t i;

	for (i = 0; i < sizeof(of_pages) / sizeof(*of_pages); i++) {
		assert_int_not_equal(verdict_at(of_pages[i], LEVEL_ESTIMATE, LEVEL_ESTIMATE), COMPARE_UNSURE);
		assert_int_equal(verdict_at(of_pages[i], LEVEL_ESTIMATE, LEVEL_EXACT), COMPARE_UNSURE);
		assert_int_equal(verdict_at(of_pages[i], LEVEL_EXACT, LEVEL_ROLLUP), COMPARE_UNSURE);
	}
	assert_int_equal(verdict_at("private_bytes", LEVEL_ESTIMATE, LEVEL_EXACT), COMPARE_LOWER);
	/* what is orphaned counts as gained where it is not known */
	assert_int_equal(verdict_at("growth_bytes_per_mark", LEVEL_ESTIMATE, LEVEL_EXACT), COMPARE_UNSURE);
	assert_int_equal(verdict_at("growth_bytes_per_mark", LEVEL_ESTIMATE, LEVEL_ESTIMATE), COMPARE_LOWER);
	assert_int_equal(verdict_at("private_bytes", LEVEL_EXACT, LEVEL_ROLLUP), COMPARE_UNSURE);
	assert_int_equal(verdict_at("growth_bytes_per_mark", LEVEL_ROLLUP, LEVEL_EXACT), COMPARE_UNSURE);
	assert_int_equal(verdict_at("minor_faults_per_mark", LEVEL_EXACT, LEVEL_ROLLUP), COMPARE_LOWER);
	assert_int_equal(verdict_at("saved_bytes", LEVEL_EXACT, LEVEL_ESTIMATE), COMPARE_SAME);
}

static enum rule_verdict check(const char *text, const struct compare_figures *diff)
{
	struct comparison c = { .diff = *diff };
	struct err err = { 0 };
	struct rule r;
	size_t i;

	if (rule_parse_diff(text, &r, &err) < 0)
		fail_msg("%s", err.msg);
	for (i = 0; i < COMPARE_ROWS; i++) {
		c.rows[i].a.doubt = measure_make(0, 0, false);
		c.rows[i].b.doubt = measure_make(compare_get(&compare_fields[i], diff), UNKNOWN, false);
	}
	/* of what B has copied more than A, perhaps nothing is */
	c.rows[compare_find("cow_broken_bytes") - compare_fields].b.doubt = measure_make(
		diff->cow_broken_bytes, 0, false);
	return rule_check_diff(&r, &c).verdict;
}

static void test_rule__diff(void **state)
{
	struct compare_figures diff = { .cow_broken_ratio = 0.06,
					.shared_bytes = -11 * MIB,
					.footprint_bytes = UNKNOWN };
	struct err err = { 0 };
	struct rule r;

	assert_int_equal(check("diff.cow_broken_ratio > +0.05", &diff), RULE_HOLDS);
	assert_int_equal(check("diff.cow_broken_ratio > +7%", &diff), RULE_CLEAR);
	assert_int_equal(check("diff.shared_bytes < -10MiB", &diff), RULE_HOLDS);
	assert_int_equal(check("diff.shared_bytes < -12MiB", &diff), RULE_CLEAR);
	assert_int_equal(check("diff.footprint_bytes > 0", &diff), RULE_UNKNOWN);
	diff.cow_broken_bytes = 40 * MIB;
	assert_int_equal(check("diff.cow_broken_bytes > 30MiB", &diff), RULE_OPEN);
	assert_int_equal(check("diff.cow_broken_bytes > 50MiB", &diff), RULE_CLEAR);
	assert_int_equal(check("diff.cow_broken_bytes > -1MiB", &diff), RULE_HOLDS);
	assert_int_equal(rule_parse_diff("pool.cow_broken_ratio > 1", &r, &err), -1);
	assert_int_equal(err.status, STATUS_USAGE);
	assert_int_equal(rule_parse_diff("diff.shared_byte > 1", &r, &err), -1);
	assert_non_null(strstr(err.msg, "diff.shared_bytes"));
	assert_int_equal(rule_parse_diff("diff.shared_bytes > +-1", &r, &err), -1);
	assert_int_equal(rule_parse("diff.shared_bytes > 1", &r, &err), -1);
	assert_int_equal(rule_parse("worker.shared_bytes > +1MiB", &r, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare__what_changed),
		cmocka_unit_test(test_compare__same_is_noise),
		cmocka_unit_test(test_compare__another_age),
		cmocka_unit_test(test_compare__few_samples),
		cmocka_unit_test(test_compare__welch),
		cmocka_unit_test(test_compare__too_small_to_matter),
		cmocka_unit_test(test_compare__slow_growth_matters),
		cmocka_unit_test(test_compare__one_far_off),
		cmocka_unit_test(test_compare__of_what),
		cmocka_unit_test(test_compare__levels),
		cmocka_unit_test(test_rule__diff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
