/*
 * Two stories side by side that were not watched for the same time, several runs of a side, and what is said of it.
 */
#include "lib/random_samples.h"
#include "lib/story_asserts.h"
#include "lib/plain_text.h"
#include "lib/two_stories.h"
#include "sink/compare.h"
#include "sink/json_report.h"

/* A pool that grows for `seconds`; load_s: that this was the time of a load. */
static void run(double seconds, double pages_per_s, bool load, struct story *ret)
{
	struct eroding_pool g = eroding_pool_ordinary;

	g.collect = false;
	g.half_life = 0;
	g.interval = seconds / 50;
	g.seconds = seconds;
	g.new_per_s = pages_per_s;
	g.born = 0;
	eroding_pool_story(&g, -1, ret);
	ret->load_s = load ? seconds : UNKNOWN;
}

static void say(const struct comparison *c, struct buf *text)
{
	buf_reset(text);
	compare_text(text, c, "a", "b", 80);
	assert_plain_text(text);
	buf_reset(text);
	compare_text(text, c, "a", "b", 400);
}

static void assert_says(const struct buf *text, const char *what)
{
	if (!strstr(text->data, what))
		fail_msg("no '%s' in\n%s", what, text->data);
}

static void assert_says_not(const struct buf *text, const char *what)
{
	if (strstr(text->data, what))
		fail_msg("'%s' in\n%s", what, text->data);
}

static enum compare_verdict verdict(const struct comparison *c, const char *key)
{
	return row(c, key)->verdict;
}

/* The same work in a fifth of the time: by the second five times as much, and nothing of it is worse. */
static void test_load__the_same_in_less_time(void **state)
{
	cleanup(story_release) struct story slow = { 0 };
	cleanup(story_release) struct story fast = { 0 };
	cleanup(buf_release) struct buf text = { 0 }, json = { 0 };
	struct comparison c;
	size_t i;

	run(30, 400, true, &slow);
	run(6, 2000, true, &fast);
	compare_stories(&slow, &fast, &c);
	assert_int_equal(c.by, BY_LOAD);
	assert_true(row(&c, "minor_per_s")->b.mean > 4 * row(&c, "minor_per_s")->a.mean);
	assert_int_equal(verdict(&c, "minor_per_s"), COMPARE_BY_TIME);
	assert_int_equal(verdict(&c, "growth_bytes_per_min"), COMPARE_BY_TIME);
	assert_int_equal(verdict(&c, "load_s"), COMPARE_BY_TIME);
	assert_int_equal(verdict(&c, "gained_bytes"), COMPARE_SAME);
	for (i = 0; i < COMPARE_ROWS; i++)
		assert_int_not_equal(c.rows[i].verdict, COMPARE_HIGHER);
	say(&c, &text);
	assert_says(&text, "the load in 6.0s instead of 30s\n");
	assert_says(&text, "B did the load in 6.0s instead of 30s: what counts is what it took");
	assert_says(&text, "by time\n");
	assert_says_not(&text, "a minute");
	assert_says(&text, "\ngained ");
	json_comparison(&json, &c, false);
	assert_says(&json, "\"compared_by\":\"load\"");
	assert_says(&json, "\"verdict\":\"by_time\"");
	assert_says(&json, "\"load_s\":6,");

	/* twice the work is */
	story_release(&fast);
	run(6, 4000, true, &fast);
	compare_stories(&slow, &fast, &c);
	assert_int_equal(verdict(&c, "gained_bytes"), COMPARE_HIGHER);
	assert_int_equal(verdict(&c, "minor_faults"), COMPARE_HIGHER);
}

/* Half as many requests: what they took in all says nothing, what each took does. */
static void test_load__by_request(void **state)
{
	cleanup(story_release) struct story a = { 0 };
	cleanup(story_release) struct story b = { 0 };
	cleanup(buf_release) struct buf text = { 0 };
	struct comparison c;

	run(30, 400, true, &a);
	run(15, 400, true, &b);
	a.load_requests = 3000;
	b.load_requests = 1500;
	compare_stories(&a, &b, &c);
	assert_int_equal(verdict(&c, "gained_bytes"), COMPARE_BY_TIME);
	assert_near(row(&c, "gained_bytes_per_request")->a.mean, 4 * pages(12000) / 3000, 1);
	assert_int_equal(verdict(&c, "gained_bytes_per_request"), COMPARE_SAME);
	say(&c, &text);
	assert_says(&text, "with 1500 requests instead of 3000: what counts is each of them");
	b.load_requests = 500;
	compare_stories(&a, &b, &c);
	assert_int_equal(verdict(&c, "gained_bytes_per_request"), COMPARE_HIGHER);
}

