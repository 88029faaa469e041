#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/buf.h"
#include "base/cleanup.h"
#include "parse/stat.h"

/* (4) to (52), each holding its own number, so that a wrong column shows. */
#define NUMBERS \
	" 4 5 6 -7 -8 9 10 11 12 13 14 15 16 17 18 -19 20 21 22 23 24 18446744073709551615 26 27" \
	" 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52\n"

static int parse(const char *text, struct proc_stat *ret)
{
	return parse_stat(text, strlen(text), ret);
}

static void test_stat__takes_each_field_from_its_column(void **state)
{
	struct proc_stat s;

	assert_int_equal(parse("1 (init) S" NUMBERS, &s), 0);
	assert_int_equal(s.pid, 1);
	assert_string_equal(s.comm, "init");
	assert_int_equal(s.state, 'S');
	assert_int_equal(s.ppid, 4);
	assert_int_equal(s.minflt, 10);
	assert_int_equal(s.cminflt, 11);
	assert_int_equal(s.majflt, 12);
	assert_int_equal(s.cmajflt, 13);
	assert_int_equal(s.threads, 20);
	assert_int_equal(s.start_ticks, 22);
	assert_int_equal(s.rss_pages, 24);
	assert_int_equal(s.start_code, 26);
	assert_int_equal(s.end_code, 27);
	assert_int_equal(s.start_stack, 28);
	assert_int_equal(s.start_brk, 47);
	assert_int_equal(s.arg_start, 48);
}

static void test_stat__name_may_hold_anything(void **state)
{
	struct proc_stat s;

	assert_int_equal(parse("7 (a) S 1 (b\n)) R" NUMBERS, &s), 0);
	assert_string_equal(s.comm, "a) S 1 (b\n)");
	assert_int_equal(s.state, 'R');
	assert_int_equal(parse("7 () R" NUMBERS, &s), 0);
	assert_string_equal(s.comm, "");
	assert_int_equal(parse("7 (\xff\x1b[2J) Z" NUMBERS, &s), 0);
	assert_string_equal(s.comm, "\xff\x1b[2J");
}

static void test_stat__long_name_is_cut(void **state)
{
	cleanup(buf_release) struct buf b = { 0 };
	struct proc_stat s;
	int i;

	buf_adds(&b, "7 (");
	for (i = 0; i < 200; i++)
		buf_addc(&b, 'k');
	buf_adds(&b, ") I" NUMBERS);
	assert_int_equal(parse_stat(b.data, b.len, &s), 0);
	assert_int_equal(strlen(s.comm), sizeof(s.comm) - 1);
}

static void test_stat__fields_after_48_may_be_missing(void **state)
{
	const char *text = "1 (init) S" NUMBERS, *end = strstr(text, " 48 ") + 3;
	struct proc_stat s;

	assert_int_equal(parse_stat(text, end - text, &s), 0);
	assert_int_equal(s.arg_start, 48);
	assert_int_equal(parse_stat(text, strstr(text, " 48 ") + 1 - text, &s), -1);
}

/* However the text is cut, it is refused or it is whole up to field 48. */
static void test_stat__cut_text_is_refused(void **state)
{
	const char *text = "1 (init) S" NUMBERS;
	size_t whole = strstr(text, " 48 ") + 2 - text, len;
	struct proc_stat s;

	for (len = 0; len < whole; len++)
		assert_int_equal(parse_stat(text, len, &s), -1);
}

static void test_stat__malformed_is_refused(void **state)
{
	static const char *const bad[] = {
		"x (init) S" NUMBERS,
		"-1 (init) S" NUMBERS,
		"2147483648 (init) S" NUMBERS,
		"1 init S" NUMBERS,
		"1 (init S" NUMBERS,
		"1 (init)S" NUMBERS,
		"1 (init) 5" NUMBERS,
		"1 (init) S " NUMBERS,
		"1 (init) S -4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27"
		" 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48\n",
		"1 (init) S 4 5 6 7 8 9 -10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27"
		" 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48\n",
		"1 (init) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27"
		" 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48x\n",
		"1 (init) S 4 5 6 7 8 9 18446744073709551616 11 12 13 14 15 16 17 18 19 20 21 22 23"
		" 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48\n",
	};
	struct proc_stat s;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (parse(bad[i], &s) == 0)
			fail_msg("accepted: %s", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stat__takes_each_field_from_its_column),
		cmocka_unit_test(test_stat__name_may_hold_anything),
		cmocka_unit_test(test_stat__long_name_is_cut),
		cmocka_unit_test(test_stat__fields_after_48_may_be_missing),
		cmocka_unit_test(test_stat__cut_text_is_refused),
		cmocka_unit_test(test_stat__malformed_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
