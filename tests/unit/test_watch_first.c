/* Two samples of each event are dropped, however many events there are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/cleanup.h"
#include "watch/watch_first.h"

static void test_the_first_two(void **state)
{
	cleanup(watch_firsts_release) struct watch_firsts f = { 0 };

	(void)state;
	assert_true(watch_firsts_drop(&f, 7));
	assert_true(watch_firsts_drop(&f, 8));
	assert_true(watch_firsts_drop(&f, 7));
	assert_false(watch_firsts_drop(&f, 7));
	assert_true(watch_firsts_drop(&f, 8));
	assert_false(watch_firsts_drop(&f, 7));
	assert_false(watch_firsts_drop(&f, 8));
}

#define MANY 100000

static void test_many(void **state)
{
	cleanup(watch_firsts_release) struct watch_firsts f = { 0 };

	(void)state;
	for (uint64_t i = 1; i <= MANY; i++) {
		assert_true(watch_firsts_drop(&f, i * 64));
		assert_true(watch_firsts_drop(&f, i * 64));
	}
	for (uint64_t i = 1; i <= MANY; i++)
		assert_false(watch_firsts_drop(&f, i * 64));
	assert_int_equal(f.n, MANY);
}

static void test_no_more_than_a_million(void **state)
{
	cleanup(watch_firsts_release) struct watch_firsts f = { 0 };

	(void)state;
	for (uint64_t i = 1; i <= 1 << 20; i++)
		assert_true(watch_firsts_drop(&f, i));
	assert_int_equal(f.n, 1 << 20);
	assert_true(watch_firsts_drop(&f, 1 << 21));
	assert_int_equal(f.n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_two),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_no_more_than_a_million),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
