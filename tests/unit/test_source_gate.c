/*
 * When a gated walk leaves nobody out: every 30 s, and less often where such a walk takes long.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "source/gate.h"

#define SECOND INT64_C(1000000000)

/* A state after a whole walk at second 1 that took `cost_ns`. */
static struct gate_state walked(int64_t cost_ns)
{
	struct gate_state g = {0};

	gate_members(&g, NULL, 0, SECOND);
	gate_cost(&g, cost_ns);
	return g;
}

static void test_gate__the_first_walk_is_whole(void **state)
{
	assert_true(gate_is_due(&(struct gate_state){0}, SECOND));
}

static void test_gate__a_small_pool_is_walked_every_30_seconds(void **state)
{
	struct gate_state g = walked(SECOND / 100);

	assert_false(gate_is_due(&g, 30 * SECOND));
	assert_true(gate_is_due(&g, 31 * SECOND));
}

static void test_gate__huge_pages_that_the_kernel_made_are_looked_at_sooner(void **state)
{
	struct gate_state g = walked(SECOND / 100);

	g.collapsed = true;
	assert_false(gate_is_due(&g, 3 * SECOND));
	assert_true(gate_is_due(&g, 5 * SECOND)); /* a 300th of the time */
}

static void test_gate__a_walk_of_a_second_comes_every_five_minutes(void **state)
{
	struct gate_state g = walked(SECOND);

	assert_false(gate_is_due(&g, 300 * SECOND));
	assert_true(gate_is_due(&g, 301 * SECOND));
}

static void test_gate__no_walk_is_put_off_for_more_than_ten_minutes(void **state)
{
	struct gate_state g = walked(60 * SECOND);

	assert_false(gate_is_due(&g, 600 * SECOND));
	assert_true(gate_is_due(&g, 601 * SECOND));
}

static void test_gate__only_a_whole_walk_says_what_one_costs(void **state)
{
	struct gate_state g = walked(SECOND);

	gate_members(&g, NULL, 0, 2 * SECOND);
	gate_cost(&g, SECOND / 1000);
	assert_false(gate_is_due(&g, 300 * SECOND));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gate__the_first_walk_is_whole),
		cmocka_unit_test(test_gate__a_small_pool_is_walked_every_30_seconds),
		cmocka_unit_test(test_gate__huge_pages_that_the_kernel_made_are_looked_at_sooner),
		cmocka_unit_test(test_gate__a_walk_of_a_second_comes_every_five_minutes),
		cmocka_unit_test(test_gate__no_walk_is_put_off_for_more_than_ten_minutes),
		cmocka_unit_test(test_gate__only_a_whole_walk_says_what_one_costs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
