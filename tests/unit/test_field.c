#include "lib/fixture.h"
#include "model/field.h"
#include "analysis/rule_parts.h"

static void test_field__every_row_is_complete(void **state)
{
	size_t i;

	for (i = 0; i < nfields; i++) {
		assert_true(fields[i].process_key || fields[i].pool_key);
		assert_true(strlen(fields[i].help) > 0);
		assert_int_not_equal(fields[i].help[strlen(fields[i].help) - 1], '.');
		assert_non_null(unit_name(fields[i].unit));
		assert_true(fields[i].offset + sizeof(figure) <= sizeof(struct figures));
	}
}

/* A member of struct figures without a row would be computed and never shown; two rows of one
 * member would be a slip of the pen. */
static void test_field__every_figure_has_one_row(void **state)
{
	int rows[sizeof(struct figures) / sizeof(figure)] = { 0 };
	size_t i;

	for (i = 0; i < nfields; i++)
		rows[fields[i].offset / sizeof(figure)]++;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i] != 1)
			fail_msg("member %zu of struct figures has %d rows", i, rows[i]);
	}
}

static void test_field__keys_are_found_and_unique(void **state)
{
	size_t i;

	for (i = 0; i < nfields; i++) {
		if (fields[i].process_key)
			assert_ptr_equal(field_find_process(fields[i].process_key), &fields[i]);
		if (fields[i].pool_key)
			assert_ptr_equal(rule_key_find(RULE_POOL, fields[i].pool_key), &fields[i]);
	}
	assert_null(field_find_process("workers"));
	assert_null(rule_key_find(RULE_POOL, "threads"));
	assert_null(rule_key_find(RULE_POOL, ""));
}

static void test_field__keys_of_the_contract(void **state)
{
	static const char *const process[] = {
		"memory.rss_bytes",
		"memory.uss_bytes",
		"memory.anon_huge_bytes",
		"pages.new",
		"pages.unaccounted",
		"cow_broken_ratio",
		"faults.new_per_s",
		"faults.correlation",
		"threads",
		"age_s",
		"gc.enabled",
		"gc.any_frozen",
		"gc.frozen",
		"gc.interpreters",
	};
	static const char *const pool[] = {
		"rss_bytes",     "pss_bytes", "uss_bytes", "swap_bytes", "footprint_bytes",     "saved_bytes",
		"prefork_bytes", "workers",   "helpers",   "pages.new",  "faults.cow_fraction",
	};
	size_t i;

	for (i = 0; i < sizeof(process) / sizeof(*process); i++)
		assert_non_null(field_find_process(process[i]));
	for (i = 0; i < sizeof(pool) / sizeof(*pool); i++)
		assert_non_null(rule_key_find(RULE_POOL, pool[i]));
}

static void test_field__get_reads_its_member(void **state)
{
	struct figures f = { .pages.new = 7, .faults.new_per_s = 1.5 };

	assert_figure(field_get(rule_key_find(RULE_POOL, "pages.new"), &f), 7);
	assert_figure(field_get(field_find_process("faults.new_per_s"), &f), 1.5);
}

static void test_snapshot__names_and_release(void **state)
{
	struct snapshot s = { .nprocs = 1, .nevents = 1 };

	s.procs = xcalloc(1, sizeof(*s.procs));
	s.events = xcalloc(1, sizeof(*s.events));
	snapshot_release(&s);
	assert_null(s.procs);
	assert_null(s.events);
	assert_int_equal(s.nprocs + s.nevents, 0);
	snapshot_release(&s);

	assert_string_equal(role_name(ROLE_HELPER), "helper");
	assert_string_equal(event_type_name(EVENT_MASTER_EXITED), "master_exited");
	assert_string_equal(event_type_name(EVENT_MEMORY_LOW), "memory_low");
	assert_string_equal(finding_kind_name(FINDING_NEVER_FROZEN), "never_frozen");
	assert_string_equal(finding_kind_name(FINDING_NOT_SHARING), "not_sharing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_field__every_row_is_complete),
		cmocka_unit_test(test_field__every_figure_has_one_row),
		cmocka_unit_test(test_field__keys_are_found_and_unique),
		cmocka_unit_test(test_field__keys_of_the_contract),
		cmocka_unit_test(test_field__get_reads_its_member),
		cmocka_unit_test(test_snapshot__names_and_release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
