#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "parse/resident.h"

static const char smaps[] = "7f0000000000-7f0000004000 rw-p 00000000 00:00 0 \n"
			    "Size:                 16 kB\n"
			    "Rss:                   8 kB\n"
			    "Swap:                  4 kB\n"
			    "VmFlags: rd wr mr\n"
			    "7f0000004000-7f0100000000 ---p 00000000 00:00 0                  /a-b c\n"
			    "Rss:                   0 kB\n"
			    "Swap:                  0 kB\n";

static void test_resident__sums_one_mapping(void **state)
{
	(void)state;
	assert_int_equal(parse_resident(smaps, sizeof(smaps) - 1, 0x7f0000000000), 12 * 1024);
	assert_int_equal(parse_resident(smaps, sizeof(smaps) - 1, 0x7f0000004000), 0);
}

static void test_resident__an_unknown_mapping_is_absent(void **state)
{
	(void)state;
	assert_int_equal(parse_resident(smaps, sizeof(smaps) - 1, 0x7f0000001000), ABSENT);
	assert_int_equal(parse_resident("", 0, 0), ABSENT);
}

static void test_resident__an_overflowing_sum_is_absent(void **state)
{
	static const char text[] = "1000-2000 rw-p 0 0:0 0\n"
				   "Rss: 18446744073709551615 kB\nSwap: 18446744073709551615 kB\n";

	(void)state;
	assert_int_equal(parse_resident(text, sizeof(text) - 1, 0x1000), ABSENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resident__sums_one_mapping),
		cmocka_unit_test(test_resident__an_unknown_mapping_is_absent),
		cmocka_unit_test(test_resident__an_overflowing_sum_is_absent),
	};

	return cmocka_run_group_tests_name("resident", tests, NULL, NULL);
}
