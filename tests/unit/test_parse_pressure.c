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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pressure__reads_both_lines),
		cmocka_unit_test(test_pressure__what_is_not_there_is_absent),
	};

	return cmocka_run_group_tests_name("pressure", tests, NULL, NULL);
}
