#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/units.h"

static int64_t time_of(const char *s)
{
	int64_t ns = -7;

	return units_parse_time(s, &ns) < 0 ? -7 : ns;
}

static uint64_t size_of(const char *s)
{
	uint64_t bytes = 7;

	return units_parse_size(s, &bytes) < 0 ? 7 : bytes;
}

static double quantity_of(const char *s)
{
	double v = 7777;

	return units_parse_quantity(s, &v) < 0 ? NAN : v;
}

static void test_units__parses_times(void **state)
{
	assert_int_equal(time_of("90"), 90000000000);
	assert_int_equal(time_of("250ms"), 250000000);
	assert_int_equal(time_of("10m"), 600000000000);
	assert_int_equal(time_of("2h"), 7200000000000);
	assert_int_equal(time_of("1d"), 86400000000000);
	assert_int_equal(time_of("0"), 0);
}

static void test_units__parses_fractions(void **state)
{
	assert_int_equal(time_of("1.5s"), 1500000000);
	assert_int_equal(time_of(".5"), 500000000);
	assert_int_equal(time_of("0.000000001"), 1);
	assert_int_equal(time_of("0.1"), 100000000);
	assert_int_equal(time_of("0.0000000000000000000000000000001"), 0);
	assert_int_equal(time_of("1.00000000000000000000000000000000000001s"), 1000000000);
	assert_int_equal(size_of("1.5GB"), 1500000000);
	assert_int_equal(size_of("0.3KiB"), 307);
}

static void test_units__parses_sizes(void **state)
{
	assert_int_equal(size_of("4096"), 4096);
	assert_int_equal(size_of("4096B"), 4096);
	assert_int_equal(size_of("200MiB"), 209715200);
	assert_int_equal(size_of("200MB"), 200000000);
	assert_int_equal(size_of("3kB"), 3000);
	assert_int_equal(size_of("64k"), 65536);
	assert_int_equal(size_of("64K"), 65536);
	assert_int_equal(size_of("1G"), 1 << 30);
	assert_int_equal(size_of("2TiB"), 2199023255552);
	assert_int_equal(size_of("1TB"), 1000000000000);
	assert_true(size_of("18446744073709551615") == UINT64_MAX);
}

static void test_units__refuses_what_is_no_number(void **state)
{
	static const char *const bad[] = {
		"",    " ",   "s",  "-1", "+1",   "1 s", " 1",    "1s ", "1e3", "0x10",     "nan",
		"inf", "NaN", "1.", ".",  "1..2", "1,5", "1.5.s", "--1", "1\n", "\xd9\xa1",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(time_of(bad[i]), -7);
		assert_int_equal(size_of(bad[i]), 7);
	}
	assert_int_equal(time_of("1MiB"), -7);
	assert_int_equal(time_of("1S"), -7);
	assert_int_equal(size_of("1s"), 7);
	assert_int_equal(size_of("1KiBs"), 7);
	assert_int_equal(size_of("1Ki"), 7);
}

static void test_units__refuses_what_overflows(void **state)
{
	assert_int_equal(time_of("9223372036"), 9223372036000000000);
	assert_int_equal(time_of("9223372037"), -7);
	assert_int_equal(time_of("106752d"), -7);
	assert_int_equal(time_of("99999999999999999999"), -7);
	assert_int_equal(size_of("18446744073709551616"), 7);
	assert_int_equal(size_of("16777216T"), 7);
	assert_true(size_of("16777215TiB") == 16777215ULL << 40);
	assert_true(isnan(quantity_of("18446744073709551616")));
}

