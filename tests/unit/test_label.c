#include "lib/fixture.h"
#include "analysis/analysis.h"
#include "analysis/story.h"
#include "model/field.h"

static const fact of_master[6] = { 100, 0, 0, 0, 50, 20 };
static const fact of_worker[6] = { 100, 20, 80, 5, 40, 20 };

static void assert_measure(struct measure m, enum label label, figure value, figure low, figure high)
{
	assert_int_equal(m.label, label);
	assert_figure(m.value, value);
	assert_figure(m.low, low);
	assert_figure(m.high, high);
}

static void test_label__of_two_ends(void **state)
{
	assert_measure(measure_make(5, 5, false), LABEL_EXACT, 5, 5, 5);
	assert_measure(measure_make(5, UNKNOWN, false), LABEL_EXACT, 5, 5, 5);
	assert_measure(measure_make(5, 5, true), LABEL_ESTIMATE, 5, 5, 5);
	assert_measure(measure_make(5, 2, false), LABEL_UPPER_BOUND, 5, 2, 5);
	assert_measure(measure_make(5, 9, false), LABEL_LOWER_BOUND, 5, 5, 9);
	/* a bound that is an estimate as well is still no exact one on its side */
	assert_measure(measure_make(5, 2, true), LABEL_UPPER_BOUND, 5, 2, 5);
	assert_int_equal(measure_make(UNKNOWN, 2, true).label, LABEL_NONE);
	/* the same sum, added in another order */
	assert_int_equal(measure_make(0.1 + 0.2, 0.3, false).label, LABEL_EXACT);
}

static void test_label__goes_on(void **state)
{
	struct measure exact = measure_make(10, 10, false), upper = measure_make(8, 3, false);

	assert_measure(measure_minus(exact, upper), LABEL_LOWER_BOUND, 2, 2, 7);
	assert_measure(measure_minus(upper, exact), LABEL_UPPER_BOUND, -2, -7, -2);
	assert_measure(measure_minus(upper, upper), LABEL_ESTIMATE, 0, -5, 5);
	assert_measure(measure_plus(exact, upper), LABEL_UPPER_BOUND, 18, 13, 18);
	assert_measure(measure_times(upper, 2), LABEL_UPPER_BOUND, 16, 6, 16);
	assert_int_equal(measure_minus(measure_make(1, UNKNOWN, true), exact).label, LABEL_ESTIMATE);
}

/* Two workers, of which the second has `doubt`, through the analysis. */
static struct snapshot analysed(struct sample *s, struct doubt_facts doubt, enum exactness exactness)
{
	struct analysis *a = analysis_new();
	struct snapshot snap;

	fixture_begin(s, 0);
	fixture_add(s, 100, -60, of_master);
	fixture_add(s, 101, -50, of_worker);
	fixture_add(s, 102, -50, of_worker);
	s->procs[2].exactness = exactness;
	s->procs[2].doubt = doubt;
	analysis_next(a, s, &snap);
	analysis_free(a);
	return snap;
}

static void test_label__of_every_figure(void **state)
{
	cleanup(sample_release) struct sample s;
	cleanup(snapshot_release) struct snapshot snap = analysed(&s, (struct doubt_facts){ 60, 10, 0 },
								  EXACTNESS_UPPER_BOUND);
	const struct proc_snapshot *p = &snap.procs[2];
	figure page = FIXTURE_PAGE;
	size_t i, n = 0;

	assert_measure(PROCESS_MEASURE(p, pages.cow_broken), LABEL_UPPER_BOUND, 80, 10, 80);
	assert_measure(PROCESS_MEASURE(p, pages.new), LABEL_LOWER_BOUND, 40, 40, 100);
	assert_measure(PROCESS_MEASURE(p, pages.cow_file), LABEL_LOWER_BOUND, 5, 5, 15);
	/* any of them may be the original, written when nobody else had it any more */
	assert_measure(PROCESS_MEASURE(p, pages.orphaned), LABEL_LOWER_BOUND, 20, 20, 90);
	assert_measure(PROCESS_MEASURE(p, cow_broken_bytes), LABEL_UPPER_BOUND, 80 * page, 10 * page,
		       80 * page);
	assert_measure(PROCESS_MEASURE(p, cow_broken_ratio), LABEL_UPPER_BOUND, 0.4, 10.0 / 200, 0.4);
	for (i = 0; i < nfields; i++)
		n += field_of_process(&fields[i], p).label > LABEL_EXACT;
	assert_int_equal(n, 6); /* and no other: shared, private and the rest are what they are */
	for (i = 0; i < nfields; i++)
		assert_true(field_of_process(&fields[i], &snap.procs[1]).label <= LABEL_EXACT);
	assert_measure(POOL_MEASURE(&snap, pages.cow_broken), LABEL_UPPER_BOUND, 160, 90, 160);
	assert_measure(POOL_MEASURE(&snap, pages.new), LABEL_LOWER_BOUND, 80, 80, 140);
	assert_measure(POOL_MEASURE(&snap, pages.orphaned), LABEL_LOWER_BOUND, 40, 40, 110);
	assert_measure(POOL_MEASURE(&snap, cow_broken_ratio), LABEL_UPPER_BOUND, 0.4, 90.0 / 400, 0.4);
	/* the worker without a doubt inherited as much */
	assert_measure(POOL_MEASURE(&snap, prefork_bytes), LABEL_EXACT, 200 * page, 200 * page, 200 * page);
	assert_int_equal(POOL_MEASURE(&snap, footprint_bytes).label <= LABEL_EXACT, 1);
}

