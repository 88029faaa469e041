#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "parse/pressure.h"

static void test_pressure__reads_both_lines(void **state)
{
	static const char text[] = "some avg10=1.25 avg60=0.00 avg300=0.00 total=17\n"
				   "full avg10=100.00 avg60=0.00 avg300=0.00 total=3\n";
	fact some, full;

	(void)state;
	parse_pressure(text, sizeof(text) - 1, &some, &full);
	assert_int_equal(some, 125);
	assert_int_equal(full, 10000);
}

static void test_pressure__what_is_not_there_is_absent(void **state)
{
	fact some, full;

	(void)state;
	parse_pressure("some avg10=1.2\nfull avg10=x\n", 28, &some, &full);
	assert_int_equal(some, ABSENT);
	assert_int_equal(full, ABSENT);
	parse_pressure("", 0, &some, &full);
	assert_int_equal(some, ABSENT);
}

static void test_cgroup__takes_the_unified_hierarchy(void **state)
{
	static const char text[] = "4:memory:/old\n0::/system.slice/app.service\n";
	const char *path;
	size_t len;

	(void)state;
	assert_true(parse_cgroup(text, sizeof(text) - 1, &path, &len));
	assert_int_equal(len, strlen("/system.slice/app.service"));
	assert_memory_equal(path, "/system.slice/app.service", len);
	assert_false(parse_cgroup("4:memory:/old\n", 14, &path, &len));
	/* outside the namespace */
	assert_false(parse_cgroup("0::/../other\n", 13, &path, &len));
	assert_false(parse_cgroup_memory("4:memory:/../other\n", 19, &path, &len));
}

static void test_cgroup__takes_the_memory_controller_of_version_1(void **state)
{
	static const char text[] = "7:memorial:/no\n4:cpu,memory:/pod/app\n0::/\n5:name=systemd:/x\n";
	const char *path;
	size_t len;

	(void)state;
	assert_true(parse_cgroup_memory(text, sizeof(text) - 1, &path, &len));
	assert_int_equal(len, strlen("/pod/app"));
	assert_memory_equal(path, "/pod/app", len);
	assert_true(parse_cgroup(text, sizeof(text) - 1, &path, &len));
	assert_int_equal(len, 1);
	assert_false(parse_cgroup_memory("0::/pod\n", 8, &path, &len));
	assert_false(parse_cgroup_memory("4:memory\n3:memory:\n", 19, &path, &len));
}

static void test_cgroup__max_is_no_limit(void **state)
{
	assert_int_equal(parse_cgroup_number("9223372036854771712\n", 20), ABSENT);
	assert_int_equal(parse_cgroup_number("1048576\n", 8), 1048576);
	assert_int_equal(parse_cgroup_number("max\n", 4), ABSENT);
	assert_int_equal(parse_cgroup_number("12x\n", 4), ABSENT);
	assert_int_equal(parse_cgroup_number("99999999999999999999\n", 21), ABSENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pressure__reads_both_lines),
		cmocka_unit_test(test_pressure__what_is_not_there_is_absent),
		cmocka_unit_test(test_cgroup__takes_the_unified_hierarchy),
		cmocka_unit_test(test_cgroup__takes_the_memory_controller_of_version_1),
		cmocka_unit_test(test_cgroup__max_is_no_limit),
	};

	return cmocka_run_group_tests_name("pressure", tests, NULL, NULL);
}