/* Below 1 MiB a worker in a whole load nothing is better or worse, however sure; from there on it is. */
static void test_load__too_little_to_matter(void **state)
{
	static const char *const keys[] = { "gained_bytes", "minor_faults", "gained_bytes_per_request",
					    "minor_faults_per_request" };
	static const struct {
		double pages_per_s; /* for 10 s, beside 10 */
		int64_t page_size;
		enum compare_verdict bytes, faults;
	} cases[] = {
		{ 10, 4096, COMPARE_SAME, COMPARE_SAME },
		{ 33, 4096, COMPARE_SAME, COMPARE_SAME },
		{ 40, 4096, COMPARE_HIGHER, COMPARE_HIGHER },
		{ 20, 65536, COMPARE_SAME, COMPARE_HIGHER },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cleanup(story_release) struct story a = { 0 };
		cleanup(story_release) struct story b = { 0 };
		struct comparison c;

		run(10, 10, true, &a);
		run(10, cases[i].pages_per_s, true, &b);
		a.load_requests = b.load_requests = 500;
		a.page_size = b.page_size = cases[i].page_size;
		compare_stories(&a, &b, &c);
		for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++)
			assert_int_equal(verdict(&c, keys[k]), k % 2 ? cases[i].faults : cases[i].bytes);
	}
}

/* A load with so many samples, in which a pool of `workers` grows by so many pages a second. */
static void run_brief(int samples, int workers, double pages_per_s, struct story *ret)
{
	struct eroding_pool g = eroding_pool_ordinary;

	g.collect = false;
	g.half_life = 0;
	g.workers = workers;
	g.seconds = 5;
	g.interval = g.seconds / (samples - 1);
	g.new_per_s = pages_per_s;
	g.born = 0;
	eroding_pool_story(&g, -1, ret);
	ret->load_s = 5;
}

/* One or two samples in the last fifth of a load: the spread is that of all of it, for what is none of workers. */
static void test_load__few_samples(void **state)
{
	static const struct {
		int samples;
		double pages_per_s; /* of B; of A 400 */
		enum compare_verdict pool, one_worker;
	} cases[] = {
		{ 2, 4000, COMPARE_UNSURE, COMPARE_UNSURE },
		{ 6, 4000, COMPARE_HIGHER, COMPARE_HIGHER },
		{ 11, 4000, COMPARE_HIGHER, COMPARE_HIGHER },
		{ 11, 404, COMPARE_SAME, COMPARE_SAME },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		for (int workers = 1; workers <= 4; workers += 3) {
			cleanup(story_release) struct story a = { 0 };
			cleanup(story_release) struct story b = { 0 };
			cleanup(buf_release) struct buf text = { 0 };
			struct comparison c;

			run_brief(cases[i].samples, workers, 400, &a);
			run_brief(cases[i].samples, workers, cases[i].pages_per_s, &b);
			compare_stories(&a, &b, &c);
			assert_int_equal(verdict(&c, "footprint_bytes"), cases[i].pool);
			if (workers == 1)
				assert_int_equal(verdict(&c, "new_bytes"), cases[i].one_worker);
			say(&c, &text);
			if (workers > 1 && cases[i].pool == COMPARE_UNSURE)
				assert_says(&text, "what cannot be told has too few samples, or collections: "
						   "record with -i 0.2, or --runs 3\n");
			else if (workers > 1)
				assert_says_not(&text, "too few samples");
		}
	}
}

/* Samples that leap up and down in a load have a spread: what is no larger is noise. */
static void test_load__few_samples_that_leap(void **state)
{
	static const figure from[] = { 100, 140, 100, 150, 100, 130 };
	struct story_instant of_a[6] = { 0 }, of_b[6] = { 0 };
	struct story a = { .elapsed_s = 5, .samples = 6, .load_s = 5, .instants = of_a, .ninstants = 6 };
	struct story b = { .elapsed_s = 5, .samples = 6, .load_s = 5, .instants = of_b, .ninstants = 6 };
	struct comparison c;

	for (size_t i = 0; i < 6; i++) {
		of_a[i].at_s = of_b[i].at_s = (figure)i;
		of_a[i].footprint = from[i] * MIB;
		of_b[i].footprint = (from[i] + 30) * MIB;
	}
	compare_stories(&a, &b, &c);
	assert_int_equal(verdict(&c, "footprint_bytes"), COMPARE_NOISE);
	for (size_t i = 0; i < 6; i++)
		of_b[i].footprint = (from[i] + 300) * MIB;
	compare_stories(&a, &b, &c);
	assert_int_equal(verdict(&c, "footprint_bytes"), COMPARE_HIGHER);
}

