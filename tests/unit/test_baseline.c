/* A pool held against how it stood before: tolerance, noise, bounds, what is not known. */
#include "lib/judged_made.h"
#include "lib/text_asserts.h"
#include "analysis/baseline_text.h"
#include "analysis/standing.h"

static struct baseline_row row_of(const char *key, const struct standing *before, const struct standing *now,
				  figure tolerance)
{
	struct baseline_row rows[COMPARE_ROWS];
	size_t n = baseline_judge(before, now, tolerance, rows);

	for (size_t i = 0; i < n; i++) {
		if (!strcmp(rows[i].field->process_key, key))
			return rows[i];
	}
	fail_msg("%s is not judged", key);
	return rows[0];
}

static enum baseline_verdict verdict_of(const char *key, const struct standing *before,
					const struct standing *now, figure tolerance)
{
	return row_of(key, before, now, tolerance).verdict;
}

/* Of one run each there is no noise but the tolerance. */
static void test_baseline__tolerance(void **state)
{
	struct standing before = made_standing(20, 40, 400), now = made_standing(21.1, 41.9, 421);

	assert_int_equal(verdict_of("cow_broken_bytes", &before, &now, 0.05), BASELINE_WORSE);
	assert_int_equal(verdict_of("private_bytes", &before, &now, 0.05), BASELINE_LIKE);
	assert_int_equal(verdict_of("footprint_bytes", &before, &now, 0.05), BASELINE_WORSE);
	assert_int_equal(verdict_of("footprint_bytes", &before, &now, 0.06), BASELINE_LIKE);
	assert_int_equal(verdict_of("footprint_bytes", &now, &before, 0.01), BASELINE_BETTER);
	assert_int_equal(verdict_of("footprint_bytes", &before, &before, 0), BASELINE_LIKE);
}

/* What is small is no difference, whatever part it is. */
static void test_baseline__little(void **state)
{
	struct standing before = made_standing(0.1, 0, 400), now = made_standing(0.59, 0.49, 400.49);

	assert_int_equal(verdict_of("cow_broken_bytes", &before, &now, 0.05), BASELINE_LIKE);
	assert_int_equal(verdict_of("private_bytes", &before, &now, 0), BASELINE_LIKE);
	assert_int_equal(verdict_of("footprint_bytes", &before, &now, 0), BASELINE_LIKE);
	now = made_standing(0.7, 0.6, 400.6);
	assert_int_equal(verdict_of("cow_broken_bytes", &before, &now, 0.05), BASELINE_WORSE);
	assert_int_equal(verdict_of("private_bytes", &before, &now, 0), BASELINE_WORSE);
	assert_int_equal(verdict_of("footprint_bytes", &before, &now, 0), BASELINE_WORSE);
}

/* t of 4 degrees of freedom is 2.776: with an error of 2 MiB each 7.85 MiB are noise. */
static void test_baseline__noise_of_runs(void **state)
{
	struct standing before = made_standing(20, 40, 100), now = made_standing(20, 40, 107.5);

	made_noise(&before, 3, 2 * FIXTURE_MIB);
	made_noise(&now, 3, 2 * FIXTURE_MIB);
	assert_int_equal(verdict_of("footprint_bytes", &before, &now, 0.05), BASELINE_LIKE);
	made_mean(&now, "footprint_bytes", 108 * FIXTURE_MIB);
	assert_int_equal(verdict_of("footprint_bytes", &before, &now, 0.05), BASELINE_WORSE);
	assert_int_equal(verdict_of("footprint_bytes", &before, &now, 0.1), BASELINE_LIKE);
	assert_true(row_of("footprint_bytes", &before, &now, 0.05).noise);
	assert_true(fabs(row_of("footprint_bytes", &before, &now, 0.05).interval / FIXTURE_MIB - 7.85) < 0.1);
}

/* One run varies as those of the other side do: sqrt(2^2 + 2^2 * 3) * 4.303 = 17.2. */
static void test_baseline__noise_of_one_side(void **state)
{
	struct standing before = made_standing(20, 40, 100), now = made_standing(20, 40, 117);

	made_noise(&before, 3, 2 * FIXTURE_MIB);
	assert_int_equal(verdict_of("footprint_bytes", &before, &now, 0.05), BASELINE_LIKE);
	made_mean(&now, "footprint_bytes", 117.5 * FIXTURE_MIB);
	assert_int_equal(verdict_of("footprint_bytes", &before, &now, 0.05), BASELINE_WORSE);
	assert_int_equal(verdict_of("footprint_bytes", &now, &before, 0.05), BASELINE_BETTER);
}

/* A bound alone decides nothing, and is no pass. */
static void test_baseline__bounds(void **state)
{
	struct standing before = made_standing(20, 40, 100), now = before;
	struct measure *copied = &now.means[ROW(cow_broken_bytes)];
	cleanup(buf_release) struct buf text = { 0 };
	struct baseline_row row;

	*copied = measure_make(24 * FIXTURE_MIB, 20 * FIXTURE_MIB, false);
	row = row_of("cow_broken_bytes", &before, &now, 0.05);
	assert_int_equal(row.verdict, BASELINE_OPEN);
	assert_int_equal(baseline_judged(row.verdict), JUDGED_ERROR);
	baseline_tell(&text, &row, 0.05);
	assert_has(&text, "cow_broken_bytes <24.0 MiB, was 20.0 MiB: 20.0 % more (tolerance 5 %): "
			  "it cannot be decided");
	*copied = measure_make(24 * FIXTURE_MIB, 22 * FIXTURE_MIB, false);
	assert_int_equal(verdict_of("cow_broken_bytes", &before, &now, 0.05), BASELINE_WORSE);
	*copied = measure_make(20.5 * FIXTURE_MIB, 4 * FIXTURE_MIB, false);
	assert_int_equal(verdict_of("cow_broken_bytes", &before, &now, 0.05), BASELINE_LIKE);
}

