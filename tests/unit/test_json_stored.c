/* Documents that were kept, read again: samples and trials, and what is none of them. */
#include "lib/analysis_steps.h"
#include "lib/judged_made.h"
#include "lib/text_asserts.h"
#include "analysis/analysis.h"
#include "analysis/standing.h"
#include "sink/json.h"
#include "sink/json_stored.h"

#define TRIAL \
	"{\"schema\":\"cowtop.try/1\",\"baseline\":{\"name\":\"baseline\",\"runs\":3,\"figures\":{" \
	"\"footprint_bytes\":{\"mean\":104857600,\"low\":100000000,\"high\":109715200}," \
	"\"cow_broken_bytes\":{\"mean\":5242880,\"low\":null,\"high\":null}}},\"variants\":[" \
	"{\"name\":\"gc.freeze\",\"applied\":true,\"runs\":3,\"figures\":{" \
	"\"footprint_bytes\":{\"mean\":52428800,\"low\":52428800,\"high\":52428800}}}," \
	"{\"name\":\"thp=never\",\"applied\":false,\"runs\":3,\"figures\":{" \
	"\"footprint_bytes\":{\"mean\":52428800}}}," \
	"{\"name\":\"fails\",\"applied\":null,\"runs\":0,\"figures\":{}}]}"

static void take(const char *text, const char *variant, struct standing *ret)
{
	struct err err = { 0 };

	if (json_stored(text, strlen(text), variant, ret, &err) < 0)
		fail_msg("%s: %.300s", err.msg, text);
}

static void assert_refused(const char *text, const char *variant, const char *because)
{
	struct standing ret = { .runs = 42 };
	struct err err = { 0 };

	assert_int_equal(json_stored(text, strlen(text), variant, &ret, &err), -1);
	assert_int_equal(err.status, STATUS_FAILED);
	if (!strstr(err.msg, because))
		fail_msg("does not say '%s': %s", because, err.msg);
	assert_int_equal(ret.runs, 42);
}

static figure mean_of(const struct standing *s, const char *key)
{
	return s->means[compare_find(key) - compare_fields].value;
}

/* A pool of two workers, of the second of which a part may be no copy. */
static void made_snapshot(struct sample *sample, struct analysis *a, struct snapshot *snap)
{
	fixture_begin(sample, 0);
	fixture_add(sample, 100, 0, (const fact[]){ 9000, 0, 100, 10, 50, 3000 });
	fixture_add(sample, 101, 1, (const fact[]){ 8000, 10, 1000, 10, 500, 3000 });
	fixture_add(sample, 102, 1, (const fact[]){ 7000, 10, 2000, 10, 700, 3000 });
	sample->procs[2].exactness = EXACTNESS_UPPER_BOUND;
	sample->procs[2].doubt = (struct doubt_facts){ 300, 0, 0 };
	analysis_next(a, sample, snap);
}

/* What is written is read again, with bounds. */
static void test_stored__a_sample(void **state)
{
	struct analysis *a = analysis_new();
	struct sample sample;
	struct snapshot snap;
	struct standing now, kept;

	made_snapshot(&sample, a, &snap);
	standing_of_snapshot(&snap, &now);
	assert_true(mean_of(&now, "cow_broken_bytes") == 1500 * 4096.0);
	for (int pretty = 0; pretty < 2; pretty++) {
		cleanup(buf_release) struct buf text = { 0 };

		json_snapshot(&text, &snap, pretty);
		take(text.data, NULL, &kept);
		assert_int_equal(kept.runs, 1);
		assert_true(kept.leveled && kept.level == LEVEL_EXACT && kept.workers == 2);
		for (size_t i = 0; i < COMPARE_ROWS; i++) {
			assert_figure(kept.means[i].value, now.means[i].value);
			assert_figure(kept.means[i].low, now.means[i].low);
			assert_figure(kept.means[i].high, now.means[i].high);
			assert_int_equal(kept.means[i].label, now.means[i].label);
		}
	}
	assert_int_equal(kept.means[ROW(cow_broken_bytes)].label, LABEL_UPPER_BOUND);
	snapshot_release(&snap);
	sample_release(&sample);
	analysis_free(a);
}

#define SAMPLE(workers, bytes) \
	"{\"schema\":\"cowtop.sample/1\",\"pool\":{\"workers\":" #workers ",\"footprint_bytes\":" #bytes "}}"

/* Of several documents the last one counts. */
static void test_stored__a_series(void **state)
{
	struct standing s;

	take(SAMPLE(1, 100) "\n" SAMPLE(2, 200) "\n\n", NULL, &s);
	assert_true(mean_of(&s, "footprint_bytes") == 200 && s.workers == 2);
	assert_false(s.leveled);
	assert_refused(SAMPLE(1, 100) "\n{\"schema\":", NULL, "it is no JSON from byte");
	assert_refused(SAMPLE(1, 100) "\n[]", NULL, "its schema is ''");
}