/* Lengths that differ with nothing that says what for; as long; marks. */
static void test_load__without_one(void **state)
{
	cleanup(story_release) struct story a = { 0 };
	cleanup(story_release) struct story b = { 0 };
	cleanup(buf_release) struct buf text = { 0 };
	struct story_mark marks[] = { { 0, NULL } };
	struct comparison c;

	run(300, 40, false, &a);
	run(100, 60, false, &b);
	compare_stories(&a, &b, &c);
	assert_int_equal(c.by, BY_NOTHING);
	assert_int_equal(verdict(&c, "minor_per_s"), COMPARE_BY_TIME);
	say(&c, &text);
	assert_says(&text, "A lasts 5m00s and B 1m40s");
	assert_says(&text, "\ngrowth a minute ");
	story_release(&b);
	run(295, 60, false, &b);
	compare_stories(&a, &b, &c);
	assert_int_equal(c.by, BY_TIME);
	assert_int_equal(verdict(&c, "minor_per_s"), COMPARE_HIGHER);
	assert_int_equal(verdict(&c, "gained_bytes"), COMPARE_HIGHER);
	say(&c, &text);
	assert_says_not(&text, "\ngained ");
	a.marks = b.marks = marks;
	a.nmarks = b.nmarks = 1;
	compare_stories(&a, &b, &c);
	assert_int_equal(c.by, BY_MARKS);
	assert_int_equal(verdict(&c, "minor_per_s"), COMPARE_BY_TIME);
	a.marks = b.marks = NULL;
	a.nmarks = b.nmarks = 0;
}

/* Nothing and nothing are the same, and so is what cannot differ by as much as matters. */
static void test_zero__is_no_noise(void **state)
{
	struct story none = { .bytes_per_full_collection = { 0, 0, 1 }, .load_s = UNKNOWN };
	struct story a = { .bytes_per_full_collection = { 0, 0.01 * MIB, 8 }, .load_s = UNKNOWN };
	struct story b = { .bytes_per_full_collection = { 100, 0.01 * MIB, 8 }, .load_s = UNKNOWN };
	struct comparison c;

	none.bytes_per_full_collection.deviation = UNKNOWN;
	compare_stories(&none, &none, &c);
	assert_int_equal(verdict(&c, "bytes_per_full_collection"), COMPARE_SAME);
	compare_stories(&a, &a, &c);
	assert_int_equal(verdict(&c, "bytes_per_full_collection"), COMPARE_SAME);
	compare_stories(&a, &b, &c);
	assert_true(row(&c, "bytes_per_full_collection")->low < 0);
	assert_int_equal(verdict(&c, "bytes_per_full_collection"), COMPARE_SAME);
	b.bytes_per_full_collection.deviation = MIB;
	compare_stories(&a, &b, &c);
	assert_int_equal(verdict(&c, "bytes_per_full_collection"), COMPARE_NOISE);
}

/* Means of three and four runs, against a table of Student's t. */
static void test_runs__welch(void **state)
{
	static const figure of_a[] = { 10, 12, 14 }, of_b[] = { 20, 21, 22, 21 };
	struct story stories[7];
	const struct story *a[3], *b[4];
	struct compare_runs runs_a = { a, 3, UNKNOWN }, runs_b = { b, 4, UNKNOWN };
	cleanup(buf_release) struct buf text = { 0 };
	const struct compare_row *r;
	struct comparison c;
	size_t i;

	for (i = 0; i < 7; i++) {
		stories[i] = (struct story){ .elapsed_s = 60 };
		stories[i].bytes_per_full_collection.mean = (i < 3 ? of_a[i] : of_b[i - 3]) * MIB;
		stories[i].bytes_per_full_collection.n = 1;
		*(i < 3 ? &a[i] : &b[i - 3]) = &stories[i];
	}
	compare_runs(&runs_a, &runs_b, &c);
	r = row(&c, "bytes_per_full_collection");
	assert_figure(r->difference, 9 * MIB);
	assert_figure(r->a.runs.deviation, 2 * MIB);
	/* error sqrt(4/3 + 2/3/4) = 1.2247, freedom 2.51; t(0.975) = 3.56, t(0.995) = 7.2 */
	assert_near(r->high - r->difference, 1.2247 * 3.56 * MIB, 0.2 * MIB);
	assert_int_equal(r->verdict, COMPARE_HIGHER);
	for (i = 3; i < 7; i++)
		stories[i].bytes_per_full_collection.mean -= 4 * MIB;
	compare_runs(&runs_a, &runs_b, &c);
	assert_true(r->low > 0);
	assert_int_equal(r->verdict, COMPARE_NOISE);
	say(&c, &text);
	assert_says(&text, "SD: standard deviation between 3 runs of A and 4 of B");
	stories[4].bytes_per_full_collection.mean = UNKNOWN;
	compare_runs(&runs_a, &runs_b, &c);
	assert_int_equal(r->verdict, COMPARE_UNKNOWN);
}