static void test_label__of_an_estimate(void **state)
{
	cleanup(sample_release) struct sample s;
	cleanup(snapshot_release) struct snapshot snap = analysed(&s, (struct doubt_facts){ 0, 0, 30 },
								  EXACTNESS_ESTIMATE);
	size_t i;

	for (i = 0; i < nfields; i++) {
		enum label label = field_of_process(&fields[i], &snap.procs[2]).label;

		if (label != LABEL_NONE)
			assert_int_equal(label, fields[i].ledger ? LABEL_ESTIMATE : LABEL_EXACT);
	}
	assert_int_equal(POOL_MEASURE(&snap, prefork_bytes).label, LABEL_ESTIMATE);
	assert_int_equal(POOL_MEASURE(&snap, memory.rss).label, LABEL_EXACT);
}

/* A recording from before doubts were kept: each copy of such a process may be new. */
static void test_label__of_an_old_recording(void **state)
{
	static const struct doubt_facts not_told = { ABSENT, ABSENT, ABSENT };
	cleanup(sample_release) struct sample s;
	cleanup(snapshot_release) struct snapshot snap = analysed(&s, not_told, EXACTNESS_UPPER_BOUND);

	assert_measure(PROCESS_MEASURE(&snap.procs[2], pages.cow_broken), LABEL_UPPER_BOUND, 80, 0, 80);
	assert_measure(PROCESS_MEASURE(&snap.procs[2], pages.new), LABEL_LOWER_BOUND, 40, 40, 120);
	assert_measure(PROCESS_MEASURE(&snap.procs[2], cow_broken_ratio), LABEL_UPPER_BOUND, 0.4, 0, 0.4);
}

/* A pool whose workers are in doubt, told again with pages that are `age` seconds old. */
static void tell(struct analysis *a, struct storyteller *t, double second, double age, struct measure *ret)
{
	cleanup(sample_release) struct sample s;
	cleanup(snapshot_release) struct snapshot snap;

	fixture_begin(&s, second);
	fixture_add(&s, 100, -60, of_master);
	for (pid_t pid = 101; pid <= 102; pid++) {
		struct proc_sample *p = fixture_add(&s, pid, -50, of_worker);

		p->exactness = EXACTNESS_UPPER_BOUND;
		p->doubt = (struct doubt_facts){ 60, 10, 0 };
		p->pages_age_ns = (fact)(age * FIXTURE_SECOND);
	}
	analysis_next(a, &s, &snap);
	story_add(t, &snap);
	*ret = POOL_MEASURE(&snap, prefork_bytes);
}

/* What is told of many samples keeps the bounds of those whose pages were read. */
static void test_label__of_old_pages(void **state)
{
	cleanup(story_release) struct story story = { 0 };
	struct storyteller *t = story_begin();
	struct analysis *a = analysis_new();
	struct measure read, old;
	figure page = FIXTURE_PAGE;

	tell(a, t, 0, 0, &read);
	tell(a, t, 1, 1, &old);
	story_end(t, &story);
	analysis_free(a);
	assert_measure(read, LABEL_UPPER_BOUND, 200 * page, 130 * page, 200 * page);
	assert_measure(old, LABEL_ESTIMATE, 200 * page, 200 * page, 200 * page);
	assert_figure(story.prefork_bytes, 200 * page);
	assert_figure(story.prefork_least, 130 * page);
	assert_figure(story.loss.last_bytes, 80 * page);
	assert_figure(story.loss.last_least, 10 * page);
	assert_figure(story.copied_last_least, 20 * page);
}

static void test_label__marks(void **state)
{
	char text[20];

	assert_string_equal(measure_mib(text, measure_make(3 * FIXTURE_MIB, 0, false)), "<3.0");
	assert_string_equal(measure_mib(text, measure_make(3 * FIXTURE_MIB, UNKNOWN, true)), "~3.0");
	assert_string_equal(measure_count(text, measure_make(7, 9, false)), ">7");
	assert_string_equal(measure_size(text, measure_make(7, 7, false)), "7 B");
	assert_string_equal(measure_mib(text, measure_make(UNKNOWN, 7, true)), "-");
	assert_string_equal(label_name(LABEL_LOWER_BOUND), "lower_bound");
	assert_null(label_name(LABEL_NONE));
	assert_string_equal(label_words(LABEL_UPPER_BOUND), "at most ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_label__of_two_ends),
		cmocka_unit_test(test_label__goes_on),
		cmocka_unit_test(test_label__of_every_figure),
		cmocka_unit_test(test_label__of_an_estimate),
		cmocka_unit_test(test_label__of_an_old_recording),
		cmocka_unit_test(test_label__of_old_pages),
		cmocka_unit_test(test_label__marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