static void test_stored__a_trial(void **state)
{
	struct standing s;

	take(TRIAL, NULL, &s);
	assert_int_equal(s.runs, 3);
	assert_true(mean_of(&s, "footprint_bytes") == 104857600);
	/* half the interval by t of two degrees of freedom */
	assert_true(fabs(s.errors[ROW(footprint_bytes)] - 4857600 / 4.303) < 1);
	assert_true(s.freedoms[ROW(footprint_bytes)] == 2);
	assert_true(mean_of(&s, "cow_broken_bytes") == 5242880);
	assert_unknown(s.errors[ROW(cow_broken_bytes)]);
	assert_unknown(mean_of(&s, "private_bytes"));
	take(TRIAL, "gc.freeze", &s);
	assert_true(mean_of(&s, "footprint_bytes") == 52428800);
	assert_true(s.errors[ROW(footprint_bytes)] == 0);
	take(TRIAL, "baseline", &s);
	assert_refused(TRIAL, "thp=never", "did not take");
	assert_refused(TRIAL, "fails", "no run");
	assert_refused(TRIAL, "gc.disable", "no variant 'gc.disable'");
	assert_refused(SAMPLE(1, 100), "gc.freeze", "a sample, which has no variant");
}

/* Workers that give memory back gain less than nothing, and RSS is not counted at the instant of the footprint. */
static void test_stored__below_zero(void **state)
{
	struct standing s;

	take("{\"schema\":\"cowtop.sample/1\",\"pool\":{\"saved_bytes\":-4096}}", NULL, &s);
	assert_true(mean_of(&s, "saved_bytes") == -4096);
	take("{\"schema\":\"cowtop.try/1\",\"baseline\":{\"runs\":2,\"figures\":{"
	     "\"gained_bytes\":{\"mean\":-8192},"
	     "\"growth_bytes_per_min\":{\"mean\":-8192,\"low\":-9000,\"high\":-7000},"
	     "\"growth_bytes_per_mark\":{\"mean\":-8192},\"copied_bytes_per_mark\":{\"mean\":-8192},"
	     "\"gained_bytes_per_request\":{\"mean\":-8192}}}}",
	     NULL, &s);
	assert_true(mean_of(&s, "growth_bytes_per_min") == -8192);
	assert_true(known(s.errors[ROW(growth_bytes_per_min)]));
}

static void test_stored__what_is_none(void **state)
{
	assert_refused("", NULL, "it is empty");
	assert_refused(" \n\t ", NULL, "it is empty");
	assert_refused("cow", NULL, "no JSON from byte 1 on");
	assert_refused("{}", NULL, "its schema is ''");
	assert_refused("[{\"schema\":\"cowtop.sample/1\"}]", NULL, "its schema is ''");
	assert_refused("{\"schema\":\"cowtop.pools/1\"}", NULL, "its schema is 'cowtop.pools/1'");
	assert_refused("{\"schema\":\"cowtop.sample/1\"}", NULL, "it has no pool");
	assert_refused("{\"schema\":\"cowtop.sample/1\",\"pool\":{}}", NULL,
		       "no figure that could be compared");
	assert_refused(SAMPLE(1, -5), NULL, "footprint_bytes is nothing that it can be");
	assert_refused(SAMPLE(1, 1e999), NULL, "footprint_bytes is nothing that it can be");
	assert_refused(SAMPLE(1, "x"), NULL, "footprint_bytes is nothing that it can be");
	assert_refused(SAMPLE([], 5), NULL, "workers is nothing that it can be");
	assert_refused("{\"schema\":\"cowtop.sample/1\",\"accounting\":{\"level\":\"best\"},\"pool\":{}}",
		       NULL, "accounting.level is none");
	assert_refused(
		"{\"schema\":\"cowtop.sample/1\",\"pool\":{\"copied_bytes\":5,\"bounds\":{\"copied_bytes\":"
		"{\"label\":\"upper_bound\",\"low\":6,\"high\":7}}}}",
		NULL, "does not lie between its bounds");
	assert_refused(
		"{\"schema\":\"cowtop.sample/1\",\"pool\":{\"copied_bytes\":5,\"bounds\":{\"copied_bytes\":"
		"{\"label\":\"sure\"}}}}",
		NULL, "the label of copied_bytes is none");
	assert_refused(
		"{\"schema\":\"cowtop.try/1\",\"baseline\":{\"runs\":2,\"figures\":{\"footprint_bytes\":"
		"{\"mean\":5,\"low\":7,\"high\":6}}}}",
		NULL, "the interval of footprint_bytes is none");
}

/* Deep and wide ones cost no more than they have bytes. */
static void test_stored__bounds(void **state)
{
	cleanup(buf_release) struct buf text = { 0 };

	for (int i = 0; i < 100000; i++)
		buf_addc(&text, '[');
	assert_refused(text.data, NULL, "no JSON");
	buf_reset(&text);
	buf_addc(&text, '[');
	for (size_t i = 0; i < JSON_STORED_VALUES; i++)
		buf_adds(&text, "0,");
	assert_refused(text.data, NULL, "too large");
	buf_reset(&text);
	for (size_t i = 0; i <= JSON_STORED_SIZE; i++)
		buf_addc(&text, ' ');
	assert_refused(text.data, NULL, "too large");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stored__a_sample),     cmocka_unit_test(test_stored__a_series),
		cmocka_unit_test(test_stored__a_trial),      cmocka_unit_test(test_stored__below_zero),
		cmocka_unit_test(test_stored__what_is_none), cmocka_unit_test(test_stored__bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