/* What is in doubt in the same way in both is held against its like. */
static void test_baseline__bounds_of_both(void **state)
{
	struct standing before = made_standing(20, 40, 100), now = before;
	struct measure *was = &before.means[ROW(cow_broken_bytes)],
		       *copied = &now.means[ROW(cow_broken_bytes)];

	*was = measure_make(20 * FIXTURE_MIB, 0, false);
	*copied = *was;
	assert_int_equal(verdict_of("cow_broken_bytes", &before, &now, 0.05), BASELINE_LIKE);
	*copied = measure_make(30 * FIXTURE_MIB, 0, false);
	assert_int_equal(verdict_of("cow_broken_bytes", &before, &now, 0.05), BASELINE_OPEN);
	*copied = measure_make(30 * FIXTURE_MIB, 10 * FIXTURE_MIB, false);
	assert_int_equal(verdict_of("cow_broken_bytes", &before, &now, 0.05), BASELINE_WORSE);
	*copied = measure_make(8 * FIXTURE_MIB, 8 * FIXTURE_MIB, false);
	assert_int_equal(verdict_of("cow_broken_bytes", &before, &now, 0.05), BASELINE_OPEN);
}

/* What was known and is not any more is an error; what nobody told is nothing. */
static void test_baseline__unknown(void **state)
{
	struct standing before = made_standing(20, UNKNOWN, 100), now = made_standing(UNKNOWN, 40, 100);

	made_mean(&before, "copies_per_request", 12);
	assert_int_equal(verdict_of("cow_broken_bytes", &before, &now, 0.05), BASELINE_MISSING);
	assert_int_equal(baseline_judged(BASELINE_MISSING), JUDGED_ERROR);
	assert_int_equal(verdict_of("private_bytes", &before, &now, 0.05), BASELINE_UNTOLD);
	assert_int_equal(verdict_of("copies_per_request", &before, &now, 0.05), BASELINE_UNTOLD);
	assert_int_equal(baseline_judged(BASELINE_UNTOLD), JUDGED_SKIPPED);
	made_mean(&now, "copies_per_request", 14);
	assert_int_equal(verdict_of("copies_per_request", &before, &now, 0.05), BASELINE_WORSE);
}

/* Where pages are guessed a copy is another figure; the footprint is the same. */
static void test_baseline__levels(void **state)
{
	struct standing before = made_standing(20, 40, 100), now = made_standing(20, 40, 100);

	now.level = LEVEL_ESTIMATE;
	assert_int_equal(verdict_of("cow_broken_bytes", &before, &now, 0.05), BASELINE_OTHER);
	assert_int_equal(verdict_of("private_bytes", &before, &now, 0.05), BASELINE_LIKE);
	assert_int_equal(verdict_of("footprint_bytes", &before, &now, 0.05), BASELINE_LIKE);
	before.leveled = false;
	assert_int_equal(verdict_of("cow_broken_bytes", &before, &now, 0.05), BASELINE_LIKE);
}

/* Neither what is shared and saved, nor time, nor the parts of what is private. */
static void test_baseline__what_is_judged(void **state)
{
	static const char *const judged[] = {
		"cow_broken_bytes",
		"cow_broken_ratio",
		"private_bytes",
		"growth_bytes_per_mark",
		"copied_bytes_per_mark",
		"minor_faults_per_mark",
		"footprint_bytes",
		"copied_bytes",
		"gained_bytes_per_request",
		"copies_per_request",
		"minor_faults_per_request",
		"master_cow_broken_bytes",
	};
	struct standing none;
	struct baseline_row rows[COMPARE_ROWS];

	standing_clear(&none);
	assert_int_equal(baseline_judge(&none, &none, 0.05, rows), sizeof(judged) / sizeof(*judged));
	for (size_t i = 0; i < sizeof(judged) / sizeof(*judged); i++)
		assert_string_equal(rows[i].field->process_key, judged[i]);
}

/* Several samples are runs: their mean, and what they differ by. */
static void test_standing__of_samples(void **state)
{
	struct standing samples[3] = { made_standing(10, 40, 100), made_standing(11, 40, 104),
				       made_standing(12, 40, 102) },
			all;

	samples[1].level = LEVEL_ESTIMATE;
	standing_of_samples(samples, 3, &all);
	assert_int_equal(all.runs, 3);
	assert_int_equal(all.level, LEVEL_ESTIMATE);
	assert_true(all.workers == 4);
	assert_true(fabs(all.means[ROW(cow_broken_bytes)].value - 11 * FIXTURE_MIB) < 1);
	assert_true(fabs(all.errors[ROW(footprint_bytes)] - 2 / sqrt(3) * FIXTURE_MIB) < 1);
	assert_true(all.freedoms[ROW(footprint_bytes)] == 2);
	assert_false(known(all.errors[ROW(saved_bytes)]));
	standing_of_samples(samples, 1, &all);
	assert_int_equal(all.runs, 1);
	assert_false(known(all.errors[ROW(footprint_bytes)]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_baseline__tolerance),
		cmocka_unit_test(test_baseline__little),
		cmocka_unit_test(test_baseline__noise_of_runs),
		cmocka_unit_test(test_baseline__noise_of_one_side),
		cmocka_unit_test(test_baseline__bounds),
		cmocka_unit_test(test_baseline__bounds_of_both),
		cmocka_unit_test(test_baseline__unknown),
		cmocka_unit_test(test_baseline__levels),
		cmocka_unit_test(test_baseline__what_is_judged),
		cmocka_unit_test(test_standing__of_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