static void test_units__parses_integers_in_bounds(void **state)
{
	int64_t v = 5;

	assert_int_equal(units_parse_int("0", 0, 10, &v), 0);
	assert_int_equal(v, 0);
	assert_int_equal(units_parse_int("-3", -3, 10, &v), 0);
	assert_int_equal(v, -3);
	assert_int_equal(units_parse_int("9223372036854775807", 0, INT64_MAX, &v), 0);
	assert_true(v == INT64_MAX);
	v = 5;
	assert_int_equal(units_parse_int("9223372036854775808", 0, INT64_MAX, &v), -1);
	assert_int_equal(units_parse_int("-4", -3, 10, &v), -1);
	assert_int_equal(units_parse_int("11", -3, 10, &v), -1);
	assert_int_equal(units_parse_int("", -3, 10, &v), -1);
	assert_int_equal(units_parse_int("-", -3, 10, &v), -1);
	assert_int_equal(units_parse_int("+1", -3, 10, &v), -1);
	assert_int_equal(units_parse_int(" 1", -3, 10, &v), -1);
	assert_int_equal(units_parse_int("1 ", -3, 10, &v), -1);
	assert_int_equal(units_parse_int("1.0", -3, 10, &v), -1);
	assert_int_equal(units_parse_int("0x1", -3, 10, &v), -1);
	assert_int_equal(v, 5);
}

static void test_units__quantities_are_c_doubles(void **state)
{
	assert_true(quantity_of("0.2") == 0.2);
	assert_true(quantity_of("20%") == 0.2);
	assert_true(quantity_of("1.1") == 1.1);
	assert_true(quantity_of("99.9%") == 0.999);
	assert_true(quantity_of("-0.5") == -0.5);
	assert_true(quantity_of("-10%") == -0.1);
	assert_true(quantity_of("200MiB") == 209715200);
	assert_true(quantity_of("250ms") == 0.25);
	assert_true(quantity_of("1.5h") == 5400);
	assert_true(quantity_of("12345678") == 12345678);
}

static void test_units__quantity_m_is_minutes_and_M_is_mebibytes(void **state)
{
	assert_true(quantity_of("10m") == 600);
	assert_true(quantity_of("10M") == 10485760);
	assert_true(quantity_of("10k") == 10240);
}