#define COMPARISONS 100
#define RUNS 3

/* What a run has by chance: as much as a tenth more or less of everything, each on its own. */
static void by_chance(struct random_state *c, struct story *ret)
{
	struct eroding_pool g = eroding_pool_ordinary;

	g.seconds = 40;
	g.collect = false;
	g.rest += (fact)random_below(c, 2000);
	g.new_per_s = 100 + (double)random_below(c, 10);
	eroding_pool_story(&g, -1, ret);
	ret->load_s = 40 + (figure)random_below(c, 400) / 100;
	ret->bytes_per_full_collection = (struct spread){ (figure)(10 * MIB + random_below(c, MIB)), MIB, 9 };
}

/* The same against itself gets a verdict in any row in one of twenty comparisons at the most. */
static void test_runs__the_same_against_itself(void **state)
{
	struct random_state chance = { 1 };
	int told = 0;

	for (int n = 0; n < COMPARISONS; n++) {
		struct story stories[2 * RUNS] = { 0 };
		const struct story *runs[2 * RUNS];
		const struct compare_runs a = { runs, RUNS, UNKNOWN }, b = { runs + RUNS, RUNS, UNKNOWN };
		struct comparison c;
		bool any = false;

		for (int i = 0; i < 2 * RUNS; i++) {
			by_chance(&chance, &stories[i]);
			runs[i] = &stories[i];
		}
		compare_runs(&a, &b, &c);
		for (size_t i = 0; i < COMPARE_ROWS; i++)
			any |= c.rows[i].verdict == COMPARE_LOWER || c.rows[i].verdict == COMPARE_HIGHER;
		told += any;
		for (int i = 0; i < 2 * RUNS; i++)
			story_release(&stories[i]);
	}
	if (told > COMPARISONS / 20)
		fail_msg("%d of %d comparisons have a verdict", told, COMPARISONS);
}

/* Levels that rise are lower in the shorter of two; and how a load came to its end is no noise of that. */
static void test_load__levels_of_unequal_length(void **state)
{
	cleanup(story_release) struct story longer = { 0 };
	cleanup(story_release) struct story shorter = { 0 };
	cleanup(story_release) struct story loaded = { 0 };
	cleanup(buf_release) struct buf text = { 0 };
	struct comparison c;

	run(80, 500, false, &longer);
	run(30, 500, false, &shorter);
	compare_stories(&longer, &shorter, &c);
	assert_int_equal(verdict(&c, "private_bytes"), COMPARE_BY_TIME);
	assert_int_equal(verdict(&c, "footprint_bytes"), COMPARE_BY_TIME);
	say(&c, &text);
	assert_says(&text, "(not of the same time)");

	run(80, 500, true, &loaded);
	compare_stories(&loaded, &loaded, &c);
	assert_int_equal(verdict(&c, "private_bytes"), COMPARE_SAME);
	assert_int_equal(verdict(&c, "footprint_bytes"), COMPARE_SAME);
	assert_false(known(row(&c, "private_bytes")->a.time.deviation));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load__the_same_in_less_time),
		cmocka_unit_test(test_load__levels_of_unequal_length),
		cmocka_unit_test(test_load__by_request),
		cmocka_unit_test(test_load__too_little_to_matter),
		cmocka_unit_test(test_load__few_samples),
		cmocka_unit_test(test_load__few_samples_that_leap),
		cmocka_unit_test(test_load__without_one),
		cmocka_unit_test(test_zero__is_no_noise),
		cmocka_unit_test(test_runs__welch),
		cmocka_unit_test(test_runs__the_same_against_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
