/* When a pause is due between reads of one address space, at given times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/clock.h"
#include "lib/between.h"
#include "sys/pace.h"

#define READ_NS 10000
#define START INT64_C(1000000000000)
#define MANY 1000

/* Reads with so much between them; how many pauses, and the longest time without one or a breath. */
static int pauses(int64_t between, int64_t *ret_longest)
{
	struct pace p = { 0 };
	int64_t now = START, since = now, left = 0;
	int n = 0;

	*ret_longest = 0;
	for (int i = 0; i < MANY; i++) {
		bool due = pace_is_due(&p, now);

		n += due;
		since = due || now - left >= PACE_BREATH_NS ? now : since;
		left = now += READ_NS;
		pace_left(&p, now);
		*ret_longest = now - since > *ret_longest ? now - since : *ret_longest;
		now += between;
	}
	return n;
}

static void reads_in_a_row_pause(void **state)
{
	int64_t longest;

	assert_between(pauses(0, &longest), MANY * READ_NS / PACE_STINT_NS - 2,
		       MANY * READ_NS / PACE_STINT_NS);
	assert_between(longest, PACE_STINT_NS, PACE_STINT_NS + READ_NS);
	assert_true(pauses(PACE_BREATH_NS - 1, &longest) > 0);
	assert_between(longest, PACE_STINT_NS - PACE_BREATH_NS, PACE_STINT_NS + READ_NS);
}

static void reads_with_a_breath_do_not(void **state)
{
	int64_t longest;

	assert_int_equal(pauses(PACE_BREATH_NS, &longest), 0);
	assert_int_equal(pauses(PACE_STINT_NS, &longest), 0);
}

/* The lock was held for all of it. */
static void a_long_read_is_no_breath(void **state)
{
	struct pace p = { 0 };

	assert_false(pace_is_due(&p, START));
	pace_left(&p, START + PACE_STINT_NS);
	assert_true(pace_is_due(&p, START + PACE_STINT_NS + 1));
}

static void a_pause_lasts(void **state)
{
	int64_t before = clock_now();

	pace_pause();
	assert_true(clock_now() - before > PACE_BREATH_NS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_in_a_row_pause),
		cmocka_unit_test(reads_with_a_breath_do_not),
		cmocka_unit_test(a_long_read_is_no_breath),
		cmocka_unit_test(a_pause_lasts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