static void test_units__refuses_bad_quantities(void **state)
{
	static const char *const bad[] = {
		"", "-", "%", "--1", "+1", "1 %", "1%%", "nan", "-inf", "1e9", "10 MiB", "0.2x", "- 1",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_true(isnan(quantity_of(bad[i])));
}

/* Take a locale with a comma for a point, made for this test: a machine need not have one. */
static bool set_comma_locale(void)
{
	char dir[] = "/tmp/cowtop.XXXXXX", command[128];
	bool done;

	assert_non_null(mkdtemp(dir));
	snprintf(command, sizeof(command), "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 2>&1", dir);
	done = system(command) == 0 && setenv("LOCPATH", dir, 1) == 0 && setlocale(LC_NUMERIC, "de_DE.UTF-8");
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	return done;
}

static void test_units__ignores_the_locale(void **state)
{
	char out[16];

	if (!set_comma_locale()) {
		print_message("# localedef cannot make de_DE here\n");
		skip();
	}
#ifndef __GLIBC__
	if (strcmp(localeconv()->decimal_point, ",")) {
		print_message("# this C library has a point in every locale\n");
		skip();
	}
#endif
	assert_string_equal(localeconv()->decimal_point, ",");
	assert_int_equal(time_of("1.5s"), 1500000000);
	assert_true(quantity_of("0.2") == 0.2);
	assert_string_equal(units_format_mib(out, 1.5 * 1048576), "1.5");
	setlocale(LC_NUMERIC, "C");
}

static void test_units__formats_mib(void **state)
{
	char out[16];

	assert_string_equal(units_format_mib(out, 0), "0.0");
	assert_string_equal(units_format_mib(out, 1048576), "1.0");
	assert_string_equal(units_format_mib(out, 611.54 * 1048576), "611.5");
	assert_string_equal(units_format_mib(out, 999.94 * 1048576), "999.9");
	assert_string_equal(units_format_mib(out, 999.96 * 1048576), "1000");
	assert_string_equal(units_format_mib(out, 65536.4 * 1048576), "65536");
	assert_string_equal(units_format_mib(out, -3.2 * 1048576), "-3.2");
	assert_string_equal(units_format_mib(out, -1), "0.0");
	assert_string_equal(units_format_mib(out, NAN), "-");
}

static void test_units__formats_sizes(void **state)
{
	char out[16];

	assert_string_equal(units_format_size(out, 0), "0 B");
	assert_string_equal(units_format_size(out, 512), "512 B");
	assert_string_equal(units_format_size(out, 1023), "1023 B");
	assert_string_equal(units_format_size(out, 1024), "1.0 KiB");
	assert_string_equal(units_format_size(out, 4000), "3.9 KiB");
	assert_string_equal(units_format_size(out, 1024 * 1024 - 1), "1.0 MiB");
	assert_string_equal(units_format_size(out, 611.5 * 1048576), "611.5 MiB");
	assert_string_equal(units_format_size(out, 5.2 * 1073741824), "5.2 GiB");
	assert_string_equal(units_format_size(out, 18446744073709551616.0), "16.0 EiB");
	assert_string_equal(units_format_size(out, NAN), "-");
}

static void test_units__formats_counts(void **state)
{
	char out[16];

	assert_string_equal(units_format_count(out, 0), "0");
	assert_string_equal(units_format_count(out, 3.2), "3.2");
	assert_string_equal(units_format_count(out, 3.01), "3");
	assert_string_equal(units_format_count(out, 99.96), "100");
	assert_string_equal(units_format_count(out, 941), "941");
	assert_string_equal(units_format_count(out, 9999), "9999");
	assert_string_equal(units_format_count(out, 9999.6), "10.0k");
	assert_string_equal(units_format_count(out, 23100), "23.1k");
	assert_string_equal(units_format_count(out, 999949), "999.9k");
	assert_string_equal(units_format_count(out, 999960), "1.0M");
	assert_string_equal(units_format_count(out, 1400000), "1.4M");
	assert_string_equal(units_format_count(out, NAN), "-");
}

static void test_units__formats_ages(void **state)
{
	char out[16];

	assert_string_equal(units_format_age(out, 0), "0s");
	assert_string_equal(units_format_age(out, 12.9), "12s");
	assert_string_equal(units_format_age(out, 60), "1m00s");
	assert_string_equal(units_format_age(out, 187), "3m07s");
	assert_string_equal(units_format_age(out, 3599.9), "59m59s");
	assert_string_equal(units_format_age(out, 8100), "2h15m");
	assert_string_equal(units_format_age(out, 86399), "23h59m");
	assert_string_equal(units_format_age(out, 41.5 * 86400), "41d");
	assert_string_equal(units_format_age(out, -5), "0s");
	assert_string_equal(units_format_age(out, NAN), "-");
}

/* Whatever comes in, what goes out fits and counts of any machine keep to six columns. */
static void test_units__formats_stay_in_their_columns(void **state)
{
	char out[16];
	double v;

	for (v = 1e-3; v < 1e17; v *= 1.0137) {
		assert_true(strlen(units_format_count(out, v)) <= 6);
		assert_true(strlen(units_format_size(out, v)) <= 10);
	}
	for (v = 0; v < 99999.0 * 86400; v = v * 1.0137 + 1)
		assert_true(strlen(units_format_age(out, v)) <= 6);
	for (v = 1; v < DBL_MAX / 1e9; v *= 1e9) {
		assert_true(strlen(units_format_count(out, -v)) < 16);
		assert_true(strlen(units_format_size(out, -v)) < 16);
		assert_true(strlen(units_format_mib(out, -v)) < 16);
		assert_true(strlen(units_format_age(out, v)) < 16);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_units__parses_times),
		cmocka_unit_test(test_units__parses_fractions),
		cmocka_unit_test(test_units__parses_sizes),
		cmocka_unit_test(test_units__refuses_what_is_no_number),
		cmocka_unit_test(test_units__refuses_what_overflows),
		cmocka_unit_test(test_units__parses_integers_in_bounds),
		cmocka_unit_test(test_units__quantities_are_c_doubles),
		cmocka_unit_test(test_units__quantity_m_is_minutes_and_M_is_mebibytes),
		cmocka_unit_test(test_units__refuses_bad_quantities),
		cmocka_unit_test(test_units__ignores_the_locale),
		cmocka_unit_test(test_units__formats_mib),
		cmocka_unit_test(test_units__formats_sizes),
		cmocka_unit_test(test_units__formats_counts),
		cmocka_unit_test(test_units__formats_ages),
		cmocka_unit_test(test_units__formats_stay_in_their_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
