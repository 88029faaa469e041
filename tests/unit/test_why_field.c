#include "lib/golden.h"
#include "lib/rules.h"
#include "lib/scene.h"
#include "lib/why_made.h"
#include "model/why_shown.h"
#include "sink/json.h"
#include "sink/json_why_parts.h"

static void test_field__has_a_row_for_each_cause(void **state)
{
	char key[64];

	for (size_t i = 0; i < WHY_FIGURES; i++) {
		const struct field *f = &why_fields[i];

		assert_non_null(f->pool_key);
		assert_null(f->process_key);
		assert_true(why_has(f));
		assert_int_equal(f->unit, UNIT_BYTES);
		assert_ptr_equal(rule_key_find(RULE_POOL, f->pool_key), f);
		assert_null(rule_key_find(RULE_WORKER, f->pool_key));
		assert_true(strlen(f->help) > 0 && f->help[strlen(f->help) - 1] != '.');
	}
	for (size_t i = 0; i < WHY_CAUSES; i++) {
		snprintf(key, sizeof(key), "why.%s_bytes", why_cause_names[i]);
		assert_string_equal(why_fields[WHY_FIGURE_CAUSES + i].pool_key, key);
	}
	assert_false(why_has(&tally_fields[0]));
	assert_false(why_has(&fields[0]));
}

static void begin(struct scene *c, const struct why_worker *kinds, size_t n)
{
	scene_day(c);
	why_made(&c->snap, kinds, n);
}

/* Where nobody asked nothing is known: never a silent pass. */
static void test_field__nobody_asked(void **state)
{
	cleanup(scene_end) struct scene c = { 0 };

	scene_day(&c);
	assert_null(c.snap.why);
	assert_int_equal(verdict("pool.why.freeze_gain_bytes > 10MiB", &c.snap), RULE_UNKNOWN);
	assert_int_equal(verdict("pool.why.references_bytes < 10MiB", &c.snap), RULE_UNKNOWN);
}

/* A figure with bounds is judged at both of them. */
static void test_field__is_judged_at_its_bounds(void **state)
{
	const struct why_worker young[] = { why_made_young(0) };
	cleanup(scene_end) struct scene c = { 0 };
	struct measure gain;

	begin(&c, young, 1);
	assert_int_equal(verdict("pool.why.freeze_gain_bytes > 10MiB", &c.snap), RULE_HOLDS);
	assert_int_equal(verdict("pool.why.freeze_gain_bytes > 15MiB", &c.snap), RULE_OPEN);
	assert_int_equal(verdict("pool.why.freeze_gain_bytes > 17MiB", &c.snap), RULE_OPEN);
	assert_int_equal(verdict("pool.why.freeze_gain_bytes > 19MiB", &c.snap), RULE_CLEAR);
	assert_int_equal(verdict("pool.why.collector_first_bytes > 8MiB", &c.snap), RULE_HOLDS);
	assert_int_equal(verdict("pool.why.references_bytes > 31MiB", &c.snap), RULE_HOLDS);
	assert_int_equal(verdict("pool.why.collapse_bytes > 0", &c.snap), RULE_CLEAR);
	assert_int_equal(verdict("pool.why.at_risk_bytes > 0", &c.snap), RULE_UNKNOWN);
	gain = why_gain_bytes(c.snap.why);
	assert_int_equal(gain.label, LABEL_ESTIMATE);
	assert_true(fabs(gain.value - 16.3 * 1048576) < 1 && fabs(gain.low - 14.2 * 1048576) < 1 &&
		    fabs(gain.high - 18.4 * 1048576) < 1);
}

/* Only bounds: at most so much. */
static void test_field__only_bounds(void **state)
{
	const struct why_worker old[] = { why_made_old() }, waiting[] = { why_made_waiting() };
	cleanup(scene_end) struct scene c = { 0 }, risk = { 0 };

	begin(&c, old, 1);
	assert_int_equal(why_gain_bytes(c.snap.why).label, LABEL_UPPER_BOUND);
	assert_int_equal(verdict("pool.why.freeze_gain_bytes > 30MiB", &c.snap), RULE_CLEAR);
	assert_int_equal(verdict("pool.why.freeze_gain_bytes > 10MiB", &c.snap), RULE_OPEN);
	assert_int_equal(verdict("pool.why.startup_bytes > 1MiB", &c.snap), RULE_UNKNOWN);
	begin(&risk, waiting, 1);
	assert_int_equal(verdict("pool.why.at_risk_bytes > 41MiB", &risk.snap), RULE_CLEAR);
	assert_int_equal(verdict("pool.why.freeze_gain_bytes > 41MiB", &risk.snap), RULE_CLEAR);
	assert_int_equal(verdict("pool.why.freeze_gain_bytes > 1MiB", &risk.snap), RULE_OPEN);
	assert_int_equal(verdict("pool.why.collector_only_bytes > 0", &risk.snap), RULE_CLEAR);
	/* it is off in all of them: freezing gives nothing, and that is no figure */
	for (size_t i = 0; i < risk.snap.why->n; i++)
		risk.snap.why->workers[i].off = true;
	why_sum_up(risk.snap.why, NULL);
	assert_int_equal(verdict("pool.why.freeze_gain_bytes > 1MiB", &risk.snap), RULE_UNKNOWN);
}

static void test_field__in_a_sample(void **state)
{
	const struct why_worker kinds[] = { why_made_young(0), why_made_old() };
	cleanup(scene_end) struct scene c = { 0 };
	cleanup(buf_release) struct buf members = { 0 }, out = { 0 }, without = { 0 };
	cJSON *root = json_begin();

	begin(&c, kinds, 2);
	json_why_members(root, c.snap.why);
	json_end(&members, root, true);
	golden_check("why-members.json", &members);
	json_snapshot(&out, &c.snap, true);
	assert_non_null(strstr(out.data, "\"why\":	{"));
	assert_non_null(strstr(out.data, "\"freeze_gain_bytes\""));
	why_release(c.snap.why);
	free(c.snap.why);
	c.snap.why = NULL;
	json_snapshot(&without, &c.snap, true);
	assert_null(strstr(without.data, "\"why\":	{"));
}

static void test_field__progress(void **state)
{
	struct why_worker kinds[] = { why_made_young(0), why_made_waiting(), why_made_old() };
	struct why w = { .workers = kinds, .n = 3 };

	assert_int_equal(why_progress(&w).collected, 2);
	assert_int_equal(why_progress(&w).waiting, 1);
	kinds[1].off = true;
	assert_int_equal(why_progress(&w).waiting, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_field__has_a_row_for_each_cause),
		cmocka_unit_test(test_field__nobody_asked),
		cmocka_unit_test(test_field__is_judged_at_its_bounds),
		cmocka_unit_test(test_field__only_bounds),
		cmocka_unit_test(test_field__in_a_sample),
		cmocka_unit_test(test_field__progress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
