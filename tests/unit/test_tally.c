#include "lib/fixture.h"
#include "lib/rules.h"

/* Each kind has its row at its place, under the name that the list of findings and the events have. */
static void test_tally__has_a_row_for_each_kind(void **state)
{
	char key[64];
	size_t i;

	for (i = 0; i < TALLY_ROWS; i++) {
		const struct field *f = &tally_fields[i];

		assert_non_null(f->pool_key);
		assert_null(f->process_key);
		assert_true(tally_has(f));
		if (i < TALLY_FINDINGS)
			snprintf(key, sizeof(key), "findings.%s", finding_kind_name((enum finding_kind)i));
		else
			snprintf(key, sizeof(key), "events.%s",
				 event_type_name((enum event_type)(i - TALLY_FINDINGS)));
		assert_string_equal(f->pool_key, key);
		assert_int_equal(f->unit, i < TALLY_FINDINGS ? UNIT_FLAG : UNIT_COUNT);
		assert_true(strlen(f->help) > 0 && f->help[strlen(f->help) - 1] != '.');
		assert_ptr_equal(rule_key_find(RULE_POOL, key), f);
		assert_null(rule_key_find(RULE_WORKER, key));
	}
	assert_false(tally_has(&fields[0]));
	assert_false(tally_has(&compare_fields[0]));
}

static void test_tally__findings(void **state)
{
	struct finding growth = { .kind = FINDING_GROWTH, .value = 5e6, .label = LABEL_EXACT };
	struct snapshot s = { .findings = &growth, .nfindings = 1 };

	assert_int_equal(verdict("pool.findings.growth > 0", &s), RULE_HOLDS);
	assert_int_equal(verdict("pool.findings.growth == true", &s), RULE_HOLDS);
	assert_int_equal(verdict("pool.findings.collapsed > 0", &s), RULE_CLEAR);
	/* what could not be looked for is neither there nor not there; what was found is */
	s.untold_findings = ~0U;
	assert_int_equal(verdict("pool.findings.collapsed > 0", &s), RULE_UNKNOWN);
	assert_int_equal(verdict("pool.findings.growth > 0", &s), RULE_HOLDS);
	assert_int_equal(tally_measure(rule_key_find(RULE_POOL, "findings.growth"), &s).label, LABEL_EXACT);
	growth.label = LABEL_ESTIMATE;
	assert_int_equal(tally_measure(rule_key_find(RULE_POOL, "findings.growth"), &s).label,
			 LABEL_ESTIMATE);
}

static void test_tally__events(void **state)
{
	struct snapshot s = { .events_so_far = { [EVENT_WORKER_EXITED] = 3 } };

	assert_int_equal(verdict("pool.events.worker_exited > 2", &s), RULE_HOLDS);
	assert_int_equal(verdict("pool.events.worker_exited > 3", &s), RULE_CLEAR);
	assert_int_equal(verdict("pool.events.gc_collected > 0", &s), RULE_CLEAR);
	s.untold_events = ~0U;
	assert_int_equal(verdict("pool.events.gc_collected > 0", &s), RULE_UNKNOWN);
	assert_int_equal(verdict("pool.events.worker_exited > 2", &s), RULE_HOLDS);
	s.events_so_far[EVENT_WORKER_EXITED] = UNKNOWN;
	assert_int_equal(verdict("pool.events.worker_exited > 2", &s), RULE_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tally__has_a_row_for_each_kind),
		cmocka_unit_test(test_tally__findings),
		cmocka_unit_test(test_tally__events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
