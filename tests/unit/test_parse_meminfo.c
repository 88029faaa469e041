#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "parse/meminfo.h"

static void test_meminfo__reads_what_is_asked_for(void **state)
{
	static const char text[] = "MemTotal:       24636420 kB\nMemFree:        100 kB\n"
				   "MemAvailable:   23000000 kB\nBuffers:        5 kB\n"
				   "Cached:          1811132 kB\nSwapCached:            9 kB\n"
				   "SwapTotal:          4096 kB\nSwapFree:           4000 kB\n"
				   "HugePages_Total:       3\n";
	struct meminfo m;

	parse_meminfo(text, sizeof(text) - 1, &m);
	assert_int_equal(m.total, INT64_C(24636420) * 1024);
	assert_int_equal(m.available, INT64_C(23000000) * 1024);
	assert_int_equal(m.cached, INT64_C(1811132) * 1024);
	assert_int_equal(m.swap_used, 96 * 1024);
}

static void test_meminfo__what_is_not_there_is_absent(void **state)
{
	static const char text[] = "MemTotal: 18446744073709551615 kB\nMemAvailable: x kB\nCached: 5 MB\n"
				   "SwapTotal: 5 kB\nSwapFree: 6 kB\nCached";
	struct meminfo m;

	parse_meminfo(text, sizeof(text) - 1, &m);
	assert_int_equal(m.total, ABSENT);
	assert_int_equal(m.available, ABSENT);
	assert_int_equal(m.cached, ABSENT);
	assert_int_equal(m.swap_used, ABSENT);
	parse_meminfo("", 0, &m);
	assert_int_equal(m.total, ABSENT);
	/* Nothing behind the end is read. */
	parse_meminfo("MemTotal: 12 kB4", 15, &m);
	assert_int_equal(m.total, 12 * 1024);
	parse_meminfo("MemTotal: 12 kB", 12, &m);
	assert_int_equal(m.total, ABSENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meminfo__reads_what_is_asked_for),
		cmocka_unit_test(test_meminfo__what_is_not_there_is_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
