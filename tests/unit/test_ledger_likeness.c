/* What two pages' contents say of where they come from, and when they say nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "ledger/likeness.h"

#define LINE 64
#define LINES 64

/*
 * A letter a line of two pages, from the first on: '=' equal in both, 'X' another in each, 'a' and 'b' in
 * one of them only; the rest is zero.
 */
static int likeness_of(const char *lines)
{
	static char a[LINES * LINE], b[LINES * LINE];
	size_t n = strlen(lines);

	assert_true(n <= LINES);
	memset(a, 0, sizeof(a));
	memset(b, 0, sizeof(b));
	for (size_t i = 0; i < n; i++) {
		if (strchr("=Xa", lines[i]))
			a[i * LINE + i % LINE] = 1;
		if (strchr("=Xb", lines[i]))
			b[i * LINE + i % LINE] = lines[i] == 'X' ? 2 : 1;
	}
	return page_likeness(a, b, sizeof(a));
}

static void test_likeness__is_the_share_of_lines_that_hold_something(void **state)
{
	assert_int_equal(likeness_of("===="), 100);
	assert_int_equal(likeness_of("..==.X=...="), 80);
	assert_int_equal(likeness_of("====XaXb"), 50);
	assert_int_equal(likeness_of("=.XXXXXXXXX"), 10);
	assert_int_equal(likeness_of("aaabbbXXX"), 0);
}

static void test_likeness__a_page_of_zeros_is_like_none_and_unlike_none(void **state)
{
	assert_int_equal(likeness_of(""), -1);
	assert_int_equal(likeness_of("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), -1);
	assert_int_equal(likeness_of("..b"), -1);
	assert_int_equal(likeness_of("aaaaaaaaaaaaaaaab"), 0);
}

static void test_likeness__a_few_lines_do_not_outweigh_an_equal_one(void **state)
{
	assert_int_equal(likeness_of("=XXXXXXX"), -1); /* seven */
	assert_int_equal(likeness_of("=aaXXXbb"), -1);
	assert_int_equal(likeness_of("=XXXXXXXX"), 11); /* LIKENESS_LINES */
	assert_int_equal(likeness_of("X"), 0);          /* nothing is equal: each wrote its own */
	assert_int_equal(likeness_of("=XX==X="), 57);
}

static void test_likeness__a_line_counts_as_a_whole(void **state)
{
	char a[2 * LINE] = { 0 }, b[2 * LINE] = { 0 };

	memset(a, 'x', sizeof(a));
	memset(b, 'x', sizeof(b));
	b[LINE - 1] = 'y';
	assert_int_equal(page_likeness(a, b, sizeof(a)), 50);
	b[LINE] = 'y';
	assert_int_equal(page_likeness(a, b, sizeof(a)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_likeness__is_the_share_of_lines_that_hold_something),
		cmocka_unit_test(test_likeness__a_page_of_zeros_is_like_none_and_unlike_none),
		cmocka_unit_test(test_likeness__a_few_lines_do_not_outweigh_an_equal_one),
		cmocka_unit_test(test_likeness__a_line_counts_as_a_whole),
	};

	return cmocka_run_group_tests_name("ledger_likeness", tests, NULL, NULL);
}
